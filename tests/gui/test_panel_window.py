from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest
from PyQt6.QtCore import QMimeData, QPointF, Qt, QUrl
from PyQt6.QtGui import QDropEvent, QGuiApplication
from PyQt6.QtWidgets import QLineEdit, QSlider, QTableView

from gui.models.service import Summary
from gui.player import Player
from gui.window import PanelWindow
from plugin.errors import PackError


def ask(qtbot, panel, words: str) -> None:
    panel.query_bar.words.setText(words)
    qtbot.keyClick(panel.query_bar.words, Qt.Key.Key_Return)


def rows(panel) -> int:
    return panel.results.model().rowCount()


def test_enter_shows_suggestions_found_on_another_thread(qtbot, panel, service) -> None:
    ask(qtbot, panel, "slow piano")
    qtbot.waitUntil(lambda: rows(panel) == 4)
    assert "4 of 4 tracks" in panel.messages.text.text()
    assert "text 0.50" in panel.pages.details.text()
    assert panel.query_bar.button.text() == "&Suggest"
    assert panel.results.grab().width() > 0  # paints the waveforms
    assert threading.get_ident() not in service.threads


def test_errors_are_one_line_and_go_when_all_is_well(qtbot, panel, tmp_path) -> None:
    qtbot.mouseClick(panel.query_bar.button, Qt.MouseButton.LeftButton)
    assert panel.messages.text.text() == "nothing to go by: write some words, or choose a clip or a reference track"
    panel.query_bar.reference.setText(str(tmp_path / "gone.mp3"))
    ask(qtbot, panel, "piano")
    qtbot.waitUntil(lambda: "gone.mp3: No such file or directory" in panel.messages.text.text())
    assert panel.messages.sign.isVisible()
    panel.query_bar.reference.clear()
    ask(qtbot, panel, "piano")
    qtbot.waitUntil(lambda: rows(panel) == 4)
    assert not panel.messages.sign.isVisible()


def test_a_question_can_be_stopped_and_replaced(qtbot, panel, service) -> None:
    service.gate.clear()
    ask(qtbot, panel, "slow")
    assert panel.query_bar.button.text() == "&Stop"
    qtbot.mouseClick(panel.query_bar.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.messages.text.text() == "Stopped")
    ask(qtbot, panel, "slow")
    ask(qtbot, panel, "slow piano")
    service.gate.set()
    qtbot.waitUntil(lambda: rows(panel) == 4)


@pytest.mark.parametrize("busy", ["suggesting", "indexing"])
def test_closing_while_a_task_runs_ends_the_task(qtbot, panel, service, tasks, busy) -> None:
    service.gate.clear()  # the task has no end of its own
    if busy == "indexing":
        panel.index(Path("/music"))
    else:
        ask(qtbot, panel, "slow")
    began = time.monotonic()
    assert panel.close()
    assert tasks.close(10)
    assert time.monotonic() - began < 5


def test_indexing_shows_progress_and_can_be_stopped(qtbot, panel, service) -> None:
    service.held = Summary()
    service.gate.clear()
    panel.index(Path("/music"))
    qtbot.waitUntil(lambda: panel.messages.progress.text().startswith("1/4, 1:00 left"))
    assert not panel.index_action.isEnabled()
    qtbot.mouseClick(panel.messages.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.messages.text.text().startswith("Stopped: 1 indexed"))
    qtbot.waitUntil(lambda: panel.messages.library.text().startswith("Tracks 1 "))
    assert panel.index_action.isEnabled()
    assert not panel.messages.progress.isVisible()


def test_empty_library_says_how_to_begin(qtbot, panel, service) -> None:
    service.held = Summary()
    panel.index(Path("/music"))
    service.held = Summary()
    panel._show_summary(Summary())
    assert "Index a folder" in panel.pages.hint.text()
    assert panel.pages.hint_button.isVisible()
    qtbot.waitUntil(panel.index_action.isEnabled)
    panel._show_summary(Summary())
    ask(qtbot, panel, "piano")
    assert "index a folder of music first" in panel.messages.text.text()


def test_models_that_do_not_load_are_named_and_the_panel_stays(qtbot, service, tasks, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(service, "device", lambda: (_ for _ in ()).throw(PackError("/pack: no model pack here")))
    panel = PanelWindow(service, tasks, Player(), tmp_path)
    qtbot.addWidget(panel)
    qtbot.waitUntil(lambda: panel.messages.text.text() == "/pack: no model pack here")
    assert panel.messages.device.text() == "No models"
    panel.close()


def test_dropped_files_fill_the_fields_and_weights_follow(qtbot, panel) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/films/scene 4.mov")])
    everywhere = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    assert not panel.query_bar.sliders["video"].isEnabled()
    panel.query_bar.clip.dropEvent(QDropEvent(QPointF(1, 1), *everywhere))
    assert panel.draft.video == "/films/scene 4.mov"
    qtbot.keyClick(panel.query_bar.sliders["video"], Qt.Key.Key_Home)
    assert panel.draft.weights == {"video": 0.0, "text": 1.0, "reference": 1.0}


def test_keys_in_the_list_copy_and_play(qtbot, panel, monkeypatch) -> None:
    ask(qtbot, panel, "piano")
    qtbot.waitUntil(lambda: rows(panel) == 4)
    panel.activateWindow()
    panel.results.setFocus()
    qtbot.waitUntil(panel.results.hasFocus)
    qtbot.keyClick(panel.results, Qt.Key.Key_Down)
    qtbot.keyClick(panel.results, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "/music/harbour.wav"
    monkeypatch.setitem(sys.modules, "PyQt6.QtMultimedia", None)  # as on a system without its libraries
    qtbot.keyClick(panel.results, Qt.Key.Key_Space)
    assert panel.messages.text.text().startswith("cannot play: Qt Multimedia")
    qtbot.keyClick(panel.results, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert panel.messages.text.text() == "cannot show the folder /music"


def test_everything_that_can_be_used_has_a_name(panel) -> None:
    for kind in (QLineEdit, QSlider, QTableView):
        assert all(widget.accessibleName() for widget in panel.findChildren(kind))
