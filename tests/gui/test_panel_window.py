"""The parts of the window together: what one says reaches the other, and failures are words in the status bar."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from panel_room import NOTES, Room, write_chord
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QScrollBar,
)

from gui.models.engines import Engines
from plugin.decode.stereo import read_stereo
from plugin.errors import PackError


def test_words_find_tracks_and_space_plays_the_best_part(room: Room) -> None:
    room.ask("a calm piano piece")
    room.until(lambda: len(room.titles) == 4)
    assert "4 of 4 tracks" in room.line
    room.key(Qt.Key.Key_Space)
    room.until(lambda: room.outputs and room.output.given)
    cue = room.window.audition.cue()
    assert cue.track.path.stem == room.titles[0]
    source, _ = read_stereo(cue.track.path, cue.start, cue.start + 0.2)
    heard = room.output.sound[:, : source.shape[1]]
    assert np.corrcoef(heard.ravel(), source.ravel())[0, 1] > 0.99
    room.key(Qt.Key.Key_Space)
    assert not room.window.audition.player.is_playing


def test_the_next_track_plays_on_in_its_place(room: Room) -> None:
    room.ask("bright")
    room.until(lambda: len(room.titles) == 4)
    room.key(Qt.Key.Key_Space)
    room.until(lambda: room.outputs and room.output.given)
    room.key(Qt.Key.Key_Down)
    room.until(lambda: room.window.audition.cue().track.path.stem == room.titles[1])
    assert room.window.audition.player.is_playing
    room.window.audition.next_wanted.emit()
    room.until(lambda: room.window.audition.cue().track.path.stem == room.titles[2])
    room.window.audition.previous_wanted.emit()
    room.until(lambda: room.window.audition.cue().track.path.stem == room.titles[1])


def test_a_clip_of_an_editor_is_asked_for_and_gets_its_music(room: Room, tmp_path: Path) -> None:
    film = write_chord(tmp_path / "interview.wav", NOTES["minor"], 8)
    host = room.editor()
    try:
        for track in host.project["tracks"]:
            for clip in track["clips"]:
                clip["media"] = str(film)
        host.project["revision"] = "again"
        room.window.timeline.reading.now()
        room.until(lambda: room.window.find.bar.draft.clip is not None)
        room.until(lambda: len(room.titles) == 4)
        assert room.titles[0] == "minor", "a clip without a picture is asked for by its sound"
        length = room.window.timeline.clips.current().clip.ref.length
        request = room.window.audition.request()
        assert request.end - request.start == pytest.approx(length, abs=0.01)
        room.window.timeline.controls.place.click()
        room.until(lambda: "minor lies at" in room.line)
        assert [clip for clip in host.clips() if clip.get("cue")]
        room.until(room.window.timeline.controls.undo.isEnabled)
        room.window.timeline.controls.undo.click()
        room.until(lambda: "taken back" in room.line)
        assert not [clip for clip in host.clips() if clip.get("cue")]
    finally:
        host.close()


def test_placing_without_a_track_says_so(room: Room) -> None:
    host = room.editor()
    try:
        room.until(room.window.timeline.controls.place.isEnabled)
        room.window.timeline.controls.place.click()
        room.until(lambda: room.line == "choose a track to place first")
    finally:
        host.close()


def test_an_editor_that_goes_leaves_a_panel_that_works(room: Room) -> None:
    host = room.editor()
    host.close()
    room.until(lambda: not room.window.timeline.hosts.choice.currentText().startswith("Scripted"))
    room.ask("calm")
    room.until(lambda: len(room.titles) == 4)


def test_marks_reach_the_library_and_hidden_tracks_stay_away(room: Room) -> None:
    room.ask("calm")
    room.until(lambda: len(room.titles) == 4)
    first = room.titles[0]
    room.key(Qt.Key.Key_4)
    room.key(Qt.Key.Key_F)
    room.key(Qt.Key.Key_Down)
    second = room.titles[1]
    room.key(Qt.Key.Key_H)
    room.until(lambda: second not in room.titles)
    room.ask("calm again")
    room.until(lambda: len(room.titles) == 3)
    results = room.window.find.results.rows.results
    marks = {results[n].suggestion.track.name: results[n].suggestion.track for n in range(3)}
    assert (marks[first].rating, marks[first].favourite) == (4, True)
    assert second not in marks


def test_a_file_that_is_gone_is_said_when_it_is_played(room: Room, tmp_path: Path, small_library: Path) -> None:
    room.ask("calm")
    room.until(lambda: len(room.titles) == 4)
    path = room.window.audition.cue().track.path
    aside = tmp_path / "aside.wav"
    shutil.move(path, aside)
    try:
        room.key(Qt.Key.Key_Space)
        room.until(lambda: path.name in room.line)
        assert room.window.messages.sign.isVisible()
    finally:
        shutil.move(aside, path)


def test_new_music_is_found_while_the_panel_is_open(room: Room, tmp_path: Path) -> None:
    folder = tmp_path / "more"
    folder.mkdir()
    write_chord(folder / "fifth.wav", (147, 220, 294), 15)
    (folder / "broken.mp3").write_text("This is no music. " * 50)
    room.window.library.changes.add([folder])
    room.until(lambda: room.window.messages.library.text().startswith("Tracks 5 · failed 1"))
    room.until(lambda: not room.window.library.work.busy)
    room.ask("calm")
    room.until(lambda: "fifth" in room.titles)


def test_closing_ends_what_is_going_on(room: Room, tasks) -> None:
    room.ask("calm")
    room.until(lambda: len(room.titles) == 4)
    room.key(Qt.Key.Key_Space)
    room.until(lambda: room.outputs and room.output.given)
    room.window.library.index([room.music])
    room.ask("something else")
    assert room.window.close()
    assert tasks.close(10)
    assert room.output.closed


def test_settings_reach_the_parts_and_are_kept(room: Room) -> None:
    room.ask("calm")
    room.until(lambda: len(room.titles) == 4)
    assert room.keeper.change(results=2, match_loudness=True, loudness=-30.0)
    assert room.window.audition.request().treatment.gain_db < 0
    room.ask("calm, slow")
    room.until(lambda: len(room.titles) == 2)
    room.until(lambda: (room.folder / "panel.json").exists())
    assert '"results": 2' in (room.folder / "panel.json").read_text()


def test_pages_are_turned_by_keys(room: Room, qtbot) -> None:
    for number in range(room.window.pages.count()):
        qtbot.keyClick(room.window, getattr(Qt.Key, f"Key_{number + 1}"), Qt.KeyboardModifier.ControlModifier)
        assert room.window.pages.currentIndex() == number


def test_without_a_library_folders_are_asked_for_and_results_come(qtbot, tasks, engines, tmp_path: Path) -> None:
    room = Room(qtbot, tasks, engines, None, tmp_path)
    try:
        room.until(lambda: room.window.finding.currentWidget() is room.window.first_start)
        room.music.mkdir()
        for name, notes in NOTES.items():
            write_chord(room.music / f"{name}.wav", notes, 6)
        write_chord(room.music / "fifth.wav", (147, 220, 294), 6)
        room.window.first_start.folders_chosen.emit([room.music])
        room.until(lambda: room.window.finding.currentWidget() is not room.window.first_start)
        room.until(lambda: not room.window.library.work.busy)
        room.ask("calm")
        room.until(lambda: len(room.titles) == 5)
    finally:
        room.close()


def test_a_first_folder_that_cannot_be_taken_leads_back_to_the_choice(qtbot, tasks, engines, tmp_path: Path) -> None:
    room = Room(qtbot, tasks, engines, None, tmp_path)
    try:
        first = room.window.first_start
        room.until(lambda: room.window.finding.currentWidget() is first)
        song = write_chord(tmp_path / "song.wav", NOTES["bass"], 6)
        first.folders_chosen.emit([song])
        assert not first.choose.isVisible()
        room.until(first.choose.isVisible)
        assert room.line == f"{song}: this is a file: choose the folder that holds it"
        room.music.mkdir()
        write_chord(room.music / "bass.wav", NOTES["bass"], 6)
        first.folders_chosen.emit([tmp_path / "gone", room.music])
        room.until(lambda: "there is no such folder" in room.line)
        room.until(lambda: not room.window.library.work.busy and room.window.library.view.indexed == 1)
        assert room.window.finding.currentWidget() is not first
    finally:
        room.close()


def test_a_first_folder_without_music_is_said(qtbot, tasks, engines, tmp_path: Path) -> None:
    room = Room(qtbot, tasks, engines, None, tmp_path)
    try:
        first, find = room.window.first_start, room.window.find
        room.until(lambda: room.window.finding.currentWidget() is first)
        (tmp_path / "papers").mkdir()
        first.folders_chosen.emit([tmp_path / "papers"])
        room.until(lambda: "no audio files in this folder" in room.line)
        room.until(lambda: room.window.finding.currentWidget() is not first)
        room.until(lambda: find.area.notice.text.text().startswith("Your library is empty."))
    finally:
        room.close()


def test_models_that_cannot_be_loaded_leave_a_window_that_says_so(qtbot, tasks, tmp_path, small_library) -> None:
    class Broken(Engines):
        def engine(self, cancellation=None):
            raise PackError("core: music.onnx is damaged; install the pack again")

    from gui.models.service import LibraryService
    from gui.models.settings import Settings
    from gui.settings.keeper import SettingsKeeper
    from gui.window import PanelWindow

    library = tmp_path / "library.db"
    shutil.copy(small_library / "library.db", library)
    service = LibraryService(library, Broken())
    window = PanelWindow(service, tasks, SettingsKeeper(Settings(), tmp_path / "p.json", tasks), tmp_path / "bridge")
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: "music.onnx is damaged" in window.messages.text.text(), timeout=20_000)
    qtbot.waitUntil(lambda: window.messages.library.text().startswith("Tracks 4"), timeout=20_000)
    window.find.bar.words.setText("calm")
    window.find.bar.ask()
    qtbot.waitUntil(lambda: "damaged" in window.find.area.notice.text.text(), timeout=20_000)
    window.close()
    service.close()


def test_a_fault_of_ours_is_shown_and_the_panel_goes_on(room: Room) -> None:
    room.window.fault.emit("internal error: KeyError: 'x' (the terminal shows where)")
    room.until(lambda: "internal error" in room.line)
    room.ask("calm")
    room.until(lambda: len(room.titles) == 4)


def test_every_control_that_is_shown_has_a_name(room: Room) -> None:
    kinds = (QAbstractButton, QLineEdit, QAbstractSlider, QComboBox, QAbstractItemView)
    buddies = {label.buddy() for label in room.window.findChildren(QLabel)}
    nameless = []
    for page in range(room.window.pages.count()):
        room.window.pages.setCurrentIndex(page)
        for widget in (widget for kind in kinds for widget in room.window.pages.currentWidget().findChildren(kind)):
            inside = isinstance(widget.parent(), QAbstractItemView | QComboBox | QLineEdit | QAbstractSpinBox)
            ours = not inside and not isinstance(widget, QScrollBar | QHeaderView)
            named = widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text())
            if ours and widget.isVisible() and not named and widget not in buddies:
                nameless.append((room.window.pages.tabText(page), type(widget).__name__, widget.toolTip()))
    assert nameless == []


@pytest.mark.skipif(os.geteuid() == 0 or sys.platform == "win32", reason="root may write anywhere")
def test_a_library_that_takes_no_rating_says_so_and_shows_the_old_one(room: Room) -> None:
    room.ask("calm")
    room.until(lambda: len(room.titles) == 4)
    room.service.path.chmod(0o400)
    room.key(Qt.Key.Key_4)
    room.until(lambda: "cannot change the library" in room.line)
    assert room.window.find.results.current_row().suggestion.track.rating == 0


def test_settings_apply_to_a_part_that_is_shown(room: Room) -> None:
    room.ask("calm")
    room.until(lambda: len(room.titles) == 4)
    before = room.window.audition.request().treatment
    room.keeper.replace(replace(room.keeper.settings, fade_out=2.0))
    after = room.window.audition.request().treatment
    assert (before.fade_out, after.fade_out) == (1.0, 2.0) or before == after == replace(after, fade_out=0.0)


def test_news_do_not_hide_an_error_before_it_is_read(room: Room) -> None:
    messages = room.window.messages
    messages.fail("the disk is full")
    messages.say("1 indexed")
    messages.say("2 indexed")
    assert room.line == "the disk is full"
    room.until(lambda: room.line == "2 indexed")
    assert not messages.sign.isVisible()
    messages.say("3 indexed")
    assert room.line == "3 indexed"
