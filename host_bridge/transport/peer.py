"""One side of a conversation: requests with deadlines, replies matched by id, late ones thrown away."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from threading import Lock
from typing import Any

from host_bridge.errors import HostError, HostGoneError, HostTimeoutError
from host_bridge.transport import messages
from host_bridge.transport.channel import Channel, ChannelClosed
from host_bridge.transport.messages import MessageError

BURST = 3.0
"""Seconds' worth of messages that may come at once."""
REMEMBERED = 1000
"""Requests given up whose replies are still told from strays."""
MOST_FAULTS = 20
"""Lines that are no messages after which a peer is left."""


class RemoteError(HostError):
    """The other side answered with an error: its `code` and `data`."""

    def __init__(self, host: str, code: int, reason: str, data: object = None) -> None:
        super().__init__(host, reason)
        self.code, self.data = code, data


class Peer:
    """A conversation over a channel; `run` reads until it ends, on a thread of its own.

    Parameters
    ----------
    channel : Channel
    name : str
        The other side's, for errors.
    heard : callable
        Takes method and params of notifications, on the reading thread.

    Attributes
    ----------
    late, strays, faults : int
        Replies that came after their deadline, replies to nothing we asked, and lines that are no messages.
    """

    def __init__(self, channel: Channel, name: str, heard: Callable[[str, dict[str, Any]], None]) -> None:
        self.channel, self.name, self._heard = channel, name, heard
        self.late = self.strays = self.faults = 0
        self._next, self._lock = 1, Lock()
        self._waiting: dict[object, Future[Any]] = {}
        self._given_up: OrderedDict[object, None] = OrderedDict()
        self._ended: str | None = None
        self._credit, self._counted = messages.MOST_PER_SECOND * BURST, time.monotonic()

    def request(self, method: str, params: dict[str, Any] | None = None, *, timeout: float) -> Any:
        """Ask, and wait for the answer.

        Parameters
        ----------
        timeout : float
            Seconds; an answer that comes later is thrown away.

        Raises
        ------
        HostGoneError, HostTimeoutError, RemoteError
        """
        answer: Future[Any] = Future()
        with self._lock:
            if self._ended is not None:
                raise HostGoneError(self.name, f"it is no longer connected ({self._ended})")
            number, self._next = self._next, self._next + 1
            self._waiting[number] = answer
        try:
            self.channel.expect(timeout)
            self.channel.send(messages.write({"id": number, "method": method, "params": params or {}}))
            return answer.result(timeout)
        except ChannelClosed as error:
            raise HostGoneError(self.name, f"the connection broke ({error})") from error
        except FutureTimeout:
            raise HostTimeoutError(
                self.name, f"no answer to {method} for {timeout:g} s; is a dialog open in it?"
            ) from None
        finally:
            with self._lock:
                if self._waiting.pop(number, None) is not None and not answer.done():
                    self._given_up[number] = None
                    while len(self._given_up) > REMEMBERED:
                        self._given_up.popitem(last=False)

    def notify(self, method: str, params: dict[str, Any] | None = None) -> None:
        """Tell without waiting for an answer."""
        try:
            self.channel.send(messages.write({"method": method, "params": params or {}}))
        except ChannelClosed as error:
            raise HostGoneError(self.name, f"the connection broke ({error})") from error

    def run(self) -> str:
        """Read until the conversation ends; gives the reason. Requests that wait fail with it."""
        try:
            while True:
                line = self.channel.receive(None)
                if line is not None and line.strip():
                    self._take(line)
        except ChannelClosed as error:
            reason = str(error)
        self.end(reason)
        return reason

    def end(self, reason: str) -> None:
        """End it now."""
        with self._lock:
            self._ended = self._ended or reason
            waiting = list(self._waiting.values())
        self.channel.close()
        for answer in waiting:
            with suppress(InvalidStateError):
                answer.set_exception(
                    HostGoneError(self.name, f"it ended the conversation ({reason}); see if it still runs")
                )

    def _take(self, line: bytes) -> None:
        now = time.monotonic()
        most = messages.MOST_PER_SECOND
        self._credit = min(most * BURST, self._credit + (now - self._counted) * most) - 1
        self._counted = now
        if self._credit < 0:
            self._say(messages.error(None, messages.TOO_MUCH, f"more than {most:.0f} messages a second"))
            raise ChannelClosed(f"it sent more than {most:.0f} messages a second")
        try:
            message = messages.read(line)
        except MessageError as fault:
            self.faults += 1
            if self.faults > MOST_FAULTS:
                raise ChannelClosed("it sent too many lines that are no messages") from fault
            self._say(messages.error(None, fault.code, str(fault)))
            return
        if "method" in message:
            self._asked(message)
            return
        with self._lock:
            answer = self._waiting.get(message["id"])
            late = answer is None and message["id"] in self._given_up
            self._given_up.pop(message["id"], None)
        if answer is None:
            self.late += late
            self.strays += not late
            return
        with suppress(InvalidStateError):  # answered twice, or ended from another thread in this moment
            if "error" in message:
                said = message["error"]
                answer.set_exception(RemoteError(self.name, said["code"], said["message"], said.get("data")))
            else:
                answer.set_result(message["result"])

    def _asked(self, message: dict[str, Any]) -> None:
        if message["method"] == "ping" and "id" in message:
            self._say(messages.write({"id": message["id"], "result": "pong"}))
        elif "id" in message:
            self._say(messages.error(message["id"], messages.NO_METHOD, f"no method {message['method'][:100]}"))
        else:
            self._heard(message["method"], message["params"])

    def _say(self, line: bytes) -> None:
        # A peer that cannot be written to is found gone by the next read.
        with suppress(ChannelClosed):
            self.channel.send(line)
