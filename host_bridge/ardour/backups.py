"""Replace a session file, keeping the former one, and put it back."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from host_bridge.ardour.session import read_session

KEPT = 20
"""Backups of a session; the oldest beyond these are taken away."""


class Backups:
    """The changes of one session file that were made here, newest last."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._steps: list[Callable[[], bool]] = []

    def note(self, take_back: Callable[[], None]) -> None:
        """Note a change outside of the file; `take_back` raises where it cannot."""

        def step() -> bool:
            take_back()
            return True

        self._steps.append(step)

    def replace(self, new: Path, digest: str) -> None:
        """Put a new file of a known digest in the session file's place.

        Raises
        ------
        OSError
            Nothing was changed.
        """
        backup = self._next()
        shutil.copy2(self.path, backup)
        shutil.copymode(self.path, new)
        _on_disk(backup)
        _on_disk(new)
        new.replace(self.path)

        def step() -> bool:
            if read_session(self.path).digest != digest:
                return False
            backup.replace(self.path)
            return True

        self._steps.append(step)
        self._prune()

    def undo(self) -> bool:
        """Take the newest change back; False where there is none, or where the file changed since."""
        if not self._steps or not self._steps[-1]():
            return False
        self._steps.pop()
        return True

    def _all(self) -> list[Path]:
        pattern = re.compile(re.escape(self.path.name) + r"\.cuefinder-backup-(\d+)")
        found = [(int(m[1]), p) for p in self.path.parent.iterdir() if (m := pattern.fullmatch(p.name))]
        return [p for _, p in sorted(found)]

    def _next(self) -> Path:
        last = self._all()[-1:]
        number = int(last[0].name.rpartition("-")[2]) + 1 if last else 1
        return self.path.with_name(f"{self.path.name}.cuefinder-backup-{number}")

    def _prune(self) -> None:
        for old in self._all()[:-KEPT]:
            old.unlink(missing_ok=True)


def _on_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
