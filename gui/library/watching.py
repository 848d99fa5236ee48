"""Watching folders while the panel is open; what is found is taken in on the library's lane, one writer at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal

from gui.library.indexing import Indexing
from gui.models.cancellation import Cancellation, CancelledError
from gui.models.library import changes, report_words
from gui.models.service import LibraryService, OtherModelsError
from gui.tasks import Lane, Tasks
from plugin.errors import printable
from plugin.library.watch_event import WatchEvent

if TYPE_CHECKING:
    from plugin.library.indexing import IndexRun

TURN_SECONDS = 0.1


class Watching(QObject):
    """Watches on a worker thread.

    Parameters
    ----------
    indexing : Indexing
        Shows how far the reading is.

    Signals
    -------
    news, problem : str
    folder : Path, str
        A folder's state has become "watched", "polled" or "offline".
    changed
        There may be new results, or other numbers to show.
    models_changed
        Another process has put other models into use, and they are in use here too now.
    """

    news = pyqtSignal(str)
    problem = pyqtSignal(str)
    folder = pyqtSignal(object, str)
    changed = pyqtSignal()
    models_changed = pyqtSignal()

    def __init__(
        self, service: LibraryService, tasks: Tasks, indexing: Indexing, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._service, self._tasks, self._indexing = service, tasks, indexing
        self._stop: threading.Event | None = None
        self._anew = False
        self._portion = Cancellation()

    def watch(self) -> None:
        """Begin to watch the library's folders; does nothing where it is done already."""
        if self._stop is None:
            stop = self._stop = threading.Event()
            self._portion = Cancellation()
            self._tasks.run_task(partial(self._watch, stop), self._follow, self._fail, self._end, lane=Lane.WATCH)

    def watch_anew(self) -> None:
        """Watch with the models that are in use now."""
        if self._stop is None:
            self.watch()
        else:
            self._anew = True
            self._stop.set()
            self._portion.cancel()

    def shut_down(self) -> None:
        """End it."""
        self._anew = False
        if self._stop is not None:
            self._stop.set()
            self._portion.cancel()

    def _watch(self, stop: threading.Event) -> bool:
        """Watch, on the watcher's thread; says whether other models have come into use."""
        try:
            self._service.watch(partial(self._write, stop), partial(self._post, self._hear), stop)
        except OtherModelsError:
            self._service.follow(stop)
            return not stop.is_set()
        return False

    def _write(self, stop: threading.Event, work: Callable[[IndexRun], None]) -> None:
        """Have the watcher's work done on the library's lane; called from the watcher's thread, which waits."""
        done: Future[None] = Future()

        def turn() -> None:
            if done.set_running_or_notify_cancel():
                try:
                    self._service.write(work, partial(self._post, self._indexing.show), self._portion)
                except Exception as error:  # noqa: BLE001 - raised again where it is waited for
                    done.set_exception(error)
                else:
                    done.set_result(None)

        if self._indexing.busy:
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
            self._indexing.state.emit(None)
            words = report_words(event.report)
            if changes(event.report):
                self.news.emit(self.tr("From watched folders: {counts}").format(counts=words))
            self.changed.emit()
        elif event.kind == "lost":
            self.news.emit(self.tr("So much changed at once that all folders are looked through"))
        elif event.text:
            where = "" if event.path is None else f"{printable(event.path)}: "
            self.problem.emit(where + event.text)

    def _follow(self, is_other: bool) -> None:
        if is_other and self._stop is not None and not self._stop.is_set():
            self._anew = True
            self.news.emit(self.tr("The library was heard again with other models: they are in use here too now"))
            self.models_changed.emit()
            self.changed.emit()

    def _end(self) -> None:
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
