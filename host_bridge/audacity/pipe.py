"""A client of mod-script-pipe: one request at a time, each with its own answer or an error.

An answer has no number, so which request it belongs to must be known otherwise. As long as every request has had its
whole answer, the next answer is the next request's. When that is in doubt (after a deadline, an answer too long, or a
new connection) a marker is sent first: a random word that Audacity says back. It answers in order, so all that it says
up to that word is old, and is dropped; all after it is new.
"""

from __future__ import annotations

import re
import threading
from pathlib import Path
from time import monotonic
from types import TracebackType

from host_bridge.audacity.link import ABSENT, Link, marker
from host_bridge.audacity.paths import NAME
from host_bridge.errors import HostError, HostGoneError, HostTimeoutError

LONGEST = 1022
"""Bytes of a request: Audacity reads 1023 with the line's end, and takes the rest for another command."""
LIMIT = 16 << 20
"""Bytes of an answer."""
REOPENING = 1.0
"""Seconds that Audacity may take to make its pipes anew, as it does whenever a program has left them."""
GRACE = 0.5
"""Seconds after which an empty line is all that will come: so Audacity answers without a project window."""
ANSWER = re.compile(rb"(?:\A|\n)BatchCommand finished: (OK|Failed!)\n\n\Z")
NO_WINDOW = "no project window is open, so it did nothing; open a project in it"
SILENT = "it did not answer within {:g} s; close the dialog that may be open in it, then try again"


class Pipe:
    """A connection that is made when it is needed, and again after Audacity was started again.

    Parameters
    ----------
    to, back : Path
        The named pipes to and from Audacity.
    deadline : float
        Seconds that a request may take, if it does not say otherwise.
    limit : int
        Bytes of the longest answer.

    Attributes
    ----------
    connections : int
        How often it was connected; another number is, perhaps, another project.
    """

    def __init__(self, to: Path, back: Path, *, deadline: float = 10.0, limit: int = LIMIT) -> None:
        self.connections = 0
        self._to, self._back = to, back
        self._deadline, self._limit = deadline, limit
        self._link: Link | None = None
        self._lock = threading.Lock()
        self._pause = threading.Event()

    def __enter__(self) -> Pipe:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def request(self, command: str, deadline: float | None = None) -> str:
        """Send a command and give what it answers, without its last line.

        Parameters
        ----------
        command : str
            One line, see `host_bridge.audacity.quoting`.
        deadline : float, optional
            Seconds.

        Raises
        ------
        HostGoneError
            Audacity does not run, or quit meanwhile.
        HostTimeoutError
            It is busy, or a dialog is open; its late answer will be dropped.
        HostError
            It refuses the command, or the command or the answer is too long.
        """
        line = command.encode()
        if b"\n" in line or b"\r" in line or b"\0" in line:
            raise HostError(NAME, "a command to it must be one line")
        if len(line) > LONGEST:
            raise HostError(NAME, f"a command of {len(line)} bytes is too long for it ({LONGEST}); use shorter names")
        allowed = self._deadline if deadline is None else deadline
        until = monotonic() + allowed
        with self._lock:
            link = self._connected(until, allowed)
            if not link.in_step:
                self._find_step(link, until, allowed)
            return self._exchange(link, line, until, allowed)

    def connect(self, deadline: float | None = None) -> None:
        """Make sure that Audacity answers. Errors are those of `request`."""
        self.request("Message: Text=Cuefinder", deadline)

    def doubt(self) -> None:
        """Say that an answer was not what it should be: the next request will find its step again."""
        if self._link is not None:
            self._link.in_step = False

    def close(self) -> None:
        """Leave Audacity. An answer still to come is waited for by a thread, so that Audacity survives."""
        with self._lock:
            if self._link is not None:
                self._link.close()
                self._link = None

    def _connected(self, until: float, allowed: float) -> Link:
        if self._link is not None and self._link.gone:
            self._link.close()
            self._link = None
        if self._link is None:
            patience = min(until, monotonic() + REOPENING)
            while self._link is None:
                try:
                    self._link = self._new_link(until, allowed)
                except HostGoneError as error:
                    if monotonic() > patience:
                        raise HostGoneError(NAME, ABSENT) from error
                    self._pause.wait(0.02)
            self.connections += 1
        return self._link

    def _new_link(self, until: float, allowed: float) -> Link:
        link = Link(self._to, self._back, self._limit)
        try:
            self._find_step(link, until, allowed)
        except HostError:
            link.close()
            raise
        return link

    def _find_step(self, link: Link, until: float, allowed: float) -> None:
        """Send markers until one comes back: without a project window, as just after its start, they get lost."""
        while True:
            ask, end = marker()
            link.forget()
            link.send(ask)
            asked = monotonic()

            def state(heard: bytearray, end: bytes = end, asked: float = asked) -> str | None:
                if end in heard:
                    return "found"
                only_lines = bool(heard) and not heard.strip()
                return "lost" if only_lines and monotonic() - asked > GRACE else None

            found = None
            while found is None and monotonic() < until:
                found = link.wait(state, min(until, monotonic() + GRACE))
            if found == "found":
                link.forget()
                link.in_step = True
                return
            if monotonic() >= until:
                lost = link.wait(lambda heard: (bool(heard) and not heard.strip()) or None, 0)
                raise HostError(NAME, NO_WINDOW) if lost else HostTimeoutError(NAME, SILENT.format(allowed))

    def _exchange(self, link: Link, line: bytes, until: float, allowed: float) -> str:
        link.forget()
        link.in_step = False
        link.send(line + b"\n")

        def answered(heard: bytearray) -> bytes | None:
            return bytes(heard) if link.overflow or ANSWER.search(heard, max(0, len(heard) - 64)) else None

        answer = None
        while answer is None:
            now = monotonic()
            answer = link.wait(answered, min(until, now + GRACE))
            if answer is None and link.wait(lambda heard: heard == b"\n" or None, 0):
                raise HostError(NAME, NO_WINDOW)
            if answer is None and monotonic() >= until:
                raise HostTimeoutError(NAME, SILENT.format(allowed))
        if link.overflow:
            raise HostError(NAME, f"its answer is longer than {self._limit} bytes")
        link.in_step = True
        text = answer.decode("utf-8", "replace")
        body, _, status = text[:-2].rpartition("BatchCommand finished: ")
        if status != "OK":
            name = line.split(b":")[0].decode()
            raise HostError(NAME, f"it refused {name}: {' '.join(body.split()) or 'it does not say why'}")
        return body.strip("\n")
