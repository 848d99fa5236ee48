"""The list of clips: captioned in the background, edited, seen, written into editors and cue sheets."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PyQt6.QtCore import QMimeData, QPointF, Qt, QUrl
from PyQt6.QtGui import QDropEvent, QImage
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot
from timeline_fakes import Ears, Witness, load_scripted, names, rows_of, write_timeline, write_tone

from gui.models.captions import captions_path
from gui.models.cues import CueRequest
from gui.models.settings import Settings
from gui.models.timeline import State
from gui.tasks import Tasks
from gui.timeline import reading
from gui.timeline.panel import TimelinePanel
from host_bridge.cuesheet import COLUMNS
from host_bridge.files.host import FileHost
from host_bridge.timeline import cues, facts, markers_of, media_path, placed_clips
from plugin.errors import PackError
from plugin.treatment import Treatment

SETTINGS = Settings(caption_clips=False, fade_in=0.0, fade_out=0.5)


@pytest.fixture
def ears(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ears]:
    ears = Ears()
    monkeypatch.setattr("plugin.suggest.describe.describe", ears.describe)
    yield ears
    ears.gate.set()


@pytest.fixture
def rendered() -> list[tuple[Any, ...]]:
    return []


@pytest.fixture
def side(
    qtbot: QtBot, tasks: Tasks, ears: Ears, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rendered: list[Any]
) -> Iterator[TimelinePanel]:
    monkeypatch.setattr(reading, "POLL", 0.05)

    def render(track: Path, start: float, end: float, out: Path, treatment: Treatment) -> None:
        rendered.append((track, start, end, out, treatment))
        write_tone(out, (end - start) / treatment.tempo)

    panel = TimelinePanel(tasks, ears, SETTINGS, tmp_path / "bridge", render=render)
    qtbot.addWidget(panel)
    panel.resize(340, 700)
    panel.show()
    yield panel
    panel.shut_down()


@pytest.fixture
def witness(side: TimelinePanel, qtbot: QtBot) -> Witness:
    return Witness(side, qtbot)


@pytest.fixture
def cut(tmp_path: Path) -> Path:
    """Four clips of three files."""
    one, two, three = (write_tone(tmp_path / f"media/{name}.wav", 4) for name in ("one", "two", "three"))
    clips = [("first", one, 2.0), ("second", two, 3.0), ("third", three, 1.0), ("again", one, 2.0)]
    return write_timeline(tmp_path / "cut.otio", clips)


@pytest.fixture
def opened(side: TimelinePanel, witness: Witness, cut: Path, qtbot: QtBot) -> TimelinePanel:
    side.open_timeline(cut)
    qtbot.waitUntil(lambda: names(side) == ["first", "second", "third", "again"])
    return side


def states(side: TimelinePanel) -> list[State]:
    return [row.state for row in rows_of(side)]


def caption_all(side: TimelinePanel, qtbot: QtBot) -> None:
    side.controls.caption_all.click()
    qtbot.waitUntil(lambda: State.WAITING not in states(side) and State.LISTENING not in states(side), timeout=10_000)


def index(side: TimelinePanel, place: int) -> Any:
    return side.clips.clips.index(place)


def written(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.cuefinder*.otio"))


def test_captions_come_for_all_with_progress_and_one_hearing_for_each_part(
    opened: TimelinePanel, ears: Ears, witness: Witness, qtbot: QtBot
) -> None:
    seen: list[tuple[int, int]] = []
    opened.captioning.listening.progressed.connect(lambda done, total: seen.append((done, total)))
    opened.controls.caption_all.click()
    assert opened.controls.progress.isVisible() and opened.controls.stop.isVisible()
    assert not opened.controls.caption_all.isEnabled() and opened.minimumSizeHint().width() <= 340
    witness.wait_news("Clips captioned: 3")
    assert [row.caption for row in rows_of(opened)] == [f"A calm piece of {name}." for name in
                                                        ("one", "two", "three", "one")]  # fmt: skip
    assert ears.heard == [("one.wav", 0.0, 2.0), ("two.wav", 0.0, 3.0), ("three.wav", 0.0, 1.0)]
    assert rows_of(opened)[0].chips == ("calm",)
    assert (0, 3) in seen and (2, 3) in seen and seen[-1] == (0, 0)
    assert not opened.controls.progress.isVisible()
    opened.controls.caption_all.click()
    witness.wait_news("all clips that can be heard are captioned")
    assert len(ears.heard) == 3


def test_stop_ends_the_clip_that_is_heard_and_the_rest_waits(opened: TimelinePanel, ears: Ears, qtbot: QtBot) -> None:
    ears.gate.clear()
    opened.controls.caption_all.click()
    qtbot.waitUntil(lambda: len(ears.heard) == 1)
    assert states(opened)[0] is State.LISTENING
    opened.controls.stop.click()
    qtbot.waitUntil(lambda: states(opened) == [State.WAITING] * 4)
    assert len(ears.heard) == 1 and not opened.controls.stop.isVisible()
    ears.gate.set()
    caption_all(opened, qtbot)
    assert states(opened) == [State.DONE] * 4


def test_in_the_background_only_what_is_seen_is_captioned(
    side: TimelinePanel, ears: Ears, witness: Witness, qtbot: QtBot, tmp_path: Path
) -> None:
    media = [write_tone(tmp_path / f"m{number}.wav", 1) for number in range(30)]
    side.apply(replace(SETTINGS, caption_clips=True))
    side.open_timeline(write_timeline(tmp_path / "long.otio", [(one.stem, one, 1.0) for one in media]))
    qtbot.waitUntil(lambda: len(rows_of(side)) == 30)
    seen = len(side.clips.visible_rows())
    assert 4 < seen < 12
    qtbot.waitUntil(lambda: states(side).count(State.DONE) == seen)
    qtbot.wait(150)
    assert [name for name, *_ in ears.heard] == [f"m{number}.wav" for number in range(seen)]
    side.clips.scrollToBottom()
    qtbot.waitUntil(lambda: rows_of(side)[-1].state is State.DONE)
    assert rows_of(side)[15].state is State.WAITING
    assert not witness.problems


def test_held_nothing_more_is_captioned_until_let_go(opened: TimelinePanel, ears: Ears, qtbot: QtBot) -> None:
    opened.hold(True)
    opened.controls.caption_all.click()
    qtbot.wait(100)
    assert not ears.heard
    opened.hold(False)
    qtbot.waitUntil(lambda: states(opened) == [State.DONE] * 4)


def test_a_clip_that_cannot_be_heard_says_why_and_stops_nothing(
    opened: TimelinePanel, ears: Ears, witness: Witness, qtbot: QtBot
) -> None:
    ears.broken = {"two.wav"}
    caption_all(opened, qtbot)
    assert states(opened) == [State.DONE, State.FAILED, State.DONE, State.DONE]
    assert "two.wav: damaged" in rows_of(opened)[1].reason
    assert "Clips captioned: 2, not: 1: " in witness.wait_problem("two.wav: damaged")
    ears.broken = set()
    caption_all(opened, qtbot)
    assert states(opened) == [State.DONE] * 4, "what failed is tried again"


def test_models_that_cannot_be_loaded_are_said_once(
    opened: TimelinePanel, ears: Ears, witness: Witness, qtbot: QtBot
) -> None:
    ears.failure = PackError("/packs/x: no manifest")
    opened.controls.caption_all.click()
    witness.wait_problem("no manifest")
    qtbot.waitUntil(lambda: states(opened) == [State.WAITING] * 4)
    assert witness.problems == ["/packs/x: no manifest"]
    assert not opened.controls.stop.isVisible()


def test_a_fault_in_the_models_fails_the_clip_and_goes_on(
    opened: TimelinePanel, ears: Ears, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def describe(*asked: Any) -> Any:
        if asked[1].name == "one.wav":
            raise ZeroDivisionError
        return Ears.describe(ears, *asked)

    monkeypatch.setattr("plugin.suggest.describe.describe", describe)
    with qtbot.capture_exceptions() as faults:
        caption_all(opened, qtbot)
    assert [kind for kind, *_ in faults] == [ZeroDivisionError]
    assert states(opened) == [State.FAILED, State.DONE, State.DONE, State.FAILED]
    assert "internal error" in rows_of(opened)[0].reason


def test_captions_outlive_a_new_reading_and_a_new_start(
    opened: TimelinePanel, ears: Ears, qtbot: QtBot, cut: Path, tasks: Tasks, tmp_path: Path
) -> None:
    caption_all(opened, qtbot)
    by_name = {path.stem: path for path in (tmp_path / "media").iterdir()}
    write_timeline(cut, [("second", by_name["two"], 3.0), ("new", by_name["three"], 2.0)])
    qtbot.waitUntil(lambda: names(opened) == ["second", "new"])  # a file is looked at again and again
    assert [row.state for row in rows_of(opened)] == [State.DONE, State.WAITING]
    qtbot.waitUntil(lambda: captions_path().exists() and len(json.loads(captions_path().read_text())) == 3)
    other = TimelinePanel(tasks, ears, SETTINGS, tmp_path / "bridge2")
    qtbot.addWidget(other)
    other.open_timeline(cut)
    qtbot.waitUntil(lambda: [row.caption for row in rows_of(other)] == ["A calm piece of two.", ""])
    other.shut_down()


def test_media_written_anew_is_heard_anew_but_the_users_words_stay(
    opened: TimelinePanel, ears: Ears, qtbot: QtBot, tmp_path: Path
) -> None:
    caption_all(opened, qtbot)
    opened.clips.clips.setData(index(opened, 1), "Mine.")
    for name in ("one", "two"):
        write_tone(tmp_path / f"media/{name}.wav", 5)
    opened.reading.now()
    qtbot.waitUntil(lambda: states(opened)[0] is State.WAITING)
    assert [row.caption for row in rows_of(opened)] == ["", "Mine.", "A calm piece of three.", ""]


def test_a_caption_is_edited_in_place_and_kept(
    opened: TimelinePanel, ears: Ears, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    caption_all(opened, qtbot)
    opened.clips.setFocus()
    opened.clips.setCurrentIndex(index(opened, 1))
    QTest.keyClick(opened.clips, Qt.Key.Key_F2)
    qtbot.waitUntil(lambda: opened.clips.findChild(QLineEdit) is not None)
    editor = opened.clips.findChild(QLineEdit)
    assert editor.text() == "A calm piece of two."
    editor.selectAll()
    QTest.keyClicks(editor, "Two in the rain.")
    opened.reading.now()  # must not take away what is being written
    qtbot.waitUntil(lambda: not opened.reading.busy)
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: rows_of(opened)[1].caption == "Two in the rain.")
    assert rows_of(opened)[1].said.edited and rows_of(opened)[1].chips == ("calm",)
    qtbot.waitUntil(lambda: "Two in the rain." in captions_path().read_text())
    opened.clips.clips.setData(index(opened, 1), " ")
    assert rows_of(opened)[1].state is State.WAITING, "no words: it is heard anew"


def test_captioning_anew_replaces_the_users_words_only_when_asked(
    opened: TimelinePanel, ears: Ears, qtbot: QtBot
) -> None:
    caption_all(opened, qtbot)
    opened.clips.clips.setData(index(opened, 1), "Mine.")
    ears.word = "loud"
    opened.clips.setCurrentIndex(index(opened, 2))
    opened.clips.again.emit()
    qtbot.waitUntil(lambda: rows_of(opened)[2].caption == "A loud piece of three.")
    assert rows_of(opened)[1].caption == "Mine."
    opened.clips.setCurrentIndex(index(opened, 1))
    opened.clips.again.emit()
    qtbot.waitUntil(lambda: rows_of(opened)[1].caption == "A loud piece of two.")


def test_captions_that_the_disk_does_not_take_are_said_and_stay_in_memory(
    opened: TimelinePanel, ears: Ears, witness: Witness, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("gui.models.captions.atomic_write", full)
    opened.clips.clips.setData(index(opened, 0), "Mine.")
    witness.wait_problem("the captions cannot be saved: No space left on device")
    assert rows_of(opened)[0].caption == "Mine."
    monkeypatch.undo()


def test_damaged_captions_are_put_aside(qtbot: QtBot, tasks: Tasks, ears: Ears, tmp_path: Path) -> None:
    captions_path().write_text("[{")
    panel = TimelinePanel(tasks, ears, SETTINGS, tmp_path / "bridge")
    qtbot.addWidget(panel)
    Witness(panel, qtbot).wait_problem("it is damaged; it was kept as captions.json.damaged")
    assert captions_path().with_name("captions.json.damaged").read_text() == "[{"
    panel.shut_down()


def test_waveforms_come_for_sound_and_a_sign_for_media_that_is_gone(
    side: TimelinePanel, qtbot: QtBot, tmp_path: Path
) -> None:
    there = write_tone(tmp_path / "there.wav", 2)
    side.open_timeline(write_timeline(tmp_path / "cut.otio", [("a", there, 2.0), ("b", tmp_path / "gone.wav", 1.0)]))
    qtbot.waitUntil(lambda: len(rows_of(side)) == 2)
    previews = side.clips.previews
    qtbot.waitUntil(lambda: isinstance(previews.of(rows_of(side)[0].clip), bytes))
    drawn = previews.of(rows_of(side)[0].clip)
    assert len(drawn) == 400 and min(drawn[1:-1]) > 200, "a steady tone is a full bar"
    assert previews.of(rows_of(side)[1].clip) is None
    assert "gone.wav is not there; reconnect the disk or relink it" in rows_of(side)[1].reason
    image = side.clips.grab().toImage()
    assert image.width() > 0 and not _plain(image)


def _plain(image: QImage) -> bool:
    first = image.pixel(0, 0)
    return all(image.pixel(x, y) == first for x in range(0, image.width(), 7) for y in range(0, image.height(), 7))


def test_a_preview_that_cannot_be_made_is_not_tried_for_ever(side: TimelinePanel, qtbot: QtBot, tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_text("no sound")
    side.open_timeline(write_timeline(tmp_path / "cut.otio", [("a", broken, 2.0)]))
    qtbot.waitUntil(lambda: len(rows_of(side)) == 1)
    qtbot.waitUntil(lambda: isinstance(side.clips.previews.of(rows_of(side)[0].clip), str))


def test_captions_become_markers_once_and_go_back(
    opened: TimelinePanel, ears: Ears, witness: Witness, qtbot: QtBot
) -> None:
    opened.controls.mark.trigger()
    assert witness.problems == ["no clip is captioned yet: caption all first"]
    caption_all(opened, qtbot)
    opened.controls.mark.trigger()
    witness.wait_news("4 markers added in OpenTimelineIO")
    host = next(link.host for link in opened.service._links.values())
    found = [(marker.name, marker.marked_range.start_time.value) for marker in markers_of(host.timeline())]
    assert found == [("A calm piece of one.", 0), ("A calm piece of two.", 50), ("A calm piece of three.", 125),
                     ("A calm piece of one.", 150)]  # fmt: skip
    qtbot.waitUntil(opened.controls.mark.isEnabled)
    opened.controls.mark.trigger()
    witness.wait_news("0 markers added in OpenTimelineIO; 4 were there")
    qtbot.waitUntil(opened.controls.undo.isEnabled)
    opened.controls.undo.click()
    witness.wait_news("taken back in cut.otio")
    assert not markers_of(host.timeline())


def test_captions_are_kept_with_the_clips_in_a_new_file(
    opened: TimelinePanel, ears: Ears, witness: Witness, qtbot: QtBot, tmp_path: Path
) -> None:
    caption_all(opened, qtbot)
    opened.controls.keep.trigger()
    witness.wait_news("4 captions kept with the clips in OpenTimelineIO")
    qtbot.waitUntil(opened.hosts.save_action.isEnabled)
    assert opened.hosts.choice.currentText() == "cut.otio (not saved)"
    opened.hosts.save_action.trigger()
    witness.wait_news("written: ")
    (new,) = written(tmp_path)
    clips = placed_clips(timeline := FileHost(new).timeline())
    assert timeline is not None
    assert [facts(one.clip)["caption"] for one in clips] == [row.caption for row in rows_of(opened)]
    qtbot.waitUntil(lambda: opened.hosts.choice.currentText() == "cut.otio")


def test_a_file_gets_a_rendered_cue_where_it_keeps_no_fades(
    opened: TimelinePanel, witness: Witness, rendered: list[Any], qtbot: QtBot, tmp_path: Path
) -> None:
    music = write_tone(tmp_path / "Glass: one.wav", 30)
    opened.clips.setCurrentIndex(index(opened, 1))
    opened.place(CueRequest(music, 4.0, 20.0, 30.0, treatment=Treatment(gain_db=-3.0, tempo=1.25), title="Glass: one"))
    text = witness.wait_news("Glass: one lies at 00:00:02:00 on Cuefinder in OpenTimelineIO, as ")
    ((track, start, end, out, treatment),) = rendered
    assert (track, start, end) == (music, 4.0, pytest.approx(4.0 + 3.0 * 1.25))
    assert (treatment.gain_db, treatment.fade_out, treatment.tempo) == (-3.0, 0.5, 1.25)
    assert out.parent == SETTINGS.cue_folder and out.name.startswith("Glass_ one ") and text.endswith(out.name)
    qtbot.waitUntil(opened.controls.place.isEnabled)
    opened.hosts.save_action.trigger()
    witness.wait_news("written: ")
    (cue,) = cues(timeline := FileHost(written(tmp_path)[0]).timeline())
    assert timeline is not None
    assert media_path(cue.clip) == out
    assert (cue.record.start_time.value, cue.record.duration.value) == (50, 75)
    assert cue.clip.source_range.start_time.value == 0


def test_a_cue_rendered_before_is_used_as_it_is(
    opened: TimelinePanel, witness: Witness, rendered: list[Any], tmp_path: Path
) -> None:
    music, ready = write_tone(tmp_path / "m.wav", 9), write_tone(tmp_path / "ready.wav", 3)
    opened.clips.setCurrentIndex(index(opened, 1))
    opened.place(CueRequest(music, 0.0, 3.0, 9.0, treatment=Treatment(gain_db=-3.0, fade_out=0.5), rendered=ready))
    witness.wait_news("as ready.wav")
    assert not rendered


def test_without_a_clip_chosen_a_file_says_what_to_do(opened: TimelinePanel, witness: Witness, tmp_path: Path) -> None:
    opened.place(CueRequest(write_tone(tmp_path / "m.wav", 9), 0.0, 3.0, 9.0))
    witness.wait_problem("OpenTimelineIO: choose a clip to place the music under")


def test_a_cue_that_cannot_be_rendered_is_said(
    opened: TimelinePanel, witness: Witness, tmp_path: Path, qtbot: QtBot, home: Path
) -> None:
    (home / "cues").write_text("a file where the folder shall be")
    opened.clips.setCurrentIndex(index(opened, 1))
    opened.place(CueRequest(write_tone(tmp_path / "m.wav", 9), 0.0, 3.0, 9.0))
    witness.wait_problem("no folder for cues can be made")
    qtbot.waitUntil(opened.controls.place.isEnabled)


def test_what_was_placed_in_a_file_is_saved_at_the_end(
    opened: TimelinePanel, witness: Witness, tmp_path: Path, cut: Path
) -> None:
    before = cut.read_bytes()
    opened.clips.setCurrentIndex(index(opened, 0))
    opened.place(CueRequest(write_tone(tmp_path / "m.wav", 2), 0.0, 2.0, 2.0))
    witness.wait_news("lies at")
    opened.shut_down()
    assert cut.read_bytes() == before
    assert len(cues(FileHost(written(tmp_path)[0]).timeline())) == 1


def test_a_file_that_changed_under_a_cue_is_not_saved_over(
    opened: TimelinePanel, witness: Witness, tmp_path: Path, cut: Path, qtbot: QtBot
) -> None:
    opened.clips.setCurrentIndex(index(opened, 0))
    opened.place(CueRequest(write_tone(tmp_path / "m.wav", 2), 0.0, 2.0, 2.0))
    witness.wait_news("lies at")
    cut.write_bytes(cut.read_bytes() + b"\n")
    qtbot.waitUntil(opened.hosts.save_action.isEnabled)
    opened.hosts.save_action.trigger()
    witness.wait_problem("was changed since it was read")
    assert not written(tmp_path)


@pytest.mark.parametrize("suffix", [".csv", ".html"])
def test_a_cue_sheet_is_written_where_the_user_says(
    opened: TimelinePanel, witness: Witness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    out = tmp_path / f"sheet{suffix}"
    out.write_text("old")  # the dialog has asked whether to replace it
    kind = "Pages to print (*.html)" if suffix == ".html" else "Tables (*.csv)"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(out.with_suffix("")), kind))
    opened.controls.all_music.trigger()
    witness.wait_news(f"4 cues written: {out}")
    text = out.read_text()
    assert all(column in text for column in COLUMNS) and "second" in text and "00:00:02:00" in text


def test_a_cue_sheet_that_the_disk_does_not_take_is_said(
    opened: TimelinePanel, witness: Witness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("gui.models.listings.atomic_write", full)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "sheet.csv"), ""))
    opened.controls.own_cues.trigger()
    witness.wait_problem("sheet.csv: the cue sheet cannot be written: No space left on device")


def test_a_dialog_that_is_left_does_nothing(
    opened: TimelinePanel, witness: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    opened.controls.own_cues.trigger()
    opened.hosts.open_action.trigger()
    assert opened.controls.place.isEnabled(), "no order is under way"


def test_a_file_is_opened_by_menu_or_dropped_and_only_once(
    side: TimelinePanel, witness: Witness, cut: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(cut), ""))
    side.hosts.open_action.trigger()
    qtbot.waitUntil(lambda: len(rows_of(side)) == 4)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/music/a.wav"), QUrl.fromLocalFile(str(cut))])
    drop = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
                      Qt.KeyboardModifier.NoModifier)  # fmt: skip
    qtbot.waitUntil(side.controls.place.isEnabled)
    side.dropEvent(drop)
    qtbot.waitUntil(side.controls.place.isEnabled)
    assert [row.title for row in side.service.hosts()] == ["cut.otio"]


@pytest.mark.parametrize(("name", "text", "line"), [
    ("gone.otio", None, "gone.otio: there is no such file"),
    ("bad.otio", "{", "bad.otio: it is damaged"),
    ("film.mp4", "x", "film.mp4: timelines are read from .otio"),
])  # fmt: skip
def test_a_file_that_is_no_timeline_is_said(
    side: TimelinePanel, witness: Witness, tmp_path: Path, name: str, text: str | None, line: str
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    side.open_timeline(tmp_path / name)
    witness.wait_problem(line)


def test_a_timeline_file_that_goes_away_is_said_and_its_clips_stay(
    opened: TimelinePanel, witness: Witness, cut: Path
) -> None:
    cut.unlink()
    witness.wait_problem("cut.otio cannot be read any more")
    assert names(opened) == ["first", "second", "third", "again"]


def test_path_and_folder_of_a_clip(
    opened: TimelinePanel, witness: Witness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.clips.setCurrentIndex(index(opened, 1))
    opened.clips.copied.emit()
    path = str(tmp_path / "media/two.wav")
    assert witness.news[-1] == f"Copied {path}"
    assert QApplication.clipboard().text() == path
    shown: list[QUrl] = []
    opener = "gui.timeline.media_actions.QDesktopServices.openUrl"
    monkeypatch.setattr(opener, lambda url: shown.append(url) or True)
    opened.clips.shown.emit()
    assert [url.toLocalFile() for url in shown] == [str(tmp_path / "media")]
    monkeypatch.setattr(opener, lambda url: False)
    opened.clips.shown.emit()
    witness.wait_problem("cannot show the folder")


def test_of_media_that_is_gone_there_is_a_path_and_no_folder(
    side: TimelinePanel, witness: Witness, qtbot: QtBot, tmp_path: Path
) -> None:
    gone = tmp_path / "away/gone.wav"
    side.open_timeline(write_timeline(tmp_path / "cut.otio", [("a", gone, 1.0)]))
    qtbot.waitUntil(lambda: len(rows_of(side)) == 1)
    side.clips.setCurrentIndex(index(side, 0))
    side.clips.copied.emit()
    assert QApplication.clipboard().text() == str(gone)
    side.clips.shown.emit()
    witness.wait_problem(f"cannot show the folder {gone.parent}")


def test_without_a_clip_there_is_no_path_and_no_folder(side: TimelinePanel, witness: Witness) -> None:
    QApplication.clipboard().setText("as before")
    side.clips.copied.emit()
    side.clips.shown.emit()
    assert (witness.news, witness.problems) == ([], [])
    assert QApplication.clipboard().text() == "as before"


def test_a_clip_tells_all_of_itself(opened: TimelinePanel, ears: Ears, qtbot: QtBot, tmp_path: Path) -> None:
    def told(place: int) -> str:
        return index(opened, place).data(Qt.ItemDataRole.ToolTipRole)

    assert "Not captioned yet" in told(1)
    caption_all(opened, qtbot)
    assert "A calm piece of two." in told(1)
    assert f"0:00 to 0:03 of {tmp_path / 'media/two.wav'}" in told(1)
    assert "A1: 00:00:02:00" in told(1)
    spoken = index(opened, 1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("second, A1, ") and spoken.endswith("A calm piece of two.")


def test_sound_without_a_file_is_exported_by_the_editor_only_when_asked(
    side: TimelinePanel, ears: Ears, witness: Witness, qtbot: QtBot, tmp_path: Path
) -> None:
    qtbot.waitUntil(lambda: (tmp_path / "bridge/bridge.json").exists())
    host = load_scripted().ScriptedHost(tmp_path / "bridge")
    asked: list[tuple[int, int, str]] = []

    def export(start: int, duration: int, path: str, timeline_track: str) -> dict[str, Any]:
        asked.append((start, duration, timeline_track))
        write_tone(Path(path), duration * 1001 / 24000)
        return {}

    host.do_export_range = export
    try:
        side.apply(replace(SETTINGS, caption_clips=True))
        host.project["tracks"] = [{"id": "a1", "name": "Talk", "kind": "audio", "clips": [
            {"id": "talk", "name": "talk", "start": 24, "duration": 48}]}]  # fmt: skip
        host.changed()
        qtbot.waitUntil(lambda: names(side) == ["talk"])
        qtbot.wait(200)
        assert not asked and states(side) == [State.WAITING]
        side.controls.caption_all.click()
        witness.wait_news("Clips captioned: 1")
        assert asked == [(24, 48, "a1")]
        qtbot.waitUntil(lambda: rows_of(side)[0].clip.ref is not None)
        assert rows_of(side)[0].state is State.DONE
        assert ears.heard[0][1:] == (0.0, pytest.approx(2.002))
        side.clips.setCurrentIndex(index(side, 0))
        side.clips.again.emit()
        qtbot.waitUntil(lambda: len(asked) == 2)  # it may sound otherwise by now
        qtbot.waitUntil(lambda: states(side) == [State.DONE])
        host.answer_with["export_range"] = lambda m, send: host.send_message(
            {"id": m["id"], "error": {"code": -32000, "message": "all its timeline tracks are muted"}})  # fmt: skip
        side.clips.again.emit()
        qtbot.waitUntil(lambda: states(side) == [State.FAILED])
        assert "muted" in rows_of(side)[0].reason
    finally:
        host.close()
