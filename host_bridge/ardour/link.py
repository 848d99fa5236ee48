"""The OSC connection to a running Ardour: questions with deadlines over loopback UDP.

Ardour answers without saying to which question. But it answers an unknown path that ends in ``/#current_value`` with
that path; so each question is put between two such echoes, with words that no one else knows, and only what comes
between them is its answer: what comes after our deadline is thrown away. The socket is connected, so that the system
drops packets of any other port.
"""

from __future__ import annotations

import secrets
import socket
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from host_bridge.ardour.osc import Message, OscError, decode, encode
from host_bridge.errors import HostError, HostGoneError, HostTimeoutError

HOST = "Ardour"
ADDRESS = ("127.0.0.1", 3819)
DEADLINE = 5.0
"""Seconds for one question."""
BIGGEST = 65_536
ROOM = 2**20
"""Bytes of packets that may wait for us."""
ADVICE = "switch on Edit > Preferences > Control Surfaces > Open Sound Control (OSC), with port 3819"
LOOK = "look whether a dialog is open in it, or its audio engine stands still"
T = TypeVar("T")


class ArdourLink:
    """Questions and commands to Ardour's OSC surface; one at a time, from any thread.

    Parameters
    ----------
    address : (str, int)
    deadline : float
        Seconds for one question.

    Attributes
    ----------
    malformed : int
        Packets that could not be read, and were dropped.
    """

    def __init__(self, address: tuple[str, int] = ADDRESS, deadline: float = DEADLINE) -> None:
        self.deadline = deadline
        self.malformed = 0
        self._lock = threading.RLock()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)  # Ardour tells a lot at once
        self._socket.connect(address)

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()

    def ask(self, address: str, *arguments: int | float | str, deadline: float | None = None) -> list[Message]:
        """Send a message, and give what Ardour says to us until it has done it.

        Raises
        ------
        HostGoneError
            Nothing listens on the port.
        HostTimeoutError
        """
        end = time.monotonic() + (self.deadline if deadline is None else deadline)
        with self._lock:
            first, last = (f"/cuefinder/{secrets.token_hex(8)}" for _ in range(2))
            self._send("/set_surface/port", 0)  # answer to the port that asked, not to 8000
            self._send(f"{first}/#current_value")
            self._send(address, *arguments)
            self._send(f"{last}/#current_value")
            self._until(first, end)
            return self._until(last, end)

    def number(self, address: str, deadline: float | None = None) -> float:
        """Ask for one number, such as ``/transport_frame``."""
        found = [m.arguments[0] for m in self.ask(address, deadline=deadline) if m.address == address and m.arguments]
        if not found or not isinstance(found[-1], (int, float)):
            raise HostError(HOST, f"it does not answer {address}; is a session open?")
        return found[-1]

    def wait(self, what: str, look: Callable[[], T | None], deadline: float | None = None) -> T:
        """Ask again until `look` gives something.

        Raises
        ------
        HostTimeoutError
            It never does; `what` is in the message.
        """
        end = time.monotonic() + (self.deadline if deadline is None else deadline)
        while (found := look()) is None:
            if time.monotonic() > end:
                raise HostTimeoutError(HOST, f"{what} did not happen in time; {LOOK}")
        return found

    def _send(self, address: str, *arguments: int | float | str) -> None:
        try:
            packet = encode(address, *arguments)
        except OscError as error:
            raise HostError(HOST, f"{address}: {error}") from error
        try:
            self._socket.send(packet)
        except ConnectionRefusedError as error:
            raise _gone() from error
        except OSError as error:
            raise HostError(HOST, f"nothing can be sent to it: {error.strerror or error}") from error

    def _until(self, echo: str, end: float) -> list[Message]:
        heard: list[Message] = []
        while True:
            for message in self._receive(end):
                if message.address in ("#reply", "/reply") and message.arguments[:1] == (echo,):
                    return heard
                heard.append(message)

    def _receive(self, end: float) -> list[Message]:
        left = end - time.monotonic()
        if left <= 0:
            raise _late()
        self._socket.settimeout(left)
        try:
            return decode(self._socket.recv(BIGGEST))
        except TimeoutError as error:
            raise _late() from error
        except ConnectionRefusedError as error:
            raise _gone() from error
        except OscError:
            self.malformed += 1
            return []
        except OSError as error:
            raise HostGoneError(HOST, f"the connection is closed: {error.strerror or error}") from error


def _late() -> HostTimeoutError:
    return HostTimeoutError(HOST, f"it did not answer in time; {LOOK}")


def _gone() -> HostGoneError:
    return HostGoneError(
        HOST, f"nothing answers on UDP port {ADDRESS[1]}: start Ardour and open a session, and {ADVICE}"
    )
