"""A panel over a fake service, closed after each test; a test that leaves a thread behind fails."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from panel_fakes import FakeService
from pytestqt.qtbot import QtBot

from gui.player import Player
from gui.tasks import Tasks
from gui.window import PanelWindow


@pytest.fixture
def service() -> FakeService:
    return FakeService()


@pytest.fixture
def tasks(qapp: object) -> Iterator[Tasks]:
    before = set(threading.enumerate())
    tasks = Tasks()
    yield tasks
    assert tasks.close(20), "a task goes on after its window was closed"
    assert set(threading.enumerate()) <= before, "a thread was left behind"


@pytest.fixture
def panel(qtbot: QtBot, service: FakeService, tasks: Tasks, tmp_path: Path) -> Iterator[PanelWindow]:
    window = PanelWindow(service, tasks, Player(), tmp_path / "bridge")
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: window.messages.device.text() == "Models on CPU" and window.messages.library.text() != "")
    yield window
    window.close()
