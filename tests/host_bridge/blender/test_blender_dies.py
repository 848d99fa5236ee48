"""Blender hangs, dies, and is there twice."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from host_bridge.errors import HostGoneError, HostTimeoutError
from host_bridge.timeline import facts
from tests.host_bridge.blender.blender_process import Blender, bpy_python
from tests.host_bridge.blender.conftest import JOIN
from tests.host_bridge.conftest import Panel

Wait = Callable[[Callable[[], object]], None]


@pytest.fixture
def mortal(panel: Panel, tmp_path: Path) -> Iterator[Blender]:
    """Blender that may be killed."""
    blender = Blender(bpy_python(), panel.server.folder, tmp_path / "mortal")
    yield blender
    blender.close()


def test_blender_killed_in_mid_call(panel: Panel, mortal: Blender) -> None:
    host = panel.came.get(timeout=JOIN)
    mortal.send_signal(signal.SIGSTOP)
    timer = threading.Timer(0.3, mortal.send_signal, [signal.SIGKILL])
    timer.start()
    with pytest.raises(HostGoneError, match="Blender"):
        host.timeline()
    timer.join()
    assert panel.went.get(timeout=JOIN) is host


def test_a_late_answer_is_thrown_away(panel: Panel, mortal: Blender, wait_for: Wait) -> None:
    host = panel.came.get(timeout=JOIN)
    mortal.send_signal(signal.SIGSTOP)
    host.deadline = 0.3
    with pytest.raises(HostTimeoutError, match="dialog"):
        host.timeline()
    mortal.send_signal(signal.SIGCONT)
    wait_for(lambda: host.peer.late == 1)
    host.deadline = 10.0
    mortal.do("addon.edited_scene().name = 'Another'")
    assert host.timeline().name == "Another"
    assert host.peer.strays == 0


def test_two_blenders_are_two_hosts(panel: Panel, mortal: Blender, tmp_path: Path) -> None:
    first = panel.came.get(timeout=JOIN)
    other = Blender(bpy_python(), panel.server.folder, tmp_path / "other")
    try:
        second = panel.came.get(timeout=JOIN)
        mortal.do("addon.edited_scene().name = 'One'")
        other.do("addon.edited_scene().name = 'Two'")
        assert (first.timeline().name, second.timeline().name) == ("One", "Two")
        assert first.instance != second.instance
        assert facts(first.timeline())["host"] == "Blender"
    finally:
        other.close()
    assert panel.went.get(timeout=JOIN) is second
    assert first.timeline().name == "One"
