"""Audacity's end of the pipe as its module behaves, without Audacity: what it answers, and when, is up to the test."""

from __future__ import annotations

import errno
import os
import re
import select
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType

DONE = b"BatchCommand finished: OK\n\n"
READS = 1023
"""Bytes of a line that the module reads at once; the rest is another command to it."""
Answer = Callable[[str], Iterable[bytes | threading.Event]]


def usual(line: str) -> Iterable[bytes]:
    """Say a message back, and nothing to all else."""
    said = re.fullmatch(r'Message: Text="?(.*?)"?', line)
    return [(said[1] if said else "").encode() + b"\n" + DONE]


class FakeAudacity:
    """A thread between two pipes.

    Attributes
    ----------
    answer : callable
        Gives the parts of the answer to a line; at an event it waits.
    heard : list of str
        All lines.
    broken : list of OSError
        Writes that failed: the real one dies of such.
    """

    def __init__(self, folder: Path, answer: Answer = usual) -> None:
        self.to, self.back = folder / "to", folder / "from"
        self.answer = answer
        self.heard: list[str] = []
        self.broken: list[OSError] = []
        self._leave, self._left = os.pipe()
        self._thread = threading.Thread(target=self._serve, name="fake-audacity")
        for path in (self.to, self.back):
            path.unlink(missing_ok=True)
            os.mkfifo(path)
        self._in = os.open(self.to, os.O_RDONLY | os.O_NONBLOCK)
        self._thread.start()

    def __enter__(self) -> FakeAudacity:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.quit()

    def quit(self) -> None:
        """End, and leave the pipes in the folder as a program that was killed does."""
        if self._thread.is_alive():
            os.write(self._left, b"x")
            self._thread.join()
            for descriptor in (self._leave, self._left):
                os.close(descriptor)

    def _serve(self) -> None:
        out = None
        rest = b""
        try:
            while self._wait(self._in, select.POLLIN):
                try:
                    heard = os.read(self._in, 65536)
                except BlockingIOError:  # one client had left and the next one came before this look
                    continue
                if out is None and heard:
                    out = self._open()
                if not heard:  # the client has left: as the real one does, wait for another
                    if out is not None:
                        os.close(out)
                        out = None
                    os.close(self._in)
                    self._in = os.open(self.to, os.O_RDONLY | os.O_NONBLOCK)
                    continue
                rest += heard
                while b"\n" in rest or len(rest) >= READS:
                    line, rest = self._line(rest)
                    self.heard.append(line)
                    if out is None or not self._say(out, line):
                        return
        finally:
            for descriptor in (self._in, out):
                if descriptor is not None:
                    os.close(descriptor)

    def _line(self, rest: bytes) -> tuple[str, bytes]:
        end = rest.find(b"\n") + 1
        cut = READS if end == 0 or end > READS else end
        return rest[: cut - 1].decode(), rest[cut:]

    def _open(self) -> int | None:
        for _ in range(500):
            try:
                opened = os.open(self.back, os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                if error.errno != errno.ENXIO:
                    raise
                threading.Event().wait(0.01)
                continue
            os.set_blocking(opened, True)
            return opened
        return None

    def _say(self, out: int, line: str) -> bool:
        for part in self.answer(line):
            if isinstance(part, threading.Event):
                while not part.is_set():
                    if select.select([self._leave], [], [], 0.01)[0]:
                        return False
                continue
            try:
                while part:
                    part = part[os.write(out, part) :]
            except OSError as error:
                self.broken.append(error)
                return False
        return True

    def _wait(self, descriptor: int, events: int) -> bool:
        """False when the end has come."""
        poll = select.poll()
        poll.register(descriptor, events)
        poll.register(self._leave, select.POLLIN)
        while True:
            ready = dict(poll.poll())
            if self._leave in ready:
                return False
            if descriptor in ready:
                return True
