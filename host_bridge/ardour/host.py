"""A running Ardour: its session file for reading, OSC for transport, markers and names, our Lua action for the rest."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange

from host_bridge.ardour.action import LuaAction
from host_bridge.ardour.as_timeline import as_timeline
from host_bridge.ardour.copies import export
from host_bridge.ardour.cues import (
    Cue,
    already,
    check_edits,
    edits_request,
    marker_name,
    placement,
    sendable,
    settle,
    unknown_clip,
)
from host_bridge.ardour.link import HOST, ArdourLink
from host_bridge.ardour.notes import read_notes
from host_bridge.ardour.programs import program_for, written_by
from host_bridge.ardour.session import Session, read_session
from host_bridge.ardour.sound import read_sound
from host_bridge.ardour.transport import Transport
from host_bridge.ardour.watch import stamp, watch_file
from host_bridge.ardour.xmlfile import parse
from host_bridge.errors import BridgeError, HostTimeoutError, PartialError
from host_bridge.host import Capability, CueOptions, Host, Placement, TrackEdit
from host_bridge.times import at_rate, seconds

BY_OSC = frozenset({
    Capability.PLAYHEAD, Capability.SELECTION, Capability.SEEK, Capability.MARKERS, Capability.RENAME_TRACKS,
    Capability.WATCH, Capability.ANNOTATE,
})  # fmt: skip
BY_ACTION = BY_OSC | {Capability.INSERT_CUE, Capability.FADES, Capability.GAIN, Capability.COLOUR_TRACKS}


class ArdourHost(Host):
    """A running Ardour. To read its timeline, it is asked to save the session.

    It takes nothing back from here: OSC does not tell whose change Ardour's undo would take back, and names and colours
    are no undo steps of Ardour's at all. A cue is one named ``Cuefinder: place a cue`` there.

    Parameters
    ----------
    link : ArdourLink
    session : Path
        The session file that is open.
    action : LuaAction, optional
        Ours, if it is in a slot of Ardour's: it places cues and sets colours.
    """

    name = HOST
    reading_costs = True

    def __init__(self, link: ArdourLink, session: Path, action: LuaAction | None = None) -> None:
        self.path = session
        self._link, self._action = link, action
        self._transport = Transport(link)
        self._lock = threading.RLock()
        can = BY_OSC if action is None else BY_ACTION
        self._saved()
        self.version = written_by(parse(session))
        self._program = program_for(self.version)
        self.capabilities = can | {Capability.EXPORT_RANGE} if self._program else can

    def close(self) -> None:
        """Give the connection back; Ardour goes on."""
        self._link.close()

    def timeline(self) -> otio.schema.Timeline:
        """Let Ardour save the session, and read it."""
        with self._lock:
            session = self._saved()
            playhead = int(self._link.number("/transport_frame"))
            return as_timeline(session, read_notes(self.path.parent), self.name, playhead)

    def _saved(self) -> Session:
        before = stamp(self.path)
        self._link.ask("/save_state")  # the answer comes after the file is written

        def look() -> bool | None:
            if stamp(self.path) not in (before, None):
                return True
            self._link.ask("/transport_frame")
            return None

        try:
            self._link.wait(f"saving {self.path.name}", look)
        except HostTimeoutError as error:
            raise HostTimeoutError(HOST, f"{error.reason}; if another session was opened, connect again") from error
        return read_session(self.path)

    def _insert_cue(self, track: Path, segment: TimeRange, at: RationalTime, options: CueOptions) -> Placement:
        assert self._action is not None  # the capabilities say so
        with self._lock:
            session, notes = self._saved(), read_notes(self.path.parent)
            if (there := already(session, notes, options.key)) is not None:
                settle(notes, options.key, there.id)
                return placement(session, notes, there.id, again=True)
            cue, sound = Cue(session, notes, segment, at, options), read_sound(sendable(track))
            cue.fits(track, sound)
            known = next((r.id for r in session.whole if r.media == track), None)
            in_place = sound is not None and sound.rate == session.rate
            more = {"file": str(track), "mode": "embed" if in_place else "import"}
            if known is not None:
                more["region"] = known
            notes.cues[options.key] = cue.entry(session)
            notes.save()
            region = self._action.ask(cue.request(**more)).split()[0]
            placed = placement(self._saved(), notes, region, created=cue.track is None)
            settle(notes, options.key, region)
            return placed

    def _add_markers(self, markers: Sequence[otio.schema.Marker]) -> None:
        with self._lock:
            rate = self._saved().rate
            places = [(marker_name(m), int(at_rate(seconds(m.marked_range.start_time), rate).value)) for m in markers]
            done: list[str] = []
            with self._transport.stopped():
                for name, place in places:
                    try:
                        self._transport.locate(place, still=True)
                        self._link.ask("/add_marker", name)
                    except BridgeError as error:
                        if not done:
                            raise
                        raise PartialError(HOST, done, [n for n, _ in places[len(done) :]], str(error)) from error
                    done.append(name)
            there = {(x.name, int(at_rate(x.start, rate).value)) for x in self._saved().locations}
            if lost := [name for name, place in places if (name, place) not in there]:
                raise PartialError(HOST, [n for n in done if n not in lost], lost, "Ardour did not add all markers")

    def _edit_tracks(self, edits: Sequence[TrackEdit]) -> None:
        with self._lock:
            session = self._saved()
            check_edits(session, list(edits))
            if self._action is not None:
                self._action.ask(edits_request(list(edits)))
                return
            names, strips = {t.id: t.name for t in session.tracks}, self._transport.strips()
            done: list[str] = []
            for edit in edits:
                strip = strips.get(names[edit.id])
                if edit.name is None or strip is None:
                    reason = f"{names[edit.id]} is hidden in Ardour, where OSC cannot reach it"
                    raise PartialError(HOST, done, [e.name or e.id for e in edits[len(done) :]], reason)
                self._link.ask("/strip/name", strip, edit.name)
                done.append(edit.name)
            found = {t.id: t.name for t in self._saved().tracks}
            wrong = [e.name for e in edits if e.name is not None and found.get(e.id) != e.name]
            if wrong:
                raise PartialError(HOST, [n for n in done if n not in wrong], wrong, "Ardour did not take all names")

    def _annotate(self, clip: str, caption: str) -> None:
        with self._lock:
            unknown_clip(self._saved(), clip)
            notes = read_notes(self.path.parent)
            notes.captions[clip] = caption
            notes.save()

    def _export_range(self, span: TimeRange, out: Path, timeline_track: str | None) -> Path:
        assert self._program is not None  # the capabilities say so
        with self._lock:
            return export(self._program, self._saved(), span, out, timeline_track)

    def _seek(self, to: RationalTime) -> None:
        with self._lock:
            rate = read_session(self.path).rate
            self._transport.locate(int(at_rate(seconds(to), rate).value))

    def _watch(self, callback: Callable[[], None]) -> AbstractContextManager[None]:
        return watch_file(self.path, callback)
