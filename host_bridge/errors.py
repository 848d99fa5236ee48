"""Errors of the bridge that the user sees: each is one clear line.

The bridge imports no other folder, so it has a family of its own.
"""

from __future__ import annotations

from os import PathLike, fspath


class BridgeError(Exception):
    """Base of all errors of the bridge meant for the user; ``str(error)`` is the one line to show."""

    exit_code = 1


class TimelineError(BridgeError):
    """A timeline cannot be read or written.

    Parameters
    ----------
    path : str or os.PathLike
        The timeline's file.
    reason : str
        Why, in plain words and without the path.
    """

    exit_code = 2

    def __init__(self, path: str | PathLike[str], reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{fspath(self.path)}: {self.reason}"


class HostError(BridgeError):
    """A host does not answer, or refuses what it is asked to do. Nothing was changed, unless a subclass says so.

    Parameters
    ----------
    host : str
        The editor's name, as users know it.
    reason : str
        What happened and what to do, in plain words.
    """

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(host, reason)
        self.host = host
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.host}: {self.reason}"


class UnsupportedError(HostError):
    """The host cannot do this at all; its capabilities say so beforehand."""

    exit_code = 2


class HostGoneError(HostError):
    """The host quit, or the connection to it broke; whether the last request was done is not known."""


class HostTimeoutError(HostError):
    """The host did not answer in time, perhaps because a dialog is open in it; a late answer is thrown away."""


class StaleTimelineError(HostError):
    """The timeline changed since it was read: read it again, then decide again."""


class PartialError(HostError):
    """Some of what was asked for was done before something failed.

    Parameters
    ----------
    host : str
        The editor's name, as users know it.
    done, undone : list of str
        What was and what was not done, in plain words.
    reason : str
        Why it stopped.
    """

    def __init__(self, host: str, done: list[str], undone: list[str], reason: str) -> None:
        super().__init__(host, f"{reason}; done: {', '.join(done) or 'nothing'}; not done: {', '.join(undone)}")
        self.done, self.undone = done, undone
