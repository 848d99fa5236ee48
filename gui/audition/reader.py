"""Reads lines on a worker thread, and lets go of them: `Reader`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from gui.audition.line import Line
from gui.models.soundpass import Portion
from gui.tasks import Lane, Tasks

PORTION, AHEAD = 0.1, 3.0
"""Seconds that are read at a time, and in one go."""


class Reader:
    """The player's way to worker threads.

    Parameters
    ----------
    tasks : Tasks
    on_portion, on_error, on_end : callable
        Called on the GUI thread with the line and what was read, or why nothing can be; with the line at the end.
    """

    def __init__(
        self,
        tasks: Tasks,
        on_portion: Callable[[Line, Portion], None],
        on_error: Callable[[Line, Exception], None],
        on_end: Callable[[Line], None],
    ) -> None:
        self._tasks = tasks
        self._on_portion, self._on_error, self._on_end = on_portion, on_error, on_end

    def read(self, line: Line) -> None:
        """Read some seconds on, portion by portion, unless that is being done or there are none."""
        if line.busy or line.ended:
            return
        line.busy = True

        def work() -> None:
            for _ in range(round(AHEAD / PORTION)):
                portion = line.read(PORTION)
                self._tasks.post(partial(self._on_portion, line, portion))
                if portion.ended or line.dropped:
                    break

        self._tasks.run_task(
            work, lambda _: None, partial(self._on_error, line), partial(self._end, line), lane=Lane.SOUND
        )

    def drop(self, line: Line | None) -> None:
        """Let go of a line's file, as soon as nothing reads it."""
        if line is not None:
            line.dropped = True
            if not line.busy:
                self._tasks.run_task(line.sound.close, lambda _: None, lambda _: None, lane=Lane.SOUND)

    def _end(self, line: Line) -> None:
        line.busy = False
        if line.dropped:
            self.drop(line)
        else:
            self._on_end(line)
