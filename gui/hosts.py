"""The editors' part of the window: its bar, its menu, and the work they start."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtWidgets import QMenu

from gui.host_bar import HostBar
from gui.models.hosts import HostService
from gui.tasks import Lane, Tasks
from plugin.suggest.suggester import Suggestion

REACHED = {"audacity": "Audacity", "ardour": "Ardour"}
"""Hosts that the panel goes to; the others come by themselves."""


class Hosts(QObject):
    """Carries orders to the hosts on worker threads.

    Signals
    -------
    news, problem : str
        What was done, and what could not be.
    """

    news = pyqtSignal(str)
    problem = pyqtSignal(str)

    def __init__(self, tasks: Tasks, folder: Path | None = None) -> None:
        super().__init__()
        self._tasks = tasks
        self.bar, self.menu = HostBar(), QMenu(self.tr("&Editor"))
        self.service = HostService(lambda: tasks.post(self._refresh), folder)
        for key, title in REACHED.items():
            self.menu.addAction(self.tr("Connect to {title}").format(title=title), partial(self.connect, key))
        self.bar.undo.connect(self.undo)
        tasks.run_task(self.service.start, lambda _: None, self._fail, lane=Lane.HOST)

    def place(self, host: int, suggestion: Suggestion) -> None:
        """Place a suggestion in a host."""
        self._order(partial(self.service.place, host, suggestion))

    def undo(self, host: int) -> None:
        """Take our last change in a host back."""
        self._order(partial(self.service.undo, host))

    def connect(self, key: str) -> None:
        """Reach a host that does not come by itself."""
        self._tasks.run_task(partial(self.service.connect, key), lambda _: None, self._fail, lane=Lane.HOST)

    def close(self) -> None:
        """Leave all hosts."""
        self.service.close()

    def _order(self, work: Callable[[], str]) -> None:
        self.bar.set_busy(True)
        self._tasks.run_task(work, self.news.emit, self._fail, partial(self.bar.set_busy, False), lane=Lane.HOST)

    def _refresh(self) -> None:
        self.bar.show_hosts(self.service.hosts())

    def _fail(self, error: Exception) -> None:
        self.problem.emit(str(error))
