"""Tell when a file changed, by looking at it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PERIOD = 0.25
"""Seconds between looks."""


def stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes when a file is written or replaced; None where it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


@contextmanager
def watch_file(path: Path, callback: Callable[[], None]) -> Iterator[None]:
    """Call `callback` from another thread when the file changed, until the exit."""
    stop = threading.Event()

    def look() -> None:
        last = before
        while not stop.wait(PERIOD):
            now = stamp(path)
            if now != last:
                last = now
                callback()

    before = stamp(path)
    thread = threading.Thread(target=look, name="cuefinder-ardour-watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
