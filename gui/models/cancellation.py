"""Ending work early, between its steps."""

from __future__ import annotations

import threading


class CancelledError(Exception):
    """The user ended the work."""


class Cancellation:
    """The user's wish to end one piece of work; any thread may set it or look at it."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask the work to end at its next step."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether the work shall end."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise `CancelledError` if the work shall end."""
        if self.cancelled:
            raise CancelledError
