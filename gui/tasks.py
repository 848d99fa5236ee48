"""The one door to worker threads: the GUI thread hands work out here and never waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum
from functools import partial
from typing import Any

from PyQt6.QtCore import QObject, QThreadPool, pyqtSignal, pyqtSlot

from gui.models.cancellation import CancelledError
from host_bridge.errors import BridgeError
from plugin.errors import CuefinderError

USER_ERRORS = (CuefinderError, BridgeError, OSError, CancelledError)
"""What a task may end with; anything else is a fault of ours and goes to ``sys.excepthook``."""


class Lane(Enum):
    """Who waits for whom: the tasks of a lane queue for its threads, and nobody else's.

    The value is the number of its threads and a name.
    """

    LIBRARY = 1, "library"
    """Changes of the library, hours of indexing among them: one at a time, as the library has one writer."""
    WATCH = 1, "watch"
    """The watcher of folders, as long as the panel is open; what it finds is taken in on the lane of the library."""
    QUESTION = 1, "question"
    """What the user waits for: suggestions."""
    HOST = 2, "host"
    """Editors, which may not answer."""
    SOUND = 2, "sound"
    """What is about to be heard, and files of it: a part that plays in a loop keeps one thread for itself."""
    LISTENING = 1, "listening"
    """Captions of clips, in the background."""
    MODELS = 2, "models"
    """A model that is installed, and a library that is heard again with others, for hours."""
    SHORT = 2, "short"
    """Reads of the store and of small files."""

    @property
    def threads(self) -> int:
        """How many of its tasks run at a time."""
        return self.value[0]


class Tasks(QObject):
    """Runs functions on worker threads and brings what they give back to the GUI thread.

    Make it on the GUI thread.
    """

    _posted = pyqtSignal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pools = {lane: QThreadPool(self) for lane in Lane}
        for lane, pool in self._pools.items():
            pool.setMaxThreadCount(lane.threads)
        self._closed = False
        self._posted.connect(self._call)

    def run_task(
        self,
        func: Callable[[], Any],
        on_result: Callable[[Any], None],
        on_error: Callable[[Exception], None],
        on_end: Callable[[], None] = lambda: None,
        *,
        lane: Lane = Lane.SHORT,
    ) -> None:
        """Run a function on a worker thread.

        Parameters
        ----------
        func : callable
            The work; it touches no widget.
        on_result : callable
            Called on the GUI thread with what `func` returned.
        on_error : callable
            Called instead with an error out of `USER_ERRORS`.
        on_end : callable
            Called after either of them, and also after a fault.
        lane : Lane
            Whose threads it waits for; tasks of a lane with one thread run in order.
        """

        def work() -> None:
            try:
                result = func()
            except USER_ERRORS as error:
                self.post(partial(on_error, error))
            else:
                self.post(partial(on_result, result))
            finally:
                self.post(on_end)

        self._pools[lane].start(work)

    def post(self, call: Callable[[], None]) -> None:
        """Have the GUI thread make a call soon; for tasks, from any thread."""
        self._posted.emit(call)

    def close(self, seconds: float) -> bool:
        """Deliver nothing more and wait for the threads to end.

        Returns
        -------
        bool
            Whether all have ended; tasks must be cancelled by their own means.
        """
        self._closed = True
        until = time.monotonic() + seconds
        for pool in self._pools.values():
            pool.clear()
        waits = [pool.waitForDone(max(0, round((until - time.monotonic()) * 1000))) for pool in self._pools.values()]
        return all(waits)

    @pyqtSlot(object)
    def _call(self, call: Callable[[], None]) -> None:
        if not self._closed:
            call()
