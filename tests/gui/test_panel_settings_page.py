from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QWheelEvent
from PyQt6.QtWidgets import QApplication, QFileDialog, QWidget

from gui.models.settings import Settings, load_settings
from gui.settings.keeper import SettingsKeeper
from gui.settings.page import SettingsPage


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "panel.json"


@pytest.fixture
def keeper(tasks, path) -> SettingsKeeper:
    return SettingsKeeper(Settings(), path, tasks)


@pytest.fixture
def page(qtbot, keeper) -> Iterator[SettingsPage]:
    page = SettingsPage(keeper)
    qtbot.addWidget(page)
    page.resize(1280, 640)
    page.show()
    yield page
    page.shut_down()


def widget(page: SettingsPage, name: str) -> Any:
    return page.controls[name].widget


def test_each_change_is_told_at_once_and_kept(qtbot, page, keeper, path) -> None:
    heard = []
    keeper.changed.connect(heard.append)
    theme = widget(page, "theme")
    theme.setFocus()
    qtbot.keyClick(theme, Qt.Key.Key_End)
    assert heard[-1].theme == "dark"
    for name in ("play_at_once", "follow_host", "caption_clips", "match_loudness"):
        qtbot.keyClick(widget(page, name), Qt.Key.Key_Space)
        assert getattr(heard[-1], name) is False
    assert not widget(page, "loudness").isEnabled()
    for name, typed, value in (("results", "120", 120), ("fade_in", "0.5", 0.5), ("fade_out", "3", 3.0)):
        number = widget(page, name)
        number.selectAll()
        before = len(heard)
        qtbot.keyClicks(number, typed)
        assert len(heard) == before, "a number that is being typed was taken"
        qtbot.keyClick(number, Qt.Key.Key_Return)
        assert getattr(heard[-1], name) == value
    qtbot.waitUntil(lambda: path.exists() and load_settings(path) == (keeper.settings, []))
    assert keeper.settings == Settings(
        theme="dark", results=120, play_at_once=False, match_loudness=False, fade_in=0.5, fade_out=3.0,
        follow_host=False, caption_clips=False,
    )  # fmt: skip


def test_all_settings_are_on_the_page_but_those_that_are_made_elsewhere(page) -> None:
    assert set(page.controls) == set(Settings.__slots__) - {"device", "pack", "results_look"}


def test_defaults_come_back_and_what_is_set_elsewhere_stays(qtbot, page, keeper) -> None:
    assert not page.defaults.isEnabled()
    keeper.replace(Settings(theme="dark", device="cpu", pack="/other", results=3, results_look="cards", cues="/cues"))
    assert widget(page, "results").value() == 3
    with qtbot.waitSignal(page.news, check_params_cb=lambda text: text == "The defaults are restored"):
        qtbot.mouseClick(page.defaults, Qt.MouseButton.LeftButton)
    assert keeper.settings == Settings(device="cpu", pack="/other", results_look="cards")
    assert (widget(page, "theme").currentData(), widget(page, "cues").text()) == ("system", "")
    assert not page.defaults.isEnabled()


def test_a_folder_that_is_none_is_refused_in_words_and_shown_as_it_was(qtbot, page, keeper) -> None:
    cues = widget(page, "cues")
    qtbot.keyClicks(cues, "beside/me")
    with qtbot.waitSignal(page.problem) as told:
        qtbot.keyClick(cues, Qt.Key.Key_Return)
    assert told.args == ["cues 'beside/me' is no folder: give its whole path"]
    assert (cues.text(), keeper.settings) == ("", Settings())


def test_a_folder_is_chosen(page, keeper, monkeypatch, tmp_path, qtbot) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    button = next(b for b in page.findChildren(QWidget) if b.accessibleName() == "Choose the folder for rendered cues")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert keeper.settings.cues == widget(page, "cues").text() == str(tmp_path)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert keeper.settings.cues == str(tmp_path)


def test_a_disk_that_takes_nothing_is_told_and_the_change_holds(qtbot, page, keeper, path) -> None:
    path.mkdir()
    (path / "in the way").touch()
    with qtbot.waitSignal(page.problem) as told:
        qtbot.keyClick(widget(page, "follow_host"), Qt.Key.Key_Space)
    assert told.args[0].startswith(f"{path}: the settings cannot be saved: ")
    assert keeper.settings.follow_host is False


def test_the_newest_settings_are_written_last(qtbot, keeper, path, monkeypatch) -> None:
    """Whatever the order in which the threads get to the disk."""
    first, go_on = threading.Event(), threading.Event()
    written = []

    def slowly(settings: Settings, path: Path) -> None:
        if not written:
            first.set()
            assert go_on.wait(10)
        written.append(settings.results)

    monkeypatch.setattr("gui.settings.keeper.save_settings", slowly)
    keeper.change(results=1)
    assert first.wait(10)
    for results in (2, 3, 4):
        keeper.change(results=results)
    go_on.set()
    qtbot.waitUntil(lambda: written[-1:] == [4])
    keeper.shut_down()
    assert written == [1, 4]


def test_what_no_thread_has_written_is_written_at_the_end(keeper, path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(keeper._tasks, "run_task", lambda *_: None)
    keeper.change(results=9)
    keeper.shut_down()
    assert load_settings(path)[0].results == 9
    keeper.change(results=8)
    path.unlink()
    path.mkdir()
    (path / "in the way").touch()
    keeper.shut_down()
    assert "the settings cannot be saved" in capsys.readouterr().err


def test_the_way_to_the_models(qtbot, page) -> None:
    with qtbot.waitSignal(page.models_wanted):
        qtbot.mouseClick(page.models, Qt.MouseButton.LeftButton)


def test_the_wheel_scrolls_and_changes_nothing_unless_the_control_is_in_use(page, keeper) -> None:
    results = widget(page, "results")
    page.defaults.setFocus()

    def turn() -> None:
        event = QWheelEvent(
            QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(results, event)

    turn()
    assert results.value() == 50
    results.setFocus()
    turn()
    assert results.value() == keeper.settings.results == 49


def test_everything_has_a_name_a_tip_and_a_key_of_its_own(page) -> None:
    texts = [control._label for control in page.controls.values()] + [page.models.text(), page.defaults.text()]
    keys = [text[text.index("&") + 1].lower() for text in texts]
    assert len(set(keys)) == len(keys)
    for control in page.controls.values():
        assert control.widget.accessibleName() and control.widget.toolTip()
