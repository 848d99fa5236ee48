"""The page of stems: looked at first, changed on demand, taken back."""

from __future__ import annotations

import errno
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import opentimelineio as otio
import pytest
from mutagen.id3 import TKEY
from mutagen.wave import WAVE
from opentimelineio.opentime import RationalTime, TimeRange
from PyQt6.QtCore import QMimeData, QModelIndex, QPointF, Qt, QUrl
from PyQt6.QtGui import QDropEvent
from PyQt6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QTreeView
from pytestqt.qtbot import QtBot
from stems_fakes import FakeEngines, FakeListening, write_tone

from gui.models.engines import Engines
from gui.models.hosts import HostService
from gui.models.settings import Settings
from gui.models.stems import Heard, SessionOf, StemList
from gui.stems import StemsPage
from gui.tasks import Tasks
from host_bridge.files.host import FileHost
from host_bridge.timeline import make_clip, make_timeline, make_tracks, timeline_tracks
from plugin.errors import PackError
from plugin.filetags import read_tags
from plugin.stems import Template


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> FakeListening:
    fake = FakeListening()
    monkeypatch.setattr("plugin.stems.folder.listen_to_files", fake)
    return fake


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in (1, 2, 3):
        write_tone(tmp_path / "stems" / f"Audio {number}.wav", 220.0 * number)
    (tmp_path / "stems" / "words.mp3").write_text("no music")
    return tmp_path / "stems"


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[HostService]:
    service = HostService(lambda: None, folder=tmp_path / "bridge")
    yield service
    service.close()


class Said:
    """What a page said."""

    def __init__(self, page: StemsPage) -> None:
        self.news: list[str] = []
        self.problems: list[str] = []
        page.news.connect(self.news.append)
        page.problem.connect(self.problems.append)


Opened = tuple[StemsPage, Said]


def open_page(qtbot: QtBot, tasks: Tasks, engines: object, tmp_path: Path, hosts: HostService) -> Opened:
    page = StemsPage(tasks, engines, Settings(), tmp_path / "library.db", hosts)  # type: ignore[arg-type]
    qtbot.addWidget(page)
    page.show()
    return page, Said(page)


@pytest.fixture
def opened(
    qtbot: QtBot, tasks: Tasks, listening: FakeListening, tmp_path: Path, hosts: HostService
) -> Iterator[Opened]:
    page, said = open_page(qtbot, tasks, FakeEngines(), tmp_path, hosts)
    yield page, said
    page.shut_down()


def press(qtbot: QtBot, page: StemsPage, button: QAbstractButton) -> None:
    """Click, and wait until the work is done."""
    assert button.isEnabled() and button.isVisible(), button.text()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.work.is_busy)


def analyse(qtbot: QtBot, page: StemsPage, folder: Path) -> None:
    page.controls.set_folder(folder)
    press(qtbot, page, page.controls.analyse)


def cells(page: StemsPage, column: str) -> list[str]:
    """Texts of a column, group by group."""
    model, number = page.model, page.model.COLUMNS.index(column)
    groups = [model.index(row, 0) for row in range(model.rowCount())]
    return [model.index(row, number, group).data() for group in groups for row in range(model.rowCount(group))]


def cell(page: StemsPage, group: int, column: str) -> QModelIndex:
    return page.model.index(0, page.model.COLUMNS.index(column), page.model.index(group, 0))


def preview_texts(page: StemsPage) -> list[list[str]]:
    tree = page.preview.tree
    tops = [tree.topLevelItem(row) for row in range(tree.topLevelItemCount())]
    items = [item for top in tops for item in (top, *(top.child(row) for row in range(top.childCount())))]
    return [[item.text(column) for column in range(3)] for item in items]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_stems_are_grouped_by_role_and_nothing_is_changed(
    qtbot: QtBot, opened: Opened, folder: Path, listening: FakeListening
) -> None:
    page, said = opened
    before = {path: path.read_bytes() for path in folder.iterdir()}
    analyse(qtbot, page, folder)
    assert [page.model.index(row, 0).data() for row in range(page.model.rowCount())] == [
        "Drums (1)", "Leads (1)", "Not sure enough to be named (1)"
    ]  # fmt: skip
    assert cells(page, "original") == ["Audio 1.wav", "Audio 2.wav", "Audio 3.wav"]
    assert cells(page, "proposed") == ["01_drums_drums", "02_lead_flute", "(keeps its name)"]
    assert cells(page, "key") == ["", "A minor", ""]
    assert cells(page, "tempo") == ["120", "120", ""]
    assert cells(page, "loudness") == ["-14.2", "-20.0", ""]
    assert cells(page, "notes") == ["silent 25%", "silent 50%, bleed of Audio 1 -31 dB", ""]
    assert "&lt;b&gt;flute" in cell(page, 1, "caption").data(Qt.ItemDataRole.ToolTipRole)
    assert said.news[-1] == "3 stems heard, 1 could not be; nothing was changed"
    assert page.failures.toPlainText() == f"{folder / 'words.mp3'}: not a media file, or damaged beyond reading"
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert threading.get_ident() not in listening.threads
    assert not page.grab().isNull()


def test_changes_are_shown_then_made_then_taken_back(qtbot: QtBot, opened: Opened, folder: Path) -> None:
    page, said = opened
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    analyse(qtbot, page, folder)
    page.controls.tags.click()
    press(qtbot, page, page.controls.preview)
    assert page.pages.currentWidget() is page.preview
    shown = preview_texts(page)
    assert ["File", "Audio 1.wav", "01_drums_drums.wav"] in shown
    assert ["key (TKEY)", "", "Am"] in shown
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    press(qtbot, page, page.preview.apply)
    assert said.news[-1] == "2 files changed; Undo takes it back"
    assert names(folder) == ["01_drums_drums.wav", "02_lead_flute.wav", "Audio 3.wav", "words.mp3"]
    assert read_tags(folder / "02_lead_flute.wav")["role"] == ("lead",)
    assert page.pages.currentWidget() is page.table
    assert cells(page, "original") == ["01_drums_drums.wav", "02_lead_flute.wav", "Audio 3.wav"]
    qtbot.waitUntil(page.controls.undo.isEnabled)
    press(qtbot, page, page.controls.undo)
    assert said.news[-1] == "2 files are as they were before"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert cells(page, "original") == ["Audio 1.wav", "Audio 2.wav", "Audio 3.wav"]
    assert said.problems == []


def test_going_back_from_the_preview_changes_nothing(qtbot: QtBot, opened: Opened, folder: Path) -> None:
    page, _ = opened
    before = names(folder)
    analyse(qtbot, page, folder)
    press(qtbot, page, page.controls.preview)
    press(qtbot, page, page.preview.back)
    assert page.pages.currentWidget() is page.table
    assert names(folder) == before


def test_a_name_is_written_by_hand_and_stays_with_another_template(qtbot: QtBot, opened: Opened, folder: Path) -> None:
    page, said = opened
    analyse(qtbot, page, folder)
    index = cell(page, 1, "proposed")
    page.table.setCurrentIndex(index)
    page.table.edit(index)
    editor = page.table.viewport().findChild(QLineEdit)
    editor.setText("Solo")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: cells(page, "proposed")[1] == "Solo")
    assert cells(page, "proposed") == ["01_drums_drums", "Solo", "(keeps its name)"]
    page.controls.template.selectAll()
    qtbot.keyClicks(page.controls.template, "{role} {original}")
    assert cells(page, "proposed") == ["drums-Audio-1", "Solo", "(keeps its name)"]
    assert not page.model.setData(index, "a/b")
    assert "cannot be a file's name" in said.problems[-1]
    assert page.model.setData(index, "")
    assert cells(page, "proposed")[1] == "lead-Audio-2"


def test_a_template_that_cannot_be_is_said_and_the_names_stay(qtbot: QtBot, opened: Opened, folder: Path) -> None:
    page, said = opened
    analyse(qtbot, page, folder)
    page.controls.template.selectAll()
    qtbot.keyClicks(page.controls.template, "{rle}")
    assert "there is no field {rle}" in said.problems[-1]
    assert cells(page, "proposed")[0] == "01_drums_drums"
    page.controls.template.clear()
    page.analyse()
    assert "the template is empty" in said.problems[-1]


def test_listening_shows_progress_and_can_be_stopped(
    qtbot: QtBot, opened: Opened, folder: Path, listening: FakeListening
) -> None:
    page, said = opened
    listening.gate.clear()
    page.controls.set_folder(folder)
    page.controls.analyse.click()
    assert listening.waiting.wait(20)
    qtbot.waitUntil(lambda: page.work.format() == "1 of 4: Audio 1.wav")
    assert page.controls.stop.isVisible() and not page.controls.analyse.isVisible()
    page.analyse()
    assert said.problems == ["still at work: stop it first, or wait"]
    page.controls.stop.click()
    listening.gate.set()
    qtbot.waitUntil(lambda: not page.work.is_busy)
    assert said.news == ["Stopped; nothing was changed"]
    assert page.controls.analyse.isVisible()
    assert not page.controls.preview.isEnabled()


def test_nothing_is_started_without_a_folder_and_folders_that_are_gone_are_said(
    qtbot: QtBot, opened: Opened, tmp_path: Path
) -> None:
    page, said = opened
    page.controls.analyse.click()
    assert said.problems == ["choose a folder of stems first, or drop one here"]
    analyse(qtbot, page, tmp_path / "gone")
    assert f"{tmp_path / 'gone'}: No such file or directory" in page.failures.toPlainText()


def test_a_dropped_folder_is_listened_to(qtbot: QtBot, opened: Opened, folder: Path) -> None:
    page, _ = opened
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder))])
    copy, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    page.dropEvent(QDropEvent(QPointF(5, 5), copy, data, Qt.MouseButton.LeftButton, none))
    qtbot.waitUntil(lambda: page.model.rowCount() == 3)
    assert page.controls.folder.text() == str(folder)
    qtbot.waitUntil(lambda: not page.work.is_busy)


def test_a_field_that_is_filled_stays_and_the_preview_says_so(qtbot: QtBot, opened: Opened, folder: Path) -> None:
    page, said = opened
    file = WAVE(folder / "Audio 2.wav")
    file.add_tags()
    file.tags.add(TKEY(text="Bm"))
    file.save()
    page.controls.rename.setChecked(False)
    page.controls.tags.setChecked(True)
    analyse(qtbot, page, folder)
    press(qtbot, page, page.controls.preview)
    shown = preview_texts(page)
    assert ["File keeps its name", "Audio 2.wav", ""] in shown
    assert ["key stays: it is filled already", "Bm", ""] in shown
    press(qtbot, page, page.preview.apply)
    assert said.news[-1].endswith("files changed; Undo takes it back")
    assert str(WAVE(folder / "Audio 2.wav").tags["TKEY"]) == "Bm"
    page.controls.overwrite.setChecked(True)
    press(qtbot, page, page.controls.preview)
    assert ["key (TKEY)", "Bm", "Am"] in preview_texts(page)


def test_files_that_cannot_be_changed_are_listed_and_the_rest_is_done(
    qtbot: QtBot, opened: Opened, folder: Path
) -> None:
    page, said = opened
    (folder / "Audio 1.wav").chmod(0o444)
    analyse(qtbot, page, folder)
    press(qtbot, page, page.controls.preview)
    press(qtbot, page, page.preview.apply)
    assert said.news[-1] == "1 files changed; Undo takes it back"
    assert said.problems == [f"{folder / 'Audio 1.wav'}: the file is read-only: make it writable first"]
    assert said.problems[0] in page.failures.toPlainText()
    assert names(folder)[:2] == ["02_lead_flute.wav", "Audio 1.wav"]


def test_a_full_disk_is_said_and_the_files_are_as_they_were(
    qtbot: QtBot, opened: Opened, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, said = opened
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    analyse(qtbot, page, folder)
    page.controls.tags.click()
    press(qtbot, page, page.controls.preview)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    press(qtbot, page, page.preview.apply)
    assert said.problems[-1].endswith("No space left on device; the file is as it was")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_file_that_is_gone_before_the_preview_is_listed(qtbot: QtBot, opened: Opened, folder: Path) -> None:
    page, _ = opened
    analyse(qtbot, page, folder)
    page.controls.tags.click()
    (folder / "Audio 2.wav").unlink()
    press(qtbot, page, page.controls.preview)
    assert f"{folder / 'Audio 2.wav'}: cannot be read: No such file or directory" in page.failures.toPlainText()
    assert ["File", "Audio 1.wav", "01_drums_drums.wav"] in preview_texts(page)


def test_models_that_cannot_be_loaded_are_said(
    qtbot: QtBot, opened: Opened, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, said = opened

    def fail(self: object, cancellation: object) -> object:
        raise PackError("the pack is damaged")

    monkeypatch.setattr(FakeEngines, "engine", fail)
    analyse(qtbot, page, folder)
    assert said.problems == ["the pack is damaged"]
    assert page.model.rowCount() == 0


def test_with_nothing_to_change_apply_is_not_offered(qtbot: QtBot, opened: Opened, folder: Path) -> None:
    page, _ = opened
    analyse(qtbot, page, folder)
    page.controls.rename.click()
    press(qtbot, page, page.controls.preview)
    assert page.preview.heading.text() == "There is nothing to change."
    assert not page.preview.apply.isEnabled()


def test_everything_can_be_reached_and_has_a_name(opened: Opened) -> None:
    page, _ = opened
    for kind in (QAbstractButton, QLineEdit, QComboBox, QTreeView):
        for widget in page.controls.findChildren(kind) + page.preview.findChildren(kind):
            named = widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "")
            inner = isinstance(widget.parent(), QComboBox)
            assert named or inner, widget
            assert inner or widget.focusPolicy() & Qt.FocusPolicy.TabFocus, widget
    buttons = page.controls.findChildren(QAbstractButton) + page.preview.findChildren(QAbstractButton)
    letters = [button.text().split("&")[1][0].lower() for button in buttons]
    assert len(set(letters)) == len(letters), "two buttons share a key"


def session(tmp_path: Path, *media: Path) -> Path:
    """A timeline file with one timeline track for each file."""
    rate = 25
    tracks = []
    for number, path in enumerate(media, 1):
        clip = make_clip("take", path, TimeRange(RationalTime(0, rate), RationalTime(100, rate)))
        tracks += make_tracks(f"A{number}", "Audio", [(clip, RationalTime(0, rate))], id=str(number))
    out = tmp_path / "edit.otio"
    otio.adapters.write_to_file(make_timeline("Edit", tracks, rate=rate), str(out))
    return out


def test_a_session_and_a_folder_with_the_real_models(
    qtbot: QtBot, tasks: Tasks, tmp_path: Path, hosts: HostService, folder: Path
) -> None:
    page, said = open_page(qtbot, tasks, Engines(device="cpu"), tmp_path, hosts)
    analyse(qtbot, page, folder)
    assert said.news[-1] == "3 stems heard, 1 could not be; nothing was changed"
    edit = session(tmp_path, folder / "Audio 1.wav", tmp_path / "gone.wav")
    number = hosts.open_file(edit)
    page.refresh_hosts()
    page.controls.source.setCurrentIndex(1)
    page.controls.show_source()
    assert not page.controls.folder.isEnabled()
    page.controls.template.setText("{role} {nn}")
    press(qtbot, page, page.controls.analyse)
    assert cells(page, "original") == ["A1"]
    assert "A2: " in page.failures.toPlainText() and "is not there" in page.failures.toPlainText()
    page.model.setData(cell(page, 0, "proposed"), "Room / Mic")
    press(qtbot, page, page.controls.preview)
    assert preview_texts(page) == [["Timeline track", "A1", "Room / Mic"]]
    press(qtbot, page, page.preview.apply)
    new = tmp_path / "edit.cuefinder.otio"
    assert said.news[-1].endswith(f"written to {new}")
    assert [track.name for track in timeline_tracks(FileHost(new).timeline())] == ["Room / Mic", "A2"]
    assert [track.name for track in timeline_tracks(FileHost(edit).timeline())] == ["A1", "A2"]
    assert SessionOf(number, "edit.otio", True) == page.controls.source.currentData()
    press(qtbot, page, page.controls.undo)
    assert said.news[-1] == "the last change was taken back in edit.otio; the file that was written stays"
    assert [track.name for track in timeline_tracks(hosts.look(number, FileHost.timeline))] == ["A1", "A2"]
    assert new.exists()
    press(qtbot, page, page.controls.undo)
    assert said.problems[-1].endswith("the last change is not one of Cuefinder's; undo it in the program itself")
    page.shut_down()


def test_an_editor_that_goes_is_said(
    qtbot: QtBot, opened: Opened, tmp_path: Path, hosts: HostService, folder: Path
) -> None:
    page, said = opened
    hosts.open_file(session(tmp_path, folder / "Audio 1.wav"))
    page.refresh_hosts()
    page.controls.source.setCurrentIndex(1)
    page.controls.show_source()
    hosts.close()
    press(qtbot, page, page.controls.analyse)
    assert said.problems == ["the editor is no longer connected; start it again"]
    page.refresh_hosts()
    assert page.controls.source.count() == 1
    assert page.controls.folder.isEnabled()


def test_an_empty_list_has_no_groups() -> None:
    stems = StemList()
    assert (stems.groups(), stems.names) == ([], [])
    stems.replace(Heard(SessionOf(1, "x")), Template("{nn}"))
    assert (stems.groups(), stems.names, stems.bleed(0) if stems.names else "") == ([], [], "")
