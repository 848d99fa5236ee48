"""The editors that the panel is connected to, and cues placed in them; calls may take long, `hosts` does not."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from opentimelineio.opentime import RationalTime, TimeRange

from host_bridge.errors import BridgeError
from host_bridge.host import Capability, CueOptions, Host
from host_bridge.placing import spot
from host_bridge.registry import integration
from host_bridge.times import timecode
from host_bridge.transport.server import BridgeServer
from plugin.suggest.suggester import Suggestion

FADE_OUT = 1.0
"""Seconds at the end of a cue that is cut, where the host can fade."""
MILLI = 1000


@dataclass(frozen=True, slots=True)
class HostRow:
    """A connected host as the panel lists it."""

    id: int
    title: str
    can_place: bool
    can_undo: bool


class HostService:
    """Waits for hosts and talks to them.

    Parameters
    ----------
    changed : callable
        Called from any thread when a host came or went.
    folder : pathlib.Path, optional
        Where the panel's address is written; the user's own by default.
    """

    def __init__(self, changed: Callable[[], None], folder: Path | None = None) -> None:
        self._changed = changed
        self._server = BridgeServer(self._come, self._go, folder=folder)
        self._hosts: dict[int, Host] = {}
        self._lock = threading.Lock()
        self._number = 0
        self._life = threading.Lock()
        self._started = self._closed = False

    def start(self) -> None:
        """Let hosts connect.

        Raises
        ------
        HostError
            Another panel does already, or the address cannot be written.
        """
        with self._life:
            if not self._closed:
                self._server.start()
                self._started = True

    def hosts(self) -> list[HostRow]:
        """The connected hosts, those that came last first."""
        with self._lock:
            found = list(self._hosts.items())
        return [HostRow(number, f"{host.name} {host.version}".strip(), Capability.INSERT_CUE in host.capabilities,
                        Capability.UNDO in host.capabilities) for number, host in reversed(found)]  # fmt: skip

    def connect(self, key: str) -> None:
        """Reach a host that does not connect by itself: Audacity, Ardour.

        Raises
        ------
        HostError
            It does not run, or is not set up.
        """
        host = integration(key).connect()
        with self._lock:
            same = [number for number, other in self._hosts.items() if other.name == host.name]
            old = [self._hosts.pop(number) for number in same]
        for other in old:
            other.close()
        self._come(host)

    def place(self, number: int, suggestion: Suggestion) -> str:
        """Place the best part of a suggestion under the host's selection, or at its playhead; gives where, in words.

        Raises
        ------
        BridgeError
            The host is gone, or refuses it.
        """
        host = self._host(number)
        timeline = host.timeline()
        where = spot(timeline)
        start, track = _milli(suggestion.start), suggestion.track
        left = _milli(track.duration or suggestion.end) - start
        length = min(where.length or _milli(suggestion.end) - start, left)
        fades = length < left and Capability.FADES in host.capabilities
        segment = TimeRange(RationalTime(start * MILLI, MILLI), RationalTime(length * MILLI, MILLI))
        options = CueOptions(name=track.name, fade_out=min(Fraction(FADE_OUT), length / 4) if fades else Fraction(0),
                             title=track.name, artist=track.artist or "")  # fmt: skip
        placed = host.insert_cue(track.path, segment, where.at, options)
        at = timecode(placed.record.start_time, start=timeline.global_start_time)
        return f"{track.name} lies at {at} on {placed.timeline_track} in {host.name}"

    def undo(self, number: int) -> str:
        """Take the host's last change back if it was ours; gives what was done, in words."""
        host = self._host(number)
        host.undo()
        return f"the last change was taken back in {host.name}"

    def close(self) -> None:
        """Leave all hosts."""
        with self._life:
            self._closed = True
            if self._started:
                self._server.close()
                self._started = False
        with self._lock:
            hosts = list(self._hosts.values())
            self._hosts.clear()
        for host in hosts:
            host.close()

    def _host(self, number: int) -> Host:
        with self._lock:
            host = self._hosts.get(number)
        if host is None:
            raise BridgeError("the editor is no longer connected; start it again")
        return host

    def _come(self, host: Host) -> None:
        with self._lock:
            self._number += 1
            self._hosts[self._number] = host
        self._changed()

    def _go(self, host: Host) -> None:
        with self._lock:
            self._hosts = {number: other for number, other in self._hosts.items() if other is not host}
        self._changed()


def _milli(seconds: float) -> Fraction:
    return Fraction(round(seconds * MILLI), MILLI)
