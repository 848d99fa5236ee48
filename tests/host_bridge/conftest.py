"""What all tests of the bridge share: a panel's end of it, and a look for threads left behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bridge_panel import Panel


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    """A test that leaves a thread of the bridge behind fails."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 10

    def left() -> list[threading.Thread]:
        return [t for t in threading.enumerate() if t not in before and t.name.startswith("cuefinder")]

    while left() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not left(), "a thread of the bridge was left behind"


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[Panel]:
    panel = Panel(tmp_path / "bridge")
    with panel.server:
        yield panel


@pytest.fixture
def wait_for() -> Callable[[Callable[[], object]], None]:
    """Wait until something holds, ten seconds at most."""

    def wait(holds: Callable[[], object]) -> None:
        deadline = time.monotonic() + 10
        while not holds():
            assert time.monotonic() < deadline, "it did not come to hold in 10 s"
            time.sleep(0.005)

    return wait
