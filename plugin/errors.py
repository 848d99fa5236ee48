"""Errors that the user sees: each is one clear line, with the exit status of the command line."""

from __future__ import annotations

import re
from os import PathLike, fsencode

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class CuefinderError(Exception):
    """Base of all errors meant for the user; ``str(error)`` is the one line to print."""

    exit_code = 1


class InputError(CuefinderError):
    """The user gave something unusable: a path, a range, an option."""

    exit_code = 2


class DecodeError(InputError):
    """A media file cannot be read.

    Parameters
    ----------
    path : str or os.PathLike
        The file.
    reason : str
        Why, in plain words and without the path.
    """

    def __init__(self, path: str | PathLike[str], reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{printable(self.path)}: {self.reason}"


class PackError(InputError):
    """A model pack is missing, damaged or of another version."""


class StoreError(CuefinderError):
    """The library's store cannot be read or written."""


class LockedError(StoreError):
    """Another process is writing to the library."""


class DeviceError(CuefinderError):
    """The requested device (GPU or CPU) cannot run the models."""


def printable(path: str | PathLike[str]) -> str:
    """Give a path as text that any terminal or file can take, on one line.

    Undecodable bytes, line breaks and control characters, which file names may all hold, are escaped.

    Parameters
    ----------
    path : str or os.PathLike
        Any path, also one with surrogate escapes for non-UTF-8 bytes.

    Returns
    -------
    str
        One line of valid Unicode.
    """
    text = fsencode(path).decode("utf-8", "backslashreplace")
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
