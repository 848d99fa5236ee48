"""Ardour's transport and strips by OSC. The transport does what it is told a little later: each step is waited for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from host_bridge.ardour.link import HOST, ArdourLink
from host_bridge.errors import BridgeError, HostError

KEEP = 0
"""Second argument of /locate: go on rolling, or go on standing."""
PATIENCE = 0.5
"""Seconds until it is told again where to go."""
STRIPS = 0b11111
"""Audio and MIDI tracks and buses, VCAs: what is counted as strips."""


class Transport:
    """Playhead and strips of a running Ardour."""

    def __init__(self, link: ArdourLink) -> None:
        self._link = link

    def locate(self, sample: int, *, still: bool = False) -> None:
        """Set the playhead, and wait until it is there; where it rolls, until it rolls from there.

        Parameters
        ----------
        still : bool
            It must stand there. One that is told where to go while it still fades out may roll again: it is stopped
            once more.

        Raises
        ------
        HostTimeoutError
            It does not get there.
        """
        before, tell = self._link.number("/transport_frame"), self._repeated("/locate", sample, KEEP)

        def there() -> bool | None:
            rolling = self._rolling()
            if rolling and still:
                self._link.ask("/transport_stop")
                return None
            now = self._link.number("/transport_frame")
            if now == sample or (rolling and now > sample and now - sample < abs(now - before)):
                return True
            tell()
            return None

        self._link.wait(f"going to sample {sample}", there)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop the transport; at the exit the playhead goes back, and it rolls again if it did.

        Raises
        ------
        HostError
            It is recording, which must not be stopped.
        """
        rolling = self._rolling()
        if rolling and self._link.number("/record_enabled"):
            raise HostError(HOST, "it is recording; stop the recording first")
        if rolling:
            self._until(rolling=False)
        place = int(self._link.number("/transport_frame"))
        try:
            yield
        except BridgeError:
            with suppress(BridgeError):  # the first error is the one to tell
                self._restore(place, rolling)
            raise
        self._restore(place, rolling)

    def strips(self) -> dict[str, int]:
        """Numbers of the strips by name."""
        self._link.ask("/set_surface", 0, STRIPS, 0, 0, 0, 0)
        found = {}
        for message in self._link.ask("/strip/list"):
            said = message.arguments
            if message.address in ("#reply", "/reply") and len(said) >= 7 and isinstance(said[6], int):
                found[str(said[1])] = said[6]
        return found

    def _restore(self, place: int, rolling: bool) -> None:
        self.locate(place, still=True)
        if rolling:
            self._until(rolling=True)

    def _until(self, *, rolling: bool) -> None:
        tell = self._repeated("/transport_play" if rolling else "/transport_stop")

        def done() -> bool | None:
            if self._rolling() == rolling:
                return True
            tell()
            return None

        self._link.wait("rolling again" if rolling else "stopping", done)

    def _repeated(self, address: str, *arguments: int) -> Callable[[], None]:
        """Send a message, but only now and then: the transport forgets what it is told while it fades out or seeks."""
        again = 0.0

        def tell() -> None:
            nonlocal again
            if time.monotonic() > again:
                self._link.ask(address, *arguments)
                again = time.monotonic() + PATIENCE

        return tell

    def _rolling(self) -> bool:
        return self._link.number("/transport_speed") != 0
