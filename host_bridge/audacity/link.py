"""One open connection to the pipe: two descriptors, and a thread that always reads.

Audacity dies by SIGPIPE when its reader goes away while it writes. So what it says is read all the time, wanted or not,
and the read end is closed only when an answer to our last words has come, or Audacity has gone.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
import select
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import TypeVar

from host_bridge.audacity.paths import NAME
from host_bridge.errors import HostError, HostGoneError, HostTimeoutError

ABSENT = "it does not answer: start it, with a project open and mod-script-pipe switched on"
GONE = "it quit, or the connection broke; look at what was done, then try again"
QUIET = 500
"""Milliseconds without a word after which a marker counts as lost, where another answer had come."""
KEPT = 512
"""Bytes that are kept of an answer that is too long: the end of a marker must not be cut."""

Result = TypeVar("Result")


def marker() -> tuple[bytes, bytes]:
    """A command that changes nothing, and the end of the one answer that it can have: nothing older can hold it."""
    word = secrets.token_hex(12)
    return f'Message: Text="{word}"\n'.encode(), f"{word}\nBatchCommand finished: OK\n\n".encode()


class Link:
    """An open connection.

    Attributes
    ----------
    in_step : bool
        Whether every request so far has had its whole answer.
    gone : bool
        Whether Audacity has closed its end.
    """

    def __init__(self, to: Path, back: Path, limit: int) -> None:
        self.in_step = False
        self.gone = False
        self.overflow = False
        self._limit = limit
        self._heard = bytearray()
        self._news = threading.Condition()
        self._last: bytes | None = None  # the marker after which the thread leaves and closes all by itself
        self._ended = False
        self._to = _open_to(to)
        self._back = -1
        try:
            self._back = os.open(back, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
            _check_owner(back, self._back)
        except (OSError, HostError) as error:
            for descriptor in (self._to, self._back):
                if descriptor >= 0:
                    os.close(descriptor)
            raise error if isinstance(error, HostError) else HostGoneError(NAME, ABSENT) from error
        self._stop = os.pipe()
        self._thread = threading.Thread(target=self._listen, name="cuefinder-audacity-pipe", daemon=True)
        self._thread.start()

    def send(self, line: bytes) -> None:
        """Write a whole line; it is short enough to be written at once or not at all."""
        try:
            os.write(self._to, line)
        except BrokenPipeError as error:
            self.gone = True
            raise HostGoneError(NAME, GONE) from error
        except BlockingIOError as error:
            raise HostTimeoutError(NAME, "it takes no more requests; is a dialog open in it?") from error

    def wait(self, found: Callable[[bytearray], Result | None], until: float) -> Result | None:
        """Give what `found` makes of all that was heard as soon as it makes something of it; None at the deadline.

        Raises
        ------
        HostGoneError
        """
        with self._news:
            while (result := found(self._heard)) is None:
                if self.gone:
                    raise HostGoneError(NAME, GONE)
                left = until - monotonic()
                if left <= 0 or not self._news.wait(left):
                    return found(self._heard)
            return result

    def forget(self) -> None:
        """Drop all that was heard."""
        with self._news:
            self._heard.clear()
            self.overflow = False

    def close(self) -> None:
        """Leave; where an answer is still to come, the thread waits for it and closes then."""
        end = b""
        if not self.in_step and not self.gone:
            ask, end = marker()
            with contextlib.suppress(HostError):  # gone, or full to the brim: then it is asked later
                self.send(ask)
        with self._news:
            late = bool(end) and end not in self._heard and not self._ended
            self._last = end if late else None
            if not self._ended:
                os.write(self._stop[1], b"x")  # wakes the thread up
        if late:
            return
        self._thread.join()
        self._close_all()

    def _listen(self) -> None:
        poll = select.poll()
        poll.register(self._back, select.POLLIN)
        poll.register(self._stop[0], select.POLLIN)
        done = False
        while not done:
            ready = {descriptor for descriptor, _ in poll.poll(QUIET if self._last is not None else None)}
            left = self._stop[0] in ready and bool(os.read(self._stop[0], 1)) and self._last is None
            done = (self._back in ready and self._hear()) or left
            if not ready:
                self._ask_again()
        with self._news:
            self._ended = True
            if self._last is not None:  # no one is left to close
                self._close_all()

    def _close_all(self) -> None:
        for descriptor in (self._to, self._back, *self._stop):  # the writing end first: Audacity then waits for another
            os.close(descriptor)

    def _ask_again(self) -> None:
        """Where something else was said and no more comes, the last marker was lost, as without a project window."""
        if self._heard.endswith(b"\n"):
            ask, self._last = marker()
            self._heard.clear()
            with contextlib.suppress(HostError):
                self.send(ask)

    def _hear(self) -> bool:
        """Read what there is; True when it is time to leave."""
        try:
            heard = os.read(self._back, 65536)
        except BlockingIOError:
            return False
        with self._news:
            self.gone = not heard
            self._heard += heard
            if len(self._heard) > self._limit:
                self.overflow = True
                del self._heard[:-KEPT]
            self._news.notify_all()
            return self.gone or (self._last is not None and self._last in self._heard)


def _open_to(path: Path) -> int:
    """Open the end to write to. It never blocks, and finds out a pipe that a dead Audacity left."""
    try:
        opened = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise HostError(NAME, f"{path} is a link, not Audacity's pipe; remove it") from error
        raise HostGoneError(NAME, ABSENT) from error
    try:
        _check_owner(path, opened)
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(opened).st_ino == path.stat().st_ino:
            return opened
        raise HostGoneError(NAME, ABSENT)  # it was made anew just now, and this is the one before
    except BlockingIOError as error:
        os.close(opened)
        raise HostError(NAME, "another Cuefinder is connected to it, or its last answer is still awaited; "
                              "close the other one, and any dialog in Audacity") from error  # fmt: skip
    except OSError as error:
        os.close(opened)
        raise HostGoneError(NAME, ABSENT) from error
    except HostError:
        os.close(opened)
        raise


def _check_owner(path: Path, opened: int) -> None:
    """Anyone may make files in /tmp: speak to none but this user's own pipe."""
    found = os.fstat(opened)
    if not stat.S_ISFIFO(found.st_mode):
        raise HostError(NAME, f"{path} is not a pipe; remove it and start Audacity again")
    if found.st_uid != os.getuid():
        raise HostError(NAME, f"{path} belongs to another user; remove it and start Audacity again")
