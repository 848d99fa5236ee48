"""Ctrl-C and a polite kill: finish the step and write a checkpoint first."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

from models.errors import TrainingError


class InterruptedTraining(TrainingError):
    """The user stopped the training; a checkpoint holds what was done."""

    exit_code = 130


class Interrupts:
    """While this context is open, the first SIGINT or SIGTERM only sets `requested`; the second acts at once.

    Parameters
    ----------
    active : bool
        Whether to do so at all. It is never done outside the main thread, where Python allows no handlers.
    """

    def __init__(self, active: bool) -> None:
        self.requested = False
        self._active = active and threading.current_thread() is threading.main_thread()
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interrupts:
        if self._active:
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._take)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _take(self, number: int, frame: FrameType | None) -> None:
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True
