"""A host whose script connected to us: its side of the protocol is in `docs/host-protocol.md`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange

from host_bridge.errors import HostError, PartialError, StaleTimelineError, UnsupportedError
from host_bridge.host import STEP, CueOptions, Host, Placement, TrackEdit, taken_back
from host_bridge.timeline import rate_of
from host_bridge.times import at_rate, seconds
from host_bridge.transport import messages
from host_bridge.transport.channel import Channel
from host_bridge.transport.hello import Hello
from host_bridge.transport.peer import Peer, RemoteError
from host_bridge.wire import WireError, cue_out, edits_out, markers_out, placement_in, timeline_in

DEADLINE = 10.0
"""Seconds in which a host must answer: it works on its main thread between redraws."""
EXPORT_DEADLINE = 300.0


class RemoteHost(Host):
    """A program that speaks the host protocol.

    Parameters
    ----------
    hello : Hello
        Who it said it is.
    channel : Channel
        The connection.

    Attributes
    ----------
    peer : Peer
        The conversation; somebody must `run` it.
    """

    def __init__(self, hello: Hello, channel: Channel, *, deadline: float = DEADLINE) -> None:
        self.name, self.version, self.capabilities = hello.host, hello.version, hello.capabilities
        self.instance = hello.instance
        self.peer = Peer(channel, hello.host, self._heard)
        self.deadline = deadline
        self._watchers: list[Callable[[], None]] = []
        self._lock = Lock()

    def timeline(self) -> otio.schema.Timeline:
        """Ask for the timeline."""
        value = self._ask("timeline")
        try:
            return timeline_in(value, self.name)
        except WireError as error:
            raise self._unreadable("timeline", error) from error

    def close(self) -> None:
        """End the connection."""
        self.peer.end("the panel closed it")

    def _ask(self, method: str, params: dict[str, Any] | None = None, *, timeout: float | None = None) -> Any:
        """Ask, with the host's errors turned into ours."""
        try:
            return self.peer.request(method, params, timeout=timeout or self.deadline)
        except RemoteError as error:
            if error.code == messages.STALE:
                raise StaleTimelineError(self.name, error.reason) from error
            if error.code == messages.NOTHING_TO_UNDO:
                raise taken_back(self.name) from error
            if error.code == messages.NO_METHOD:
                raise UnsupportedError(self.name, error.reason) from error
            if error.code == messages.PARTIAL and isinstance(error.data, dict):
                done, undone = (list(map(str, error.data.get(name) or [])) for name in ("done", "undone"))
                raise PartialError(self.name, done, undone, error.reason) from error
            raise HostError(self.name, error.reason) from error

    def _unreadable(self, what: str, error: WireError) -> HostError:
        return HostError(self.name, f"its answer to {what} cannot be read: {error}; is its script of this version?")

    def _insert_cue(self, track: Path, segment: TimeRange, at: RationalTime, options: CueOptions) -> Placement:
        rate = rate_of(self.timeline())
        params = cue_out(str(track), segment, at, options, rate) | {"step": f"{STEP}place {options.name}"}
        answer = self._ask("insert_cue", params)
        try:
            return placement_in(answer, rate)
        except WireError as error:
            raise self._unreadable("insert_cue", error) from error

    def _look_again(self, revision: str) -> None:
        """Leave it to the host, which compares the revision in the very step that changes the timeline."""

    def _add_markers(self, markers: Sequence[otio.schema.Marker]) -> None:
        rate = rate_of(self.timeline())
        self._ask("add_markers", {"markers": markers_out(markers, rate), "step": f"{STEP}add markers"})

    def _annotate(self, clip: str, caption: str) -> None:
        self._ask("annotate", {"clip": clip, "caption": caption, "step": f"{STEP}caption"})

    def _edit_tracks(self, edits: Sequence[TrackEdit]) -> None:
        self._ask("edit_tracks", {"edits": edits_out(edits), "step": f"{STEP}name timeline tracks"})

    def _export_range(self, span: TimeRange, out: Path, timeline_track: str | None) -> Path:
        rate = rate_of(self.timeline())
        first = at_rate(seconds(span.start_time), rate)
        last = at_rate(seconds(span.start_time) + seconds(span.duration), rate)
        params = {"start": int(first.value), "duration": int((last - first).value), "path": str(out)}
        self._ask("export_range", params | {"timeline_track": timeline_track}, timeout=EXPORT_DEADLINE)
        if not out.is_file():
            raise HostError(self.name, f"it says that it exported to {out}, but there is no such file")
        return out

    def _seek(self, to: RationalTime) -> None:
        self._ask("seek", {"to": int(at_rate(seconds(to), rate_of(self.timeline())).value)})

    def _undo(self) -> None:
        self._ask("undo")

    def _watch(self, callback: Callable[[], None]) -> AbstractContextManager[None]:
        return self._watching(callback)

    @contextmanager
    def _watching(self, callback: Callable[[], None]) -> Iterator[None]:
        with self._lock:
            self._watchers.append(callback)
        try:
            yield
        finally:
            with self._lock:
                self._watchers.remove(callback)

    def _heard(self, method: str, params: dict[str, Any]) -> None:
        if method != "changed":
            return
        with self._lock:
            watchers = list(self._watchers)
        for callback in watchers:
            callback()
