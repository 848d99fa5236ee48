"""How long the event loop of Qt stood still: a timer that ticks, and the longest pause between two of its ticks."""

from __future__ import annotations

from time import perf_counter, thread_time

from PyQt6.QtCore import QEventLoop, Qt, QTimer

TICK_MS = 5


class Watchdog:
    """Watches the thread that it is made on; between ``with`` and its end.

    Attributes
    ----------
    longest : float
        Seconds of the longest block: the longest pause between two ticks, less the pause that is meant.
    own : float
        Seconds of the processor that this thread itself took in any one pause, at most: where it is far less than
        `longest`, the thread had to wait for other threads or other programs.
    """

    def __init__(self) -> None:
        self.longest = self.own = 0.0
        self._last = self._worked = 0.0
        self._timer = QTimer(timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def __enter__(self) -> Watchdog:
        self.longest = self.own = 0.0
        self._last, self._worked = perf_counter(), thread_time()
        self._timer.start(TICK_MS)
        return self

    def __exit__(self, *exception: object) -> None:
        self._tick()
        self._timer.stop()

    def _tick(self) -> None:
        now, worked = perf_counter(), thread_time()
        self.longest = max(self.longest, now - self._last - TICK_MS / 1000)
        self.own = max(self.own, worked - self._worked)
        self._last, self._worked = now, worked


def turn(milliseconds: int) -> None:
    """Let the event loop turn for a while."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()
