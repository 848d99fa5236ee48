"""Small changes of the library one after the other, shown before they are kept and taken back where they cannot be."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal

from gui.tasks import Lane, Tasks


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the library, and how the panel takes it back; changes with one key hang together."""

    make: Callable[[], Any]
    done: Callable[[Any], None] = lambda result: None
    undo: Callable[[], None] = lambda: None
    key: object = None


class Keeping(QObject):
    """Makes changes in the order in which the user wished them.

    Signals
    -------
    problem : str
        Why a change could not be kept.
    """

    problem = pyqtSignal(str)

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._waiting: deque[Change] = deque()
        self._busy = False

    def keep(self, change: Change) -> None:
        """Make a change once those before it are made."""
        self._waiting.append(change)
        if not self._busy:
            self._begin()

    def shut_down(self) -> None:
        """Make what is left in one go, without telling anybody."""
        left = list(self._waiting)
        self._waiting.clear()
        if left:
            self._tasks.run_task(lambda: [change.make() for change in left], lambda _: None, lambda _: None)

    def _begin(self) -> None:
        self._busy = bool(self._waiting)
        if self._busy:
            change = self._waiting.popleft()
            self._tasks.run_task(change.make, change.done, partial(self._fail, change), self._begin, lane=Lane.SHORT)

    def _fail(self, change: Change, error: Exception) -> None:
        # What was wished on top of a change goes with it, the last first: so all is shown as it is kept.
        together = [other for other in self._waiting if other.key is not None and other.key == change.key]
        for other in reversed([change, *together]):
            other.undo()
        self._waiting = deque(other for other in self._waiting if other not in together)
        self.problem.emit(str(error))
