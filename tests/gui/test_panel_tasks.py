from __future__ import annotations

import threading
from pathlib import Path

import pytest

from gui.tasks import Tasks
from host_bridge.errors import HostError, TimelineError
from plugin.errors import InputError


def test_work_runs_elsewhere_and_its_result_comes_home(qtbot, tasks) -> None:
    seen: list[object] = []
    tasks.run_task(threading.get_ident, lambda ident: seen.extend([ident, threading.get_ident()]), seen.append)
    qtbot.waitUntil(lambda: len(seen) == 2)
    assert seen[0] != seen[1] == threading.get_ident()


@pytest.mark.parametrize(
    ("bad", "line"),
    [
        (InputError("no such file"), "no such file"),
        (HostError("Ardour", "it does not answer"), "Ardour: it does not answer"),
        (TimelineError(Path("cut.otio"), "it is empty"), "cut.otio: it is empty"),
    ],
)
def test_errors_for_the_user_come_home_and_faults_are_not_hidden(qtbot, tasks, bad, line) -> None:
    seen: list[object] = []

    def fail(error: Exception) -> None:
        raise error

    tasks.run_task(lambda: fail(bad), lambda _: seen.append("result"), seen.append, lambda: seen.append("end"))
    qtbot.waitUntil(lambda: seen == [bad, "end"])
    assert str(seen[0]) == line
    with qtbot.capture_exceptions() as faults:
        tasks.run_task(lambda: fail(ZeroDivisionError()), seen.append, seen.append, lambda: seen.append("end"))
        qtbot.waitUntil(lambda: seen == [bad, "end", "end"])
    assert [kind for kind, *_ in faults] == [ZeroDivisionError]


def test_closing_waits_for_threads_no_longer_than_told_and_delivers_nothing(qtbot, qapp) -> None:
    tasks, gate, seen = Tasks(), threading.Event(), []
    for _ in range(5):  # more than there are threads: the rest never starts
        tasks.run_task(lambda: gate.wait(10), seen.append, seen.append, lambda: seen.append("end"))
    assert not tasks.close(0.05)
    gate.set()
    assert tasks.close(5)
    qtbot.wait(20)
    assert seen == []
