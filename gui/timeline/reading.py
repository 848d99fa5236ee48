"""Keeps the list of clips in step with the chosen editor: `Reading`."""

from __future__ import annotations

import time
from functools import partial

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from gui.models.clips import TimelineView
from gui.models.host_link import HostRow
from gui.models.hosts import HostService
from gui.tasks import Lane, Tasks

POLL, SLOWEST = 2.0, 30.0
"""Seconds between two looks at a host that does not tell of changes: at first, and after many failures."""
SHARE = 20
"""A host is asked for at most this part of the time: 1/20."""
GAP = 0.15
"""Seconds in which changes that are told are gathered to one look."""
ECHO = 1.0
"""Seconds after a look in which a host that is changed by being read tells of that very look."""


class Reading(QObject):
    """Reads the chosen host's timeline: when it says so, on a timer where it never does, and when the user wants.

    Attributes
    ----------
    busy : bool
        A look is under way.

    Signals
    -------
    done : (int, TimelineView)
        The host's id and its timeline.
    problem : str
        Why it could not be read, once for each reason.
    """

    done = pyqtSignal(int, object)
    problem = pyqtSignal(str)

    def __init__(self, tasks: Tasks, service: HostService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks, self._service = tasks, service
        self._row: HostRow | None = None
        self._turn = 0
        self.busy = self._again = False
        self._began = self._ended = 0.0
        self._pause = POLL
        self._failure = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.now)

    def follow(self, row: HostRow | None) -> None:
        """Read another host from now on, or none; answers of the old one that are still to come are dropped."""
        self._row, self._failure, self._pause = row, "", POLL
        self._turn += 1
        self.busy = self._again = False
        self._timer.stop()
        self.now()

    def told(self, number: int) -> None:
        """Hear that something changed in a host."""
        row = self._row
        if row is None or row.id != number:
            return
        if row.costs and (self.busy or time.monotonic() < self._ended + ECHO):
            return
        if self.busy:
            self._again = True
        elif not self._timer.isActive() or self._timer.remainingTime() > self._gap() * 1000:
            self._timer.start(round(self._gap() * 1000))

    def now(self) -> None:
        """Read now, or as soon as the look that is under way has ended."""
        if self._row is None:
            return
        if self.busy:
            self._again = True
            return
        self._timer.stop()
        self.busy, self._again, self._began = True, False, time.monotonic()
        turn, number = self._turn, self._row.id
        self._tasks.run_task(
            partial(self._service.read, number),
            partial(self._take, turn, number),
            partial(self._fail, turn),
            partial(self._end, turn),
            lane=Lane.HOST,
        )

    def stop(self) -> None:
        """Read nothing more."""
        self.follow(None)

    def _gap(self) -> float:
        return max(GAP, self._ended - self._began)

    def _take(self, turn: int, number: int, view: TimelineView) -> None:
        if turn == self._turn:
            self._failure, self._pause = "", POLL
            self.done.emit(number, view)

    def _fail(self, turn: int, error: Exception) -> None:
        if turn != self._turn:
            return
        self._pause = min(SLOWEST, self._pause * 2)
        if str(error) != self._failure:
            self._failure = str(error)
            self.problem.emit(self._failure)

    def _end(self, turn: int) -> None:
        if turn != self._turn or self._row is None:
            return
        self.busy, self._ended = False, time.monotonic()
        if self._again:
            self._timer.start(round(self._gap() * 1000))
        elif self._row.polled:
            self._timer.start(round(max(self._pause, (self._ended - self._began) * SHARE) * 1000))
