"""Our changes to the project: how many undo steps each made, and whether the last one is still the last."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from host_bridge.audacity.project import ProjectInfo
from host_bridge.audacity.session import Session
from host_bridge.errors import HostError, HostGoneError, HostTimeoutError, PartialError
from host_bridge.host import taken_back

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Change:
    """A change: the content before and after it, its undo steps, and the connection that it was made by."""

    before: str
    after: str
    steps: int
    connection: int


class Changes:
    """What we changed, last at the end.

    Attributes
    ----------
    now : ProjectInfo, optional
        The project after our last change.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._done: list[Change] = []
        self.now: ProjectInfo | None = None

    @contextmanager
    def recorded(self, project: ProjectInfo) -> Iterator[None]:
        """Record what is done inside as one change; where it fails, what it did so far is undone.

        Raises
        ------
        PartialError
            It failed, and could not be undone.
        """
        session = self._session
        session.steps = 0
        try:
            yield
        except (HostGoneError, HostTimeoutError):
            raise  # undoing would not be heard either; what is left of a cue is swept away before the next one
        except Exception as error:
            self._roll_back(project, error)
            raise
        self.now = session.project()
        change = Change(project.content(), self.now.content(), session.steps, session.pipe.connections)
        self._done = [*self._done, change][-100:]

    def undo(self) -> None:
        """Undo our last change.

        Raises
        ------
        HostError
            There is none, or the user has changed something since.
        """
        session = self._session
        last = self._done[-1] if self._done else None
        if last is None or last.connection != session.pipe.connections or session.project().content() != last.after:
            raise taken_back("Audacity")
        self._repeat("Undo", last.steps)
        if session.project().content() != last.before:  # something that `GetInfo:` does not tell had been changed
            self._repeat("Redo", last.steps)
            raise taken_back("Audacity")
        self._done.pop()

    def _roll_back(self, project: ProjectInfo, error: Exception) -> None:
        session = self._session
        reason = str(error)
        try:
            now = session.project()
            if now.content() == project.content():
                return
            if now.tracks:
                session.make_step(now.end, now.tracks[-1].index)  # what made no step yet is undone with this one
            self._repeat("Undo", session.steps)
            if session.project().content() == project.content():
                return
        except HostError as second:
            log.warning("could not undo a change that failed: %s", second)
        raise PartialError("Audacity", ["a part of the change"], ["the rest"], f"{reason}; undo it there") from error

    def _repeat(self, command: str, times: int) -> None:
        """`Undo:` shows a dialog when nothing is left to undo, so it is never sent more often than we made steps."""
        for _ in range(times):
            self._session.run(command)
