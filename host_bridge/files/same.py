"""Compare what was to be written with what came back: `missing`."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import opentimelineio as otio

from host_bridge.files.edits import Edit, NewClip, NewMarker
from host_bridge.files.xmldoc import clean
from host_bridge.timeline import Placed, clip_id, media_path, placed_clips, rate_of
from host_bridge.times import seconds


def missing(wanted: otio.schema.Timeline, found: otio.schema.Timeline, edits: Sequence[Edit]) -> str | None:
    """The first thing that is not where it should be, in words; None if all is there.

    All clips must be there once, with their names and at their places; new ones must play the same part of the same
    media too, and new markers must be at their places.
    """
    near = Fraction(1, 2) / rate_of(wanted)
    new = {str(clip_id(edit.clip)) for edit in edits if isinstance(edit, NewClip)}
    there = placed_clips(found)
    left = list(there)
    for one in placed_clips(wanted):
        ours = clip_id(one.clip) in new
        match = next((o for o in left if _same(one, o, near) and (not ours or _plays(one, o, near))), None)
        if match is None:
            return f"the {'cue' if ours else 'clip'} {one.clip.name!r}"
        left.remove(match)
    if left:
        return f"{left[0].clip.name!r} is there twice: the timeline"
    marks = [(_plain(m.name), seconds(m.marked_range.start_time)) for m in found.tracks.markers]
    for edit in edits:
        if isinstance(edit, NewMarker):
            name, at = _plain(edit.marker.name), seconds(edit.marker.marked_range.start_time)
            if not any(name == other and abs(at - there) <= near for other, there in marks):
                return f"the marker {edit.marker.name!r}"
    return None


def _same(one: Placed, other: Placed, near: Fraction) -> bool:
    return _plain(one.clip.name) == _plain(other.clip.name) and all(
        abs(seconds(a) - seconds(b)) <= near
        for a, b in ((one.record.start_time, other.record.start_time), (one.record.duration, other.record.duration))
    )


def _plays(one: Placed, other: Placed, near: Fraction) -> bool:
    starts = seconds(one.clip.source_range.start_time) - seconds(other.clip.source_range.start_time)
    return media_path(one.clip) == media_path(other.clip) and abs(starts) <= near


def _plain(name: str) -> str:
    """A name without what formats may lose: spaces, and characters that XML cannot have."""
    return "".join(clean(name).split())
