"""Putting other models into use, in the background where the library must be heard again first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from gui.models.cancellation import Cancellation, CancelledError
from gui.models.engines import Engines
from gui.models.switching import Change, Wish, finish, give_up, hear, keep_wish, plan, read_wish
from gui.settings.keeper import SettingsKeeper
from gui.tasks import Lane, Tasks
from plugin.errors import LockedError

if TYPE_CHECKING:
    from plugin.library.rehearing import Status

RETRY_MS = 5000


class Switching(QObject):
    """One change of the models at a time.

    Signals
    -------
    news, problem : str
    state : IndexState
        How far the hearing is.
    changed
        `wish` or `busy` is another now.
    switched
        Other models are in use.
    """

    news = pyqtSignal(str)
    problem = pyqtSignal(str)
    state = pyqtSignal(object)
    changed = pyqtSignal()
    switched = pyqtSignal()

    def __init__(
        self, engines: Engines, tasks: Tasks, keeper: SettingsKeeper, library: Path, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._engines, self._tasks, self._keeper, self._library = engines, tasks, keeper, library
        self.wish: Wish | None = None
        """What shall come into use and did not yet."""
        self._run: Cancellation | None = None
        self._closed = False
        self._waiting: Callable[[], None] = lambda: None
        self._again = QTimer(self, singleShot=True, interval=RETRY_MS)
        self._again.timeout.connect(lambda: self._waiting())

    @property
    def busy(self) -> bool:
        """Whether something is done for the wish, or waited for."""
        return self._run is not None

    def start(self) -> None:
        """Go on with what was not finished when the panel was closed."""

        def take(wish: Wish | None) -> None:
            if wish is not None and self.wish is None:
                self.wish = wish
                self.changed.emit()
                if not wish.paused:
                    self.go_on()

        self._tasks.run_task(partial(read_wish, self._library), take, self._tell_error)

    def use_part(self, role: str, name: str) -> None:
        """Put an installed model into use; without a name the core pack does the role again."""
        self._want(Wish(str(self._library), role, name))

    def use_pack(self, folder: str) -> None:
        """Use the pack of a folder; without one the shipped pack, with the parts beside it."""
        self._want(Wish(str(self._library), pack=folder))

    def go_on(self) -> None:
        """Do what is wished, from where it was left."""
        if self.wish is None or self.busy:
            return
        self.wish = replace(self.wish, paused=False)
        self._run = Cancellation()
        self.changed.emit()
        self.news.emit(self.tr("Trying out the models…"))
        self._do(partial(plan, self.wish, self._engines), self._prepared, Lane.MODELS)

    def stop(self) -> None:
        """End the hearing for now; what was heard is kept."""
        if self._run is not None and self.wish is not None:
            self._run.cancel()
            if self._again.isActive():
                self._again.stop()
                self._end(CancelledError())

    def drop(self) -> None:
        """Give the wish up, and remove what was heard for it."""
        if self.wish is not None and not self.busy:
            wish, self._run = self.wish, Cancellation()
            text = self.tr("{model} is not put into use; everything stays as it is").format(model=wish.label)

            def tell(_: None) -> None:
                self._settle()
                self.news.emit(text)

            self._do(partial(give_up, self._library), tell, Lane.MODELS)
            self.changed.emit()

    def shut_down(self) -> None:
        """End everything; the next start goes on."""
        self._closed = True
        self._again.stop()
        if self._run is not None:
            self._run.cancel()

    def _want(self, wish: Wish) -> None:
        if self.wish is not None:
            text = self.tr("{model} is being put into use: wait, or stop that and give it up first")
            self.problem.emit(text.format(model=self.wish.label))
            return
        self.wish = wish
        self.go_on()

    def _prepared(self, change: Change) -> None:
        if self._run is not None and self._run.cancelled:
            self._end(CancelledError())
        elif change.strangers:
            text = self.tr("Tracks to hear again with {model}: {count}; until then everything stays as it is")
            self.news.emit(text.format(model=change.wish.label, count=change.strangers))
            self._hear(change)
        else:
            self._finish(change, None)

    def _hear(self, change: Change) -> None:
        run = self._run
        assert run is not None
        work = partial(hear, change, lambda state: self._tasks.post(partial(self.state.emit, state)), run)
        self._do(work, partial(self._finish, change), Lane.MODELS)

    def _finish(self, change: Change, heard: Status | None) -> None:
        run = self._run
        assert run is not None

        def work() -> int:
            run.check()
            return finish(change, self._engines)

        # As the library's writer, so after an index run that goes on.
        self._do(work, partial(self._done, change, heard), Lane.LIBRARY)

    def _done(self, change: Change, heard: Status | None, count: int) -> None:
        if not self._closed:
            self._keeper.change(pack=change.wish.pack)
        self._tasks.run_task(partial(keep_wish, None), lambda _: None, self._tell_error)
        self._settle()
        text = self.tr("{model} is in use").format(model=change.wish.label)
        if count:
            text += self.tr("; tracks heard again: {count}").format(count=count)
        if heard is not None and heard.failed + heard.away:
            text += self.tr("; left out, for they cannot be read now: {count}").format(count=heard.failed + heard.away)
        if change.dropped:
            text += self.tr("; {part} reads words for another space and went out of use").format(part=change.dropped)
        self.news.emit(text)
        self.switched.emit()

    def _do(self, work: Callable[[], object], then: Callable[..., None], lane: Lane) -> None:
        """Do one step; another process that has the library is waited for."""

        def fail(error: Exception) -> None:
            if isinstance(error, LockedError) and self._run is not None and not self._run.cancelled:
                self.problem.emit(self.tr("{reason}; trying again until it is free").format(reason=error))
                self._waiting = partial(self._do, work, then, lane)
                self._again.start()
            else:
                self._end(error)

        self._tasks.run_task(work, then, fail, lane=lane)

    def _end(self, error: Exception) -> None:
        """It ended before its end; what was begun stays, and waits for the user."""
        self._run = None
        if self._closed or self.wish is None:
            return
        self.wish = replace(self.wish, paused=True)

        def kept(is_begun: bool) -> None:
            if not is_begun and not self.busy:
                self.wish = None
            self.changed.emit()

        self._tasks.run_task(partial(_pause, self.wish), kept, self._tell_error)
        if isinstance(error, CancelledError):
            self.news.emit(self.tr("Stopped: what was heard is kept, and everything is as it was"))
        else:
            self._tell_error(error)

    def _settle(self) -> None:
        self._run = self.wish = None
        self.changed.emit()

    def _tell_error(self, error: Exception) -> None:
        if not self._closed:
            self.problem.emit(str(error))


def _pause(wish: Wish) -> bool:
    """Keep that a wish waits for the user; False where nothing was begun for it."""
    if read_wish(Path(wish.library)) is None:
        return False
    keep_wish(wish)
    return True
