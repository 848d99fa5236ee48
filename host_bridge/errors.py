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
    """A host does not answer, or refuses what it is asked to do.

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
