"""Lines between two processes: over a socket, or as files in a folder for hosts whose scripts have no sockets."""

from __future__ import annotations

import selectors
import socket
import time
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock
from typing import Protocol

from host_bridge.transport.messages import LONGEST_LINE

CHUNK = 65_536
POLL = 0.05
"""Seconds between looks into a folder."""
SILENT = 30.0
"""Seconds without a sign of life after which the host behind a folder is gone."""


class ChannelClosed(Exception):
    """The other side is gone, or sent a line that is too long."""


class Channel(Protocol):
    """Sends and receives lines; `receive` may be called from one thread, `send` and `close` from any."""

    def send(self, line: bytes) -> None:
        """Send a line that ends with a newline; ChannelClosed where nobody takes it."""

    def receive(self, timeout: float | None, longest: int = LONGEST_LINE) -> bytes | None:
        """The next line without its end; None after `timeout` seconds, ChannelClosed at the end."""

    def expect(self, seconds: float) -> None:
        """Be told that the other side may be busy for so long: a request was sent to it."""

    def close(self) -> None:
        """End it; a `receive` that waits ends with ChannelClosed."""


class SocketChannel:
    """Lines over a connected socket."""

    def __init__(self, connection: socket.socket, *, send_timeout: float = 10.0) -> None:
        connection.setblocking(False)
        self._socket = connection
        self._buffer = bytearray()
        self._seen = 0
        self._sending, self._receiving = Lock(), Lock()
        self._send_timeout = send_timeout

    def _wait(self, event: int, timeout: float | None) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, event)
            return bool(selector.select(timeout))

    def send(self, line: bytes) -> None:
        """Send a line; a peer that does not read for ten seconds is given up."""
        with self._sending:
            deadline = time.monotonic() + self._send_timeout
            view = memoryview(line)
            try:
                while view:
                    left = deadline - time.monotonic()
                    if left <= 0:
                        raise ChannelClosed("it does not read what is sent to it")
                    if self._wait(selectors.EVENT_WRITE, left):
                        view = view[self._socket.send(view[:CHUNK]) :]
            except (OSError, ValueError) as error:
                raise ChannelClosed(_why(error)) from error

    def receive(self, timeout: float | None, longest: int = LONGEST_LINE) -> bytes | None:
        """The next line; `timeout` is for the whole of it, so that nobody can drip it byte by byte."""
        with self._receiving:
            deadline = None if timeout is None else time.monotonic() + timeout
            while True:
                end = self._buffer.find(b"\n", self._seen)
                if max(end, len(self._buffer) if end < 0 else 0) > longest:
                    raise ChannelClosed(f"it sent a line of more than {longest} bytes")
                if end >= 0:
                    line = bytes(self._buffer[:end])
                    del self._buffer[: end + 1]
                    self._seen = 0
                    return line
                self._seen = len(self._buffer)
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    return None
                try:
                    if not self._wait(selectors.EVENT_READ, left):
                        return None
                    chunk = self._socket.recv(CHUNK)
                except BlockingIOError:
                    continue
                except (OSError, ValueError) as error:
                    raise ChannelClosed(_why(error)) from error
                if not chunk:
                    raise ChannelClosed("it closed the connection")
                self._buffer += chunk

    def expect(self, seconds: float) -> None:
        """Nothing to do: a socket shows whether the other side lives, busy or not."""

    def close(self) -> None:
        """End the connection in both directions."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        # Who waits wakes by the shutdown; closed before that, the socket would silently leave what is waited on.
        with self._sending, self._receiving:
            self._socket.close()


class FolderChannel:
    """Lines as files: each is written beside its place and moved there, numbered, and removed by its reader.

    Parameters
    ----------
    folder : Path
        The host's own; files for us are in `to-panel`, ours in `to-host`, and the host touches `alive`.
    """

    def __init__(self, folder: Path, *, silent: float = SILENT) -> None:
        self.folder = folder
        self._in, self._out = folder / "to-panel", folder / "to-host"
        self._out.mkdir(exist_ok=True)
        self._number = 0
        self._silent, self._busy_until = silent, 0.0
        self._sending, self._closed = Lock(), Event()

    def send(self, line: bytes) -> None:
        """Leave a line for the host."""
        with self._sending:
            if self._closed.is_set():
                raise ChannelClosed("the connection is closed")
            self._number += 1
            place = self._out / f"{self._number:08d}.json"
            temporary = place.with_suffix(".tmp")
            try:
                temporary.write_bytes(line)
                temporary.replace(place)
            except OSError as error:
                raise ChannelClosed(str(error)) from error

    def receive(self, timeout: float | None, longest: int = LONGEST_LINE) -> bytes | None:
        """The oldest line that lies there."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self._closed.is_set():
            try:
                waiting = sorted(self._in.glob("*.json"))
                if waiting:
                    place = waiting[0]
                    if place.stat().st_size > longest + 1:
                        raise ChannelClosed(f"it sent a line of more than {longest} bytes")
                    line = place.read_bytes()
                    place.unlink()
                    return line.rstrip(b"\n")
                silence = time.time() - (self.folder / "alive").stat().st_mtime
                if silence > self._silent and time.monotonic() > self._busy_until:
                    raise ChannelClosed(f"it gave no sign of life for {self._silent:.0f} s")
            except OSError as error:
                raise ChannelClosed(f"its folder is gone: {error}") from error
            if deadline is not None and time.monotonic() >= deadline:
                return None
            self._closed.wait(POLL)
        raise ChannelClosed("the connection is closed")

    def expect(self, seconds: float) -> None:
        """Take silence for work for so long: a host that renders does not touch `alive`."""
        self._busy_until = time.monotonic() + seconds

    def close(self) -> None:
        """Tell the host that it is over, after the lines that it has not read yet."""
        self._closed.set()
        with self._sending, suppress(OSError):  # a host that is gone has taken its folder along
            (self._out / "closed").touch()


def _why(error: OSError | ValueError) -> str:
    """Why a socket does not work any more, without numbers; a ValueError says that another thread closed it."""
    return getattr(error, "strerror", None) or str(error)
