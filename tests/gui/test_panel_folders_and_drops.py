"""Folders chosen in the system's dialog, and what may be dropped where, over the whole window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from panel_room import Room
from PyQt6.QtCore import QMimeData, QPoint, Qt, QUrl
from PyQt6.QtGui import QDragEnterEvent
from PyQt6.QtWidgets import QApplication, QFileDialog, QWidget

from gui.library.first_start import FirstStart
from gui.window import PanelWindow

PLACES: dict[str, Callable[[PanelWindow], QWidget]] = {
    "the question": lambda window: window.find.bar,
    "the results": lambda window: window.find,
    "the timeline": lambda window: window.timeline,
    "the library's folders": lambda window: window.library.folders.viewport(),
    "the stems": lambda window: window.stems,
    "the first start": lambda window: window.first_start,
}


@pytest.fixture
def choose(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What the dialog gives, one after the other; nothing is what a user gives who leaves it."""
    answers: list[str] = []
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: answers.pop(0))
    yield answers
    assert answers == [], "a dialog was not opened"


def is_taken(widget: QWidget, data: QMimeData) -> bool:
    """Whether the widget, or one around it, takes what is dragged over it."""
    event = QDragEnterEvent(
        QPoint(2, 2), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    event.ignore()
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


@pytest.mark.parametrize("place", PLACES)
def test_files_may_be_dropped_and_other_things_not(room: Room, tmp_path: Path, place: str) -> None:
    widget = PLACES[place](room.window)
    name = "cut.otio" if place == "the timeline" else "music"
    file, text = QMimeData(), QMimeData()
    file.setUrls([QUrl.fromLocalFile(str(tmp_path / name))])
    text.setText("some words")
    assert is_taken(widget, file)
    if place != "the question":  # a line for words takes words
        assert not is_taken(widget, text)


def test_a_file_that_is_no_timeline_is_not_taken_for_one(room: Room, tmp_path: Path) -> None:
    file = QMimeData()
    file.setUrls([QUrl.fromLocalFile(str(tmp_path / "song.mp3"))])
    assert not is_taken(room.window.timeline, file)


def test_a_folder_is_added_by_the_dialog(room: Room, tmp_path: Path, choose: list[str], qtbot) -> None:
    (tmp_path / "more").mkdir()
    library = room.window.library
    room.window.pages.setCurrentWidget(library)
    choose[:] = ["", str(tmp_path / "more")]
    qtbot.mouseClick(library.add, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(library.add, Qt.MouseButton.LeftButton)
    room.until(lambda: [folder.path for folder in library.view.folders] == [room.music, tmp_path / "more"])
    room.until(lambda: not library.work.busy)


def test_the_first_start_asks_by_the_dialog(qtbot, tmp_path: Path, choose: list[str]) -> None:
    start = FirstStart()
    qtbot.addWidget(start)
    start.show()
    chosen: list[list[Path]] = []
    start.folders_chosen.connect(chosen.append)
    choose[:] = ["", str(tmp_path)]
    qtbot.mouseClick(start.choose, Qt.MouseButton.LeftButton)
    assert chosen == []
    qtbot.mouseClick(start.choose, Qt.MouseButton.LeftButton)
    assert chosen == [[tmp_path]]


def test_stems_are_chosen_by_the_dialog(room: Room, tmp_path: Path, choose: list[str], qtbot) -> None:
    room.window.pages.setCurrentWidget(room.window.stems)
    controls = room.window.stems.controls
    choose[:] = [str(tmp_path), ""]
    qtbot.mouseClick(controls.choose, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(controls.choose, Qt.MouseButton.LeftButton)
    assert controls.folder.text() == str(tmp_path)
