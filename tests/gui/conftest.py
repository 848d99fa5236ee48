"""Worker threads that must end with their test, and the whole window over a library of four tracks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from panel_room import Room, make_library
from PyQt6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from gui.models.engines import Engines
from gui.tasks import Tasks


class PatientBot(QtBot):
    """Waits longer before it gives up: on a busy machine much takes more than the usual five seconds."""

    def waitUntil(self, callback: Callable[[], object], *, timeout: int = 30_000) -> None:
        super().waitUntil(callback, timeout=timeout)


@pytest.fixture
def qtbot(qapp: object, request: pytest.FixtureRequest) -> Iterator[QtBot]:
    yield PatientBot(request)
    # Widgets of this test go now: those that Python has forgotten and Qt has not must not hear what the next one does.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def tasks(qapp: object) -> Iterator[Tasks]:
    before = _threads()
    tasks = Tasks()
    yield tasks
    assert tasks.close(20), "a task goes on after its window was closed"
    assert _threads() <= before, "a thread was left behind"


def _threads() -> set[threading.Thread]:
    """Python's threads; for Qt's own, which ended with `Tasks.close`, it keeps stand-ins for ever."""
    return {thread for thread in threading.enumerate() if not isinstance(thread, threading._DummyThread)}


@pytest.fixture(scope="session")
def engines() -> Engines:
    """The shipped models, loaded once."""
    return Engines(device="cpu")


@pytest.fixture(scope="session")
def small_library(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with four tracks in `music` and their library."""
    return make_library(tmp_path_factory.mktemp("small"), engines)


@pytest.fixture
def room(qtbot: QtBot, tasks: Tasks, engines: Engines, small_library: Path, tmp_path: Path) -> Iterator[Room]:
    room = Room(qtbot, tasks, engines, small_library, tmp_path)
    yield room
    room.close()
