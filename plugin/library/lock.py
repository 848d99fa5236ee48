"""One writer to a library at a time, also between processes.

The operating system holds the lock, so it is free again the moment its holder ends, however it ends. The
lock file only says who holds it.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from plugin.errors import LockedError, StoreError, printable

if sys.platform == "win32":
    import msvcrt

    # Windows forbids others to read a locked range: lock a byte far behind the text.
    _FAR = 1 << 30

    def _try_lock(file: IO[str]) -> None:
        file.seek(_FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.seek(0)

else:
    import fcntl

    def _try_lock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


class WriterLock:
    """Hold a library for writing until `release` or the end of the process.

    Parameters
    ----------
    library : pathlib.Path
        The library's file; the lock is a file beside it.

    Raises
    ------
    LockedError
        Another process writes to the library; the message names it.
    StoreError
        The lock file cannot be written.
    """

    def __init__(self, library: Path) -> None:
        self.path = library.with_name(library.name + ".lock")
        try:
            self._file = self.path.open("a+", encoding="utf-8")
        except OSError as error:
            raise StoreError(f"cannot write beside the library {printable(library)}: {error.strerror}") from error
        try:
            _try_lock(self._file)
        except OSError as error:
            holder = _holder(self._file)
            self._file.close()
            raise LockedError(
                f"the library {printable(library)} is being written by {holder}: wait for it or stop it"
            ) from error
        try:
            self._write({"pid": os.getpid(), "host": socket.gethostname(), "since": _now()})
        except OSError as error:
            raise StoreError(f"cannot write {printable(self.path)}: {error.strerror}") from error

    def release(self) -> None:
        """Let others write."""
        self._write(None)
        self._file.close()

    def _write(self, holder: dict[str, object] | None) -> None:
        self._file.seek(0)
        self._file.truncate()
        if holder is not None:
            json.dump(holder, self._file)
        self._file.flush()


def _holder(file: IO[str]) -> str:
    file.seek(0)
    try:
        holder = json.load(file)
        return f"process {holder['pid']} on {holder['host']} since {holder['since']}"
    except (ValueError, KeyError):  # it has only just taken the lock
        return "another process"


def _now() -> str:
    return datetime.now(UTC).astimezone().isoformat(sep=" ", timespec="seconds")
