"""Installing and removing models, one at a time, on worker threads."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PyQt6.QtCore import QObject, pyqtSignal

from gui.models.cancellation import Cancellation, CancelledError
from gui.models.machine import size_text
from gui.models.parts import Offer, install
from gui.tasks import Lane, Tasks
from plugin.errors import printable
from plugin.parts.installed import remove
from plugin.parts.part import Part


class Installing(QObject):
    """Does it.

    Signals
    -------
    news, problem : str
    line : str
        How far it is, in the words of the installing process.
    running : str
        The model that is being installed has become this one; empty for none.
    changed
        Other models are installed now.
    """

    news = pyqtSignal(str)
    problem = pyqtSignal(str)
    line = pyqtSignal(str)
    running = pyqtSignal(str)
    changed = pyqtSignal()

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._run: Cancellation | None = None

    @property
    def busy(self) -> bool:
        """Whether a model is being installed."""
        return self._run is not None

    def install(self, offer: Offer) -> None:
        """Install a model whose licence the user has accepted."""
        if self._run is not None:
            self.problem.emit(self.tr("A model is being installed: wait, or cancel that first"))
            return
        run = self._run = Cancellation()
        self.running.emit(offer.name)
        self.news.emit(self.tr("Installing {model}…").format(model=offer.name))

        def say(line: str) -> None:
            self._tasks.post(partial(self.line.emit, printable(line)))

        def fail(error: Exception) -> None:
            if isinstance(error, CancelledError):
                self.news.emit(self.tr("Cancelled: {model} is not installed").format(model=offer.name))
            else:
                self.problem.emit(str(error))

        self._tasks.run_task(partial(install, offer, say, run.check), self._tell, fail, self._end, lane=Lane.MODELS)

    def cancel(self) -> None:
        """End the installing; nothing is left of it."""
        if self._run is not None:
            self._run.cancel()
            self.line.emit(self.tr("Cleaning up…"))

    def remove(self, name: str) -> None:
        """Remove an installed model from the disk."""
        self._do(partial(remove, name), self.tr("{model} is removed").format(model=name))

    def shut_down(self) -> None:
        """End everything."""
        if self._run is not None:
            self._run.cancel()

    def _tell(self, part: Part) -> None:
        text = self.tr("{model} is installed ({size}); choose it and press Use to put it into use")
        self.news.emit(text.format(model=part.name, size=size_text(part.bytes)))

    def _end(self) -> None:
        self._run = None
        self.running.emit("")
        self.changed.emit()

    def _do(self, work: Callable[[], object], text: str) -> None:
        def tell(_: object) -> None:
            self.news.emit(text)
            self.changed.emit()

        self._tasks.run_task(work, tell, lambda error: self.problem.emit(str(error)), lane=Lane.SHORT)
