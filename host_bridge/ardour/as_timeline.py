"""An Ardour session as an OpenTimelineIO timeline, with what we keep beside it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange

from host_bridge.ardour.notes import Notes
from host_bridge.ardour.session import Location, Region, Session, SessionTrack
from host_bridge.timeline import AUDIO, facts, make_clip, make_timeline, make_tracks
from host_bridge.times import at_rate, make_range


def as_timeline(session: Session, notes: Notes, host: str, playhead: int | None = None) -> otio.schema.Timeline:
    """Make the timeline; its rate is the session's sample rate.

    Parameters
    ----------
    playhead : int, optional
        Samples from the start.
    """
    whole = {region.media: region.length for region in session.whole if region.media}
    rows = []
    for track in session.tracks:
        rows += _rows(track, session.rate, whole, notes)
    return make_timeline(
        session.name, rows, rate=session.rate, host=host, project=str(session.path),
        start=RationalTime(session.offset, session.rate) if session.offset else None,
        playhead=None if playhead is None else RationalTime(playhead, session.rate),
        markers=[_marker(location, session.rate) for location in session.locations],
    )  # fmt: skip


def _rows(track: SessionTrack, rate: int, whole: dict[Path, Fraction], notes: Notes) -> list[otio.schema.Track]:
    placed = [(_clip(region, rate, whole, notes), at_rate(region.position, rate)) for region in track.regions
              if at_rate(region.length, rate).value >= 1]  # fmt: skip
    rows = make_tracks(track.name, AUDIO, placed, id=track.id, colour=track.colour)
    if track.selected:
        for row in rows:
            facts(row)["selected"] = True
    return rows


def _clip(region: Region, rate: int, whole: dict[Path, Fraction], notes: Notes) -> otio.schema.Clip:
    record = make_range(region.position, region.length, rate)
    source = TimeRange(at_rate(region.start, rate), record.duration)
    length = whole.get(region.media) if region.media else None
    available = None if length is None else make_range(Fraction(0), length, rate)
    cue, caption = notes.cue(region.id), notes.captions.get(region.id)
    clip = make_clip(region.name, region.media, source, available=available, id=region.id, caption=caption, cue=cue)
    clip.enabled = not region.muted
    return clip


def _marker(location: Location, rate: int) -> otio.schema.Marker:
    span = make_range(location.start, location.end - location.start, rate)
    return otio.schema.Marker(name=location.name, marked_range=span)
