"""Files of cues, made on a worker thread one after the other: `Renders`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal

from gui.models.audition import Cue
from gui.models.cancellation import Cancellation, CancelledError
from gui.models.cue_files import cue_file
from gui.tasks import Lane, Tasks


@dataclass(eq=False)
class _Order:
    cue: Cue
    then: list[Callable[[Path], None]]
    cancellation: Cancellation = field(default_factory=Cancellation)
    taken: bool = False
    """Whether the file is made, and those who waited for it have it."""


class Renders(QObject):
    """Makes files of cues; one that nobody waits for gives way to the next.

    Parameters
    ----------
    tasks : Tasks
    folder : pathlib.Path

    Signals
    -------
    problem : str
        Why a file cannot be made.
    """

    problem = pyqtSignal(str)

    def __init__(self, tasks: Tasks, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks, self._folder = tasks, folder
        self._made: tuple[Cue, Path] | None = None
        self._orders: list[_Order] = []

    def use_folder(self, folder: Path) -> None:
        """Put files elsewhere from now on."""
        if folder != self._folder:
            self._folder, self._made = folder, None

    def file(self, cue: Cue) -> Path | None:
        """Give a cue's file where it was the last one made."""
        return self._made[1] if self._made is not None and self._made[0] == cue else None

    def make(self, cue: Cue, then: Callable[[Path], None] | None = None) -> None:
        """Have the file of a cue made, and something done with it on the GUI thread."""
        for order in self._orders:
            if order.cue == cue and not (order.taken or order.cancellation.cancelled):
                order.then += [then] if then is not None else []
                return
        for order in self._orders:
            if not order.then:
                order.cancellation.cancel()
        self._orders.append(_Order(cue, [then] if then is not None else []))
        if len(self._orders) == 1:
            self._begin()

    def stop(self) -> None:
        """Make no more files."""
        for order in self._orders:
            order.cancellation.cancel()

    def _begin(self) -> None:
        order = self._orders[0]

        def work() -> Path:
            order.cancellation.check()
            return cue_file(order.cue, self._folder, order.cancellation.check)

        self._tasks.run_task(work, partial(self._take, order), self._fail, self._end, lane=Lane.SOUND)

    def _take(self, order: _Order, path: Path) -> None:
        self._made, order.taken = (order.cue, path), True
        for call in order.then:
            call(path)

    def _fail(self, error: Exception) -> None:
        if not isinstance(error, CancelledError):
            self.problem.emit(str(error))

    def _end(self) -> None:
        del self._orders[0]
        if self._orders:
            self._begin()
