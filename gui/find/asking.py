"""One question at a time: a newer one ends the older, and what comes too late is dropped."""

from __future__ import annotations

from functools import partial

from PyQt6.QtCore import QObject, pyqtSignal

from gui.models.cancellation import Cancellation, CancelledError
from gui.models.query import QueryDraft
from gui.models.service import LibraryService
from gui.tasks import Lane, Tasks
from plugin.suggest.query import Query
from plugin.suggest.suggestion import Suggestions


class Asking(QObject):
    """Asks the library.

    Signals
    -------
    busy_changed : bool
    answered : QueryDraft, Suggestions
    failed : str
    stopped
        The user did not want to wait.
    """

    busy_changed = pyqtSignal(bool)
    answered = pyqtSignal(object, object)
    failed = pyqtSignal(str)
    stopped = pyqtSignal()

    def __init__(self, service: LibraryService, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._service, self._tasks = service, tasks
        self._question: Cancellation | None = None

    def ask(self, draft: QueryDraft, query: Query) -> None:
        """Ask a question that a draft gave."""
        self.stop()
        question = self._question = Cancellation()
        self.busy_changed.emit(True)
        self._tasks.run_task(
            partial(self._service.suggest, query, question),
            partial(self._take, question, draft),
            partial(self._fail, question),
            partial(self._end, question),
            lane=Lane.QUESTION,
        )

    def stop(self) -> None:
        """Wait for no answer any more."""
        if self._question is not None:
            self._question.cancel()

    def _take(self, question: Cancellation, draft: QueryDraft, found: Suggestions) -> None:
        if question.cancelled:
            self._fail(question, CancelledError())
        else:
            self.answered.emit(draft, found)

    def _fail(self, question: Cancellation, error: Exception) -> None:
        if question is not self._question:
            return
        if isinstance(error, CancelledError):
            self.stopped.emit()
        else:
            self.failed.emit(str(error))

    def _end(self, question: Cancellation) -> None:
        if question is self._question:
            self._question = None
            self.busy_changed.emit(False)
