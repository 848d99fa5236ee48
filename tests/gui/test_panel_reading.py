"""How often editors are asked: those that tell when they tell, the others now and then, and some only when wanted."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from gui.models.clips import TimelineView
from gui.models.host_link import HostRow
from gui.tasks import Tasks
from gui.timeline import reading
from gui.timeline.reading import Reading
from host_bridge.errors import HostError

PLAIN = HostRow(1, "Host", frozenset(), tells=True, polled=False, costs=False, is_file=False, unsaved=False)
POLLED = replace(PLAIN, tells=False, polled=True)
AUDACITY = replace(PLAIN, tells=False, costs=True)
ARDOUR = replace(PLAIN, costs=True)


class FakeService:
    """Counts the looks at it."""

    def __init__(self) -> None:
        self.looks: list[int] = []
        self.gate = threading.Event()
        self.gate.set()
        self.seconds = 0.0
        self.failure: HostError | None = None

    def read(self, number: int) -> TimelineView:
        self.looks.append(number)
        self.gate.wait(5)
        time.sleep(self.seconds)
        if self.failure is not None:
            raise self.failure
        return TimelineView(str(number), ())


@pytest.fixture
def service() -> FakeService:
    return FakeService()


@pytest.fixture
def reader(tasks: Tasks, service: FakeService, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reading]:
    monkeypatch.setattr(reading, "POLL", 0.05)
    monkeypatch.setattr(reading, "GAP", 0.02)
    reader = Reading(tasks, service)
    yield reader
    service.gate.set()
    reader.stop()


def settle(qtbot: QtBot, reader: Reading, service: FakeService, looks: int = 1) -> None:
    qtbot.waitUntil(lambda: len(service.looks) >= looks and not reader.busy)


def test_a_host_that_tells_is_not_asked_again_by_itself(qtbot: QtBot, reader: Reading, service: FakeService) -> None:
    reader.follow(PLAIN)
    settle(qtbot, reader, service)
    qtbot.wait(200)
    assert service.looks == [1]
    reader.told(1)
    reader.told(7)  # another one, which is not shown
    settle(qtbot, reader, service, 2)
    assert service.looks == [1, 1]


def test_a_host_that_does_not_tell_is_asked_now_and_then(qtbot: QtBot, reader: Reading, service: FakeService) -> None:
    reader.follow(POLLED)
    settle(qtbot, reader, service, 4)
    reader.stop()
    looks = len(service.looks)
    qtbot.wait(200)
    assert len(service.looks) == looks


def test_a_slow_host_is_asked_less_often(qtbot: QtBot, reader: Reading, service: FakeService) -> None:
    service.seconds = 0.05  # so a second between two looks
    reader.follow(POLLED)
    qtbot.wait(600)
    assert len(service.looks) == 1


def test_what_costs_is_done_only_when_wanted(qtbot: QtBot, reader: Reading, service: FakeService) -> None:
    reader.follow(AUDACITY)
    settle(qtbot, reader, service)
    qtbot.wait(200)
    assert service.looks == [1]
    reader.now()
    settle(qtbot, reader, service, 2)


def test_a_host_that_tells_of_our_own_look_is_not_asked_in_circles(
    qtbot: QtBot, reader: Reading, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "ECHO", 0.3)
    reader.done.connect(lambda *_: reader.told(1))
    reader.follow(ARDOUR)
    settle(qtbot, reader, service)
    reader.told(1)
    qtbot.wait(350)
    assert service.looks == [1]
    reader.told(1)
    settle(qtbot, reader, service, 2)


def test_the_answer_of_a_host_that_is_no_longer_chosen_is_dropped(
    qtbot: QtBot, reader: Reading, service: FakeService
) -> None:
    seen: list[int] = []
    reader.done.connect(lambda number, view: seen.append(number))
    service.gate.clear()
    reader.follow(PLAIN)
    qtbot.waitUntil(lambda: service.looks == [1])
    reader.follow(replace(PLAIN, id=2))
    service.gate.set()
    qtbot.waitUntil(lambda: seen == [2])
    qtbot.wait(50)
    assert seen == [2]


def test_a_change_during_a_look_leads_to_another(qtbot: QtBot, reader: Reading, service: FakeService) -> None:
    service.gate.clear()
    reader.follow(PLAIN)
    qtbot.waitUntil(lambda: service.looks == [1])
    for _ in range(9):
        reader.told(1)
    service.gate.set()
    settle(qtbot, reader, service, 2)
    qtbot.wait(100)
    assert service.looks == [1, 1]


def test_a_host_that_fails_is_asked_less_and_less_and_said_once(
    qtbot: QtBot, reader: Reading, service: FakeService
) -> None:
    said: list[str] = []
    reader.problem.connect(said.append)
    service.failure = HostError("Host", "busy")
    reader.follow(POLLED)
    qtbot.wait(900)
    assert 2 <= len(service.looks) <= 5, "after 0.1, 0.2, 0.4 s and so on"
    assert said == ["Host: busy"]
    service.failure = None
    looks = len(service.looks)
    settle(qtbot, reader, service, looks + 3)
    service.failure = HostError("Host", "busy")
    qtbot.waitUntil(lambda: said == ["Host: busy"] * 2)
