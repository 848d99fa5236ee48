"""Index runs that the user starts, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from time import monotonic

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from gui.models.cancellation import Cancellation, CancelledError
from gui.models.library import report_words
from gui.models.service import IndexState, LibraryService
from gui.tasks import Lane, Tasks
from plugin.errors import LockedError, printable
from plugin.library.progress import IndexReport

LIVE_SECONDS = 4.0
"""Between two signals that there may be new results while a run goes on."""
RETRY_MS = 5000


class Indexing(QObject):
    """Does it on worker threads.

    Signals
    -------
    news, problem : str
    state : IndexState or None
        How far it is; None when nothing is being read.
    running : bool
        A run that the user started goes on, or waits for another process.
    changed
        There may be new results, or other numbers to show.
    """

    news = pyqtSignal(str)
    problem = pyqtSignal(str)
    state = pyqtSignal(object)
    running = pyqtSignal(bool)
    changed = pyqtSignal()

    def __init__(self, service: LibraryService, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._service, self._tasks = service, tasks
        self._run: Cancellation | None = None
        self._next_live = 0.0
        self._again = QTimer(self, singleShot=True, interval=RETRY_MS)
        self._again.timeout.connect(lambda: self._waiting())
        self._waiting: Callable[[], None] = lambda: None

    @property
    def busy(self) -> bool:
        """Whether a run goes on that the user started."""
        return self._run is not None

    def index(self, paths: Sequence[Path], *, retry: bool = False) -> None:
        """Bring the library up to date with folders and files; one run at a time."""
        if self._run is not None:
            self.news.emit(self.tr("Indexing already: stop it first, or wait"))
            return
        run = self._run = Cancellation()
        self.running.emit(True)
        self.news.emit(self.tr("Looking for music (places: {count})…").format(count=len(paths)))
        self._index(list(paths), retry, run)

    def stop(self) -> None:
        """End the run that the user started; what it did is kept."""
        if self._run is not None:
            self._run.cancel()
            if self._again.isActive():
                self._again.stop()
                self._end_run()

    def show(self, state: IndexState) -> None:
        """Tell how far the reading of files is, whoever asked for it."""
        self.state.emit(state)
        if state.files_done and monotonic() >= self._next_live:
            self._next_live = monotonic() + LIVE_SECONDS
            self.changed.emit()

    def shut_down(self) -> None:
        """End everything."""
        self.stop()

    def _index(self, paths: list[Path], retry: bool, run: Cancellation) -> None:
        self._tasks.run_task(
            partial(self._service.index, paths, self._post_state, run, retry=retry),
            partial(self._show_report, run),
            partial(self._fail_run, paths, retry, run),
            lane=Lane.LIBRARY,
        )

    def _show_report(self, run: Cancellation, report: IndexReport) -> None:
        words = report_words(report) or self.tr("no music found")
        if run.cancelled:
            self.news.emit(self.tr("Stopped: {counts}; index again to go on").format(counts=words))
        elif report.problems or report.failures:
            path, reason = [*report.problems, *report.failures][0]
            self.problem.emit(f"{words}: {printable(path)}: {reason}")
        else:
            self.news.emit(self.tr("Indexed: {counts}").format(counts=words))
        self._end_run()

    def _fail_run(self, paths: list[Path], retry: bool, run: Cancellation, error: Exception) -> None:
        if isinstance(error, LockedError) and not run.cancelled:
            self.problem.emit(self.tr("{reason}; trying again until it is free").format(reason=error))
            self._waiting = partial(self._index, paths, retry, run)
            self._again.start()
        else:
            self._fail(error)
            self._end_run()

    def _end_run(self) -> None:
        self._run = None
        self.state.emit(None)
        self.running.emit(False)
        self.changed.emit()

    def _fail(self, error: Exception) -> None:
        if not isinstance(error, CancelledError):
            self.problem.emit(str(error))

    def _post_state(self, state: IndexState) -> None:
        self._tasks.post(partial(self.show, state))
