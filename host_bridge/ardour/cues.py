"""Where a cue goes in an Ardour session, and how Ardour is asked for it; the same for running and closed sessions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange

from host_bridge.ardour.as_timeline import as_timeline
from host_bridge.ardour.notes import Notes
from host_bridge.ardour.session import Region, Session, SessionTrack
from host_bridge.ardour.sound import Sound
from host_bridge.errors import HostError, TimelineError
from host_bridge.host import CueOptions, Placement, TrackEdit
from host_bridge.timeline import find_clip
from host_bridge.times import at_rate, end_of, seconds

COLOUR = re.compile("#[0-9a-fA-F]{6}")
OURS = "Cuefinder"
"""Name of the timeline tracks that we make."""
SLACK = Fraction(1, 10)
"""Seconds that a segment may reach beyond the file's end: lengths that decoders tell differ by so much."""


class Cue:
    """A cue in samples of a session.

    Attributes
    ----------
    at, start, length : int
        Place on the timeline, and the part of the file.
    track : SessionTrack, optional
        None where one must be made, called `new_track`.
    """

    def __init__(
        self, session: Session, notes: Notes, segment: TimeRange, at: RationalTime, options: CueOptions
    ) -> None:
        self.rate = rate = session.rate
        self.options = options
        self.name = _shown(options.name) or OURS
        self.at = int(at_rate(seconds(at), rate).value)
        self.start = int(at_rate(seconds(segment.start_time), rate).value)
        self.length = int(at_rate(end_of(segment), rate).value) - self.start
        if self.length < 1:
            raise TimelineError(options.name, "the segment is shorter than one sample")
        span = Fraction(self.at, rate), Fraction(self.at + self.length, rate)
        wanted = [t for t in session.tracks if options.timeline_track in (t.id, t.name) and t.kind == "audio"]
        ours = [
            t for t in session.tracks if t.kind == "audio" and t.regions and all(notes.cue(r.id) for r in t.regions)
        ]
        self.track: SessionTrack | None = next((t for t in (*wanted, *ours) if _free(t, *span)), None)
        self.new_track = _new_name(session)

    def fits(self, path: Path, sound: Sound | None) -> None:
        """Raise `TimelineError` where the segment lies beyond the file's end."""
        if sound is None or sound.frames is None:
            return
        length, end = Fraction(sound.frames, sound.rate), Fraction(self.start + self.length, self.rate)
        if Fraction(self.start, self.rate) >= length or end > length + SLACK:
            raise TimelineError(path, f"the segment ends at {float(end):.2f} s, but the file at {float(length):.2f} s")

    def request(self, **more: str | int) -> str:
        """What the Lua script reads."""
        options = self.options
        fades = {"fadein": options.fade_in, "fadeout": options.fade_out}
        found: dict[str, str | int] = {
            "op": "cue", "name": self.name, "newtrack": self.new_track, "at": self.at, "start": self.start,
            "length": self.length, "gain": repr(10 ** (options.gain_db / 20)),
            **{key: int(at_rate(value, self.rate).value) for key, value in fades.items()}, **more,
        }  # fmt: skip
        if self.track is not None:
            found["track"] = self.track.id
        return lines(found)

    def entry(self, session: Session) -> dict[str, object]:
        """What is noted before Ardour is asked, so that a lost answer can be found again."""
        options = self.options
        return {
            "artist": options.artist, "title": options.title, "gain": options.gain_db,
            "fades": [float(options.fade_in), float(options.fade_out)], "region": None,
            "pending": {"at": self.at, "name": self.name,
                        "before": [r.id for t in session.tracks for r in t.regions]},
        }  # fmt: skip


def _free(track: SessionTrack, start: Fraction, end: Fraction) -> bool:
    return all(r.position >= end or r.position + r.length <= start for r in track.regions)


def _new_name(session: Session) -> str:
    taken = {track.name for track in session.tracks}
    names = (OURS if n == 1 else f"{OURS} {n}" for n in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def already(session: Session, notes: Notes, key: str) -> Region | None:
    """The region that was placed by a key, even where its answer was lost."""
    entry = notes.cues.get(key)
    if entry is None:
        return None
    regions = [r for t in session.tracks for r in t.regions]
    if entry.get("region") is not None:
        return next((r for r in regions if r.id == entry["region"]), None)
    pending = entry.get("pending") or {}
    return next((r for r in regions if r.id not in pending.get("before", ()) and r.name == pending.get("name")
                 and at_rate(r.position, session.rate).value == pending.get("at")), None)  # fmt: skip


def settle(notes: Notes, key: str, region: str) -> None:
    """Note which region a cue became."""
    notes.cues[key] = {**notes.cues.get(key, {}), "region": region}
    notes.cues[key].pop("pending", None)
    notes.save()


def placement(session: Session, notes: Notes, region: str, *, created: bool = False, again: bool = False) -> Placement:
    """Where a region lies in a session.

    Raises
    ------
    HostError
        It is not there.
    """
    found = find_clip(as_timeline(session, notes, ""), region)
    if found is None:
        raise HostError("Ardour", "the cue is not in the session that Ardour saved; undo it there, and try again")
    return Placement(region, found.timeline_track.name, found.record, created, again)


def sendable(track: Path) -> Path:
    """The path, if Ardour can be told of it: its files and OSC are UTF-8."""
    try:
        str(track).encode()
    except UnicodeEncodeError as error:
        raise TimelineError(ascii(str(track)), "its name is not UTF-8, which Ardour cannot take; rename it") from error
    return track


def marker_name(marker: otio.schema.Marker) -> str:
    """A marker's name as Ardour can take it."""
    return _shown(marker.name or "") or "marker"


def _shown(name: str) -> str:
    """A name without what cannot be shown, nor be written into Ardour's files."""
    return "".join(c if c.isprintable() else " " for c in name).strip()


def edits_request(edits: list[TrackEdit]) -> str:
    """Names and colours for the Lua script, all in one request."""
    out = ""
    for edit in edits:
        found: dict[str, str | int] = {"op": "edit", "track": edit.id}
        if edit.name is not None:
            found["name"] = edit.name
        if edit.colour is not None:
            found["colour"] = int(edit.colour.lstrip("#") + "ff", 16)
        out += lines(found)
    return out


def lines(request: Mapping[str, str | int]) -> str:
    """A request as text: a line for each value, % and control characters as %XX."""

    def safe(value: object) -> str:
        return "".join(f"%{ord(c):02X}" if c == "%" or ord(c) < 32 or ord(c) == 127 else c for c in str(value))

    return "".join(f"{key} {safe(value)}\n" for key, value in request.items())


def check_edits(session: Session, edits: list[TrackEdit]) -> None:
    """Raise `HostError` for names and colours that Ardour would not take as they are."""
    names = {track.id: track.name for track in session.tracks}
    names.update({edit.id: edit.name for edit in edits if edit.name is not None})
    for edit in edits:
        if edit.name is not None:
            if not edit.name.strip() or not edit.name.isprintable() or any(c in edit.name for c in ":/"):
                raise HostError("Ardour", f"{edit.name!r} cannot be a timeline track's name: no ':' and no '/'")
            if list(names.values()).count(edit.name) > 1:
                raise HostError("Ardour", f"there would be two timeline tracks called {edit.name}; names must differ")
        if edit.colour is not None and not COLOUR.fullmatch(edit.colour):
            raise HostError("Ardour", f"{edit.colour!r} is no colour like #336699")


def unknown_clip(session: Session, clip: str) -> None:
    """Raise `HostError` where there is no region of this id."""
    if not any(region.id == clip for track in session.tracks for region in track.regions):
        raise HostError("Ardour", f"there is no clip {clip} any more; read the timeline again")
