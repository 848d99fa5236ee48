"""The panel's end: listens on loopback and in a folder, lets in who knows the token, and keeps the hosts."""

from __future__ import annotations

import hmac
import logging
import shutil
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

from host_bridge.errors import HostError
from host_bridge.remote import RemoteHost
from host_bridge.transport import messages
from host_bridge.transport.address import (
    PANEL,
    Address,
    address_file,
    bridge_folder,
    listening,
    own_folder,
    read_address,
    write_address,
)
from host_bridge.transport.channel import Channel, ChannelClosed, FolderChannel, SocketChannel
from host_bridge.transport.hello import Hello, read_hello
from host_bridge.transport.messages import MessageError

HELLO_DEADLINE = 5.0
"""Seconds in which a new connection must have shown the token."""
MOST_STRANGERS = 16
"""Connections that may be waiting to show it; more are closed at once."""
LOOK = 0.2
"""Seconds between looks for hosts that come by folder."""

log = logging.getLogger(__name__)


class BridgeServer:
    """Waits for hosts.

    Parameters
    ----------
    joined, left : callable
        Called with the host that came or went, from one of the server's threads.
    folder : Path, optional
        Where the address is written; the user's own by default.

    Attributes
    ----------
    refused : list of str
        Why connections were not let in, the last hundred.
    """

    def __init__(
        self,
        joined: Callable[[RemoteHost], None] = lambda host: None,
        left: Callable[[RemoteHost], None] = lambda host: None,
        *,
        folder: Path | None = None,
    ) -> None:
        self.folder = folder or bridge_folder()
        self.refused: list[str] = []
        self._joined, self._left = joined, left
        self._hosts: dict[str, RemoteHost] = {}
        self._strangers: set[Channel] = set()
        self._threads: list[Thread] = []
        self._lock, self._stop = Lock(), Event()
        self._socket: socket.socket | None = None
        self.address: Address | None = None

    @property
    def mail(self) -> Path:
        """The folder in which hosts without sockets make their own."""
        return self.folder / "mail"

    def start(self) -> None:
        """Listen, and write the address.

        Raises
        ------
        HostError
            Another panel listens already, or the address cannot be written.
        """
        other = listening(self.folder)
        if other is not None:
            raise HostError(PANEL, f"another panel (process {other.pid}) is connected to the editors; use that one "
                                   "or close it")  # fmt: skip
        server = socket.create_server(("127.0.0.1", 0), backlog=MOST_STRANGERS)
        self.address = Address.new(server.getsockname()[1])
        try:
            own_folder(self.folder)
            # What lies there is of a panel that is gone; a host that still lives makes its folder again. The address
            # comes last: who reads it finds everything in place.
            shutil.rmtree(self.mail, ignore_errors=True)
            own_folder(self.mail)
            write_address(self.folder, self.address)
        except HostError:
            server.close()
            raise
        self._socket = server
        with self._lock:
            self._start_thread(self._accept)
            self._start_thread(self._look_for_folders)

    def hosts(self) -> list[RemoteHost]:
        """The hosts that are connected now."""
        with self._lock:
            return list(self._hosts.values())

    def close(self) -> None:
        """Leave the hosts, take the address away, and wait for the threads."""
        self._stop.set()
        if self.address is not None and read_address(self.folder) == self.address:
            with suppress(FileNotFoundError):
                address_file(self.folder).unlink()
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
        while threads := self._alive():
            # Looked up each time: a connection on its way from stranger to host is in neither list.
            with self._lock:
                channels = [host.peer.channel for host in self._hosts.values()] + list(self._strangers)
            for channel in channels:
                channel.close()
            threads[0].join(LOOK)

    def __enter__(self) -> BridgeServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _alive(self) -> list[Thread]:
        with self._lock:
            return [thread for thread in self._threads if thread.is_alive()]

    def _start_thread(self, work: Callable[..., None], *arguments: Any) -> None:
        """Start a thread; the lock is held, so that none of two that start at once is forgotten."""
        thread = Thread(target=work, args=arguments, name="cuefinder-bridge", daemon=True)
        self._threads = [other for other in self._threads if other.is_alive()] + [thread]
        thread.start()

    def _accept(self) -> None:
        assert self._socket is not None
        while not self._stop.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError as error:
                if not self._stop.is_set():
                    log.warning("the bridge stopped listening: %s", error)
                return
            self._meet(SocketChannel(connection))

    def _look_for_folders(self) -> None:
        known: set[str] = set()
        while not self._stop.wait(LOOK):
            try:
                here = {path.name for path in self.mail.iterdir() if (path / "to-panel").is_dir()}
            except OSError:
                here = set()
            for name in here - known:
                if (self.mail / name).is_symlink():
                    self._refuse(f"{name} leads out of the folder for hosts")
                    continue
                try:
                    self._meet(FolderChannel(self.mail / name))
                except OSError as error:
                    self._refuse(f"{name}: {error}")
            known = here

    def _meet(self, channel: Channel) -> None:
        with self._lock:
            crowded = len(self._strangers) >= MOST_STRANGERS
            if not crowded and not self._stop.is_set():
                self._strangers.add(channel)
                self._start_thread(self._serve, channel)
                return
        self._refuse("too many connections at once")
        channel.close()

    def _serve(self, channel: Channel) -> None:
        """Let a connection in, then read from it until it ends."""
        assert self.address is not None
        try:
            hello, number = self._greet(channel, self.address)
        except (ChannelClosed, MessageError) as error:
            self._refuse(str(error))
            channel.close()
            return
        finally:
            with self._lock:
                self._strangers.discard(channel)
        host = RemoteHost(hello, channel)
        with self._lock:
            old = self._hosts.pop(hello.instance, None)
            self._hosts[hello.instance] = host
        if old is not None:
            old.peer.end("it connected again")
        try:
            channel.send(messages.write({"id": number, "result": {"protocol": messages.PROTOCOL}}))
            self._joined(host)
            log.info("%s left: %s", host.name, host.peer.run())
        except ChannelClosed as error:
            host.peer.end(str(error))
        with self._lock:
            if self._hosts.get(hello.instance) is host:
                del self._hosts[hello.instance]
        self._left(host)

    def _greet(self, channel: Channel, address: Address) -> tuple[Hello, object]:
        line = channel.receive(HELLO_DEADLINE, messages.LONGEST_HELLO)
        if line is None:
            raise ChannelClosed(f"no hello for {HELLO_DEADLINE:g} s")
        message = messages.read(line)  # what is no message, such as a browser's HTTP, gets no answer at all
        try:
            hello, token = read_hello(message)
            if not hmac.compare_digest(token.encode(), address.token.encode()):
                raise MessageError(messages.WRONG_TOKEN, "the token is not this panel's; read bridge.json again")
        except MessageError as fault:
            channel.send(messages.error(message.get("id"), fault.code, str(fault)))
            raise
        return hello, message["id"]

    def _refuse(self, reason: str) -> None:
        log.warning("a connection was not let in: %s", reason)
        self.refused = [*self.refused[-99:], reason]
