"""Changes of files, held until the files are at rest."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from plugin.library.records import Stamp

MOST = 50_000
"""Paths that are held at a time; what comes beyond them is found again by a walk."""
PATIENCE = 10.0
"""How many times the rest that a burst of new paths may put off the batch."""


def stamp_of(path: Path) -> Stamp | None:
    """Give the stamp of what is at a path; None where nothing is, or it cannot be asked."""
    try:
        return Stamp.of(path)
    except OSError:
        return None


@dataclass(frozen=True, slots=True)
class _Held:
    stamp: Stamp | None
    since: float


class Settling:
    """Collects paths and gives them out once nothing has happened to them for a while; for any thread.

    A path is at rest when no event came for it during `rest` seconds and its size and time of change are the same at
    both ends of them; a path at which nothing is must also be empty at both ends. Times are those of a monotonic clock.

    Parameters
    ----------
    rest : float
        Seconds.
    look : callable
        Gives the stamp of a path, or None.
    most : int
        Paths to hold; `full` says that some were turned away.
    """

    def __init__(self, rest: float, look: Callable[[Path], Stamp | None] = stamp_of, *, most: int = MOST) -> None:
        self._rest, self._look, self._most = rest, look, most
        self._held: dict[Path, _Held] = {}
        self._settled: dict[Path, None] = {}
        self._first_settled = self._last_new = 0.0
        self._lock = threading.Lock()
        self.full = False

    def __len__(self) -> int:
        """How many paths are held."""
        with self._lock:
            return len(self._held) + len(self._settled)

    def note(self, path: Path, now: float) -> None:
        """Something happened at a path."""
        stamp = self._look(path)
        with self._lock:
            self._settled.pop(path, None)
            if path in self._held:
                self._held[path] = _Held(stamp, now)
            elif len(self._held) + len(self._settled) < self._most:
                self._held[path] = _Held(stamp, now)
                self._last_new = now
            else:
                self.full = True

    def suspect(self, path: Path, now: float) -> None:
        """Something may have happened at a path some time ago; it is as before where the path is held already."""
        with self._lock:
            held = path in self._held or path in self._settled
        if not held:
            self.note(path, now)

    def take(self, now: float) -> list[Path]:
        """Give the paths that are at rest, and hold them no longer; none while a burst of new paths goes on."""
        with self._lock:
            waiting = [(path, held) for path, held in self._held.items() if now - held.since >= self._rest]
        stamps = [self._look(path) for path, _ in waiting]  # not under the lock: the disk may be slow
        with self._lock:
            for (path, held), stamp in zip(waiting, stamps, strict=True):
                if self._held.get(path) is not held:  # something happened meanwhile
                    continue
                if stamp != held.stamp:
                    self._held[path] = _Held(stamp, now)
                    continue
                if not self._settled:
                    self._first_settled = now
                del self._held[path]
                self._settled[path] = None
            burst = now - self._last_new < self._rest and now - self._first_settled < PATIENCE * self._rest
            if burst or not self._settled:
                return []
            taken = list(self._settled)
            self._settled.clear()
            return taken
