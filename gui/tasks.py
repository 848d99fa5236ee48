"""The one door to worker threads: the GUI thread hands work out here and never waits for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PyQt6.QtCore import QObject, QThreadPool, pyqtSignal, pyqtSlot

from gui.models.cancellation import CancelledError
from host_bridge.errors import BridgeError
from plugin.errors import CuefinderError

USER_ERRORS = (CuefinderError, BridgeError, OSError, CancelledError)
"""What a task may end with; anything else is a fault of ours and goes to ``sys.excepthook``."""

THREADS = 3
"""One for indexing, which takes hours, one for questions meanwhile, and one for an editor that may not answer."""


class Tasks(QObject):
    """Runs functions on worker threads and brings what they give back to the GUI thread.

    Make it on the GUI thread.
    """

    _posted = pyqtSignal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(THREADS)
        self._closed = False
        self._posted.connect(self._call)

    def run_task(
        self,
        func: Callable[[], Any],
        on_result: Callable[[Any], None],
        on_error: Callable[[Exception], None],
        on_end: Callable[[], None] = lambda: None,
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

        self._pool.start(work)

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
        self._pool.clear()
        return self._pool.waitForDone(round(seconds * 1000))

    @pyqtSlot(object)
    def _call(self, call: Callable[[], None]) -> None:
        if not self._closed:
            call()
