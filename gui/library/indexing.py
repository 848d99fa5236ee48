"""Indexing and watching, one writer at a time: runs that the user starts, and what the watcher finds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from time import monotonic

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from gui.models.cancellation import Cancellation, CancelledError
from gui.models.library import changes, report_words
from gui.models.service import IndexState, LibraryService
from gui.tasks import Lane, Tasks
from plugin.errors import LockedError, printable
from plugin.library.indexing import IndexRun
from plugin.library.progress import IndexReport
from plugin.library.watch_event import WatchEvent

LIVE_SECONDS = 4.0
"""Between two signals that there may be new results while a run goes on."""
RETRY_MS = 5000
TURN_SECONDS = 0.1


class Indexing(QObject):
    """Does it all on worker threads.

    Signals
    -------
    news, problem : str
    state : IndexState or None
        How far it is; None when nothing is being read.
    running : bool
        A run that the user started goes on, or waits for another process.
    folder : Path, str
        A folder's state has become "watched", "polled" or "offline".
    changed
        There may be new results, or other numbers to show.
    """

    news = pyqtSignal(str)
    problem = pyqtSignal(str)
    state = pyqtSignal(object)
    running = pyqtSignal(bool)
    folder = pyqtSignal(object, str)
    changed = pyqtSignal()

    def __init__(self, service: LibraryService, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._service, self._tasks = service, tasks
        self._run: Cancellation | None = None
        self._stop: threading.Event | None = None
        self._anew = False
        self._portion = Cancellation()
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

    def watch(self) -> None:
        """Begin to watch the library's folders; does nothing where it is done already."""
        if self._stop is None:
            stop = self._stop = threading.Event()
            self._portion = Cancellation()
            watch = partial(self._service.watch, partial(self._write, stop), partial(self._post, self._hear), stop)
            self._tasks.run_task(watch, lambda _: None, self._fail, self._end_watch, lane=Lane.WATCH)

    def watch_anew(self) -> None:
        """Watch with the models that are in use now."""
        if self._stop is None:
            self.watch()
        else:
            self._anew = True
            self._stop.set()
            self._portion.cancel()

    def shut_down(self) -> None:
        """End everything."""
        self._anew = False
        self.stop()
        if self._stop is not None:
            self._stop.set()
            self._portion.cancel()

    def _index(self, paths: list[Path], retry: bool, run: Cancellation) -> None:
        self._tasks.run_task(
            partial(self._service.index, paths, partial(self._post, self._show), run, retry=retry),
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

    def _write(self, stop: threading.Event, work: Callable[[IndexRun], None]) -> None:
        """Have the watcher's work done on the library's lane; called from the watcher's thread, which waits."""
        done: Future[None] = Future()

        def turn() -> None:
            if done.set_running_or_notify_cancel():
                try:
                    self._service.write(work, partial(self._post, self._show), self._portion)
                except Exception as error:  # noqa: BLE001 - raised again where it is waited for
                    done.set_exception(error)
                else:
                    done.set_result(None)

        if self._run is not None:
            self._tell(self.tr("Changes of files are taken in after this index run"))
        self._tasks.run_task(turn, lambda _: None, self._fail, lane=Lane.LIBRARY)
        while not done.done():
            if stop.wait(TURN_SECONDS) and done.cancel():
                raise CancelledError
        done.result()

    def _hear(self, event: WatchEvent) -> None:
        if event.kind in ("watched", "polled", "offline"):
            self.folder.emit(event.path, event.kind)
        if event.report is not None:
            self.state.emit(None)
            words = report_words(event.report)
            if changes(event.report):
                self.news.emit(self.tr("From watched folders: {counts}").format(counts=words))
            self.changed.emit()
        elif event.kind == "lost":
            self.news.emit(self.tr("So much changed at once that all folders are looked through"))
        elif event.text:
            where = "" if event.path is None else f"{printable(event.path)}: "
            self.problem.emit(where + event.text)

    def _show(self, state: IndexState) -> None:
        self.state.emit(state)
        if state.files_done and monotonic() >= self._next_live:
            self._next_live = monotonic() + LIVE_SECONDS
            self.changed.emit()

    def _end_watch(self) -> None:
        self._stop = None
        if self._anew:
            self._anew = False
            self.watch()

    def _fail(self, error: Exception) -> None:
        if not isinstance(error, CancelledError):
            self.problem.emit(str(error))

    def _tell(self, text: str) -> None:
        self._tasks.post(partial(self.news.emit, text))

    def _post(self, slot: Callable[..., None], *arguments: object) -> None:
        self._tasks.post(partial(slot, *arguments))
