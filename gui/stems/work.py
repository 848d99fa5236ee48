"""One piece of work at a time, with its progress."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QProgressBar, QWidget

from gui.models.cancellation import Cancellation, CancelledError
from gui.models.stem_service import OnStep
from gui.tasks import Lane, Tasks

Job = Callable[[OnStep, Cancellation], Any]
"""Work for a worker thread: told whom to tell of its steps, and when to end."""


class Work(QProgressBar):
    """Runs a job and shows how far it is.

    Signals
    -------
    busy : bool
        Whether a job runs; it may be followed by the next one only when it does not.
    news, problem : str
    """

    busy = pyqtSignal(bool)
    news = pyqtSignal(str)
    problem = pyqtSignal(str)

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._running: Cancellation | None = None
        self.setAccessibleName(self.tr("Progress"))
        self.hide()

    @property
    def is_busy(self) -> bool:
        """Whether a job runs."""
        return self._running is not None

    def start(self, job: Job, on_result: Callable[[Any], None], lane: Lane) -> None:
        """Run a job, unless another one still does."""
        if self._running is not None:
            self.problem.emit(self.tr("still at work: stop it first, or wait"))
            return
        running = self._running = Cancellation()
        self.setRange(0, 0)
        self.setFormat("")
        self.show()
        self.busy.emit(True)

        def on_step(number: int, count: int, name: str) -> None:
            self._tasks.post(partial(self._show_step, running, number, count, name))

        self._tasks.run_task(lambda: job(on_step, running), on_result, self._fail, self._end, lane=lane)

    def stop(self) -> None:
        """End the job at its next step."""
        if self._running is not None:
            self._running.cancel()

    def _show_step(self, running: Cancellation, number: int, count: int, name: str) -> None:
        if running is self._running:
            self.setRange(0, count)
            self.setValue(number)
            text = self.tr("{number} of {count}: {name}").format(number=number + 1, count=count, name=name)
            self.setFormat(text.replace("%", "%%"))

    def _fail(self, error: Exception) -> None:
        if isinstance(error, CancelledError):
            self.news.emit(self.tr("Stopped; nothing was changed"))
        else:
            self.problem.emit(str(error))

    def _end(self) -> None:
        self._running = None
        self.hide()
        self.busy.emit(False)
