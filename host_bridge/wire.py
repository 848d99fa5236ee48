"""Timelines and edits as they travel: plain JSON that a script without OpenTimelineIO can make and read.

Frames are whole numbers at the timeline's rate (samples in a DAW). See `docs/host-protocol.md`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange

from host_bridge.host import CueOptions, Placement, TrackEdit
from host_bridge.timeline import AUDIO, VIDEO, make_clip, make_timeline, make_tracks
from host_bridge.times import at_rate, exact_rate, seconds

KINDS = {"audio": AUDIO, "video": VIDEO}
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
FURTHEST = 2**53
"""Largest whole number that every language of host scripts keeps exact."""


class WireError(ValueError):
    """A value is not what the protocol says, with the place in the message."""


def _of(place: str, value: Any, kind: type | tuple[type, ...], what: str) -> Any:
    if not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool):
        raise WireError(f"{place} must be {what}")
    return value


def text(fields: Mapping[str, Any], name: str, place: str, default: str | None = None) -> str:
    """A text; `default` stands for one that is missing or null. What is no Unicode becomes a question mark."""
    value = fields.get(name)
    if value is None and default is not None:
        return default
    return str(_of(f"{place}.{name}", value, str, "a text")).encode("utf-8", "replace").decode()


def whole(value: Any, place: str, least: int = -FURTHEST) -> int:
    """A whole number."""
    found = int(_of(place, value, int, "a whole number"))
    if not least <= found <= FURTHEST:
        raise WireError(f"{place} must be from {least} to {FURTHEST}")
    return found


def rate_in(value: Any, place: str) -> Fraction:
    """A rate: two whole numbers, [24000, 1001]."""
    pair = _of(place, value, list, "two whole numbers")
    if len(pair) != 2:
        raise WireError(f"{place} must be two whole numbers")
    return Fraction(whole(pair[0], place, 1), whole(pair[1], place, 1))


def objects(fields: Mapping[str, Any], name: str, place: str) -> list[tuple[str, dict[str, Any]]]:
    """The objects of a list, each with its place; an absent one is empty, as is {}, which Lua cannot tell from []."""
    found = _of(f"{place}.{name}", fields.get(name) or [], list, "a list")
    return [
        (f"{place}.{name}[{i}]", _of(f"{place}.{name}[{i}]", item, dict, "an object")) for i, item in enumerate(found)
    ]


def colour(fields: Mapping[str, Any], place: str) -> str | None:
    """A colour #rrggbb, or None."""
    value = fields.get("colour")
    if value is not None and not (isinstance(value, str) and COLOUR.fullmatch(value)):
        raise WireError(f"{place}.colour must be #rrggbb")
    return value


def timeline_in(value: Any, host: str) -> otio.schema.Timeline:
    """The timeline that a host sent.

    Raises
    ------
    WireError
    """
    fields = _of("timeline", value, dict, "an object")
    rate = rate_in(fields.get("rate"), "timeline.rate")
    tracks = []
    for place, track in objects(fields, "tracks", "timeline"):
        kind = KINDS.get(text(track, "kind", place))
        if kind is None:
            raise WireError(f"{place}.kind must be audio or video")
        placed = [_clip_in(clip, where, rate) for where, clip in objects(track, "clips", place)]
        name, known = text(track, "name", place, ""), {"id": text(track, "id", place), "colour": colour(track, place)}
        tracks += make_tracks(name, kind, placed, **known)
    start = whole(fields.get("start", 0), "timeline.start", 0)
    selection = fields.get("selection")
    if selection is not None:
        _of("timeline.selection", selection, list, "two whole numbers")
        if len(selection) != 2:
            raise WireError("timeline.selection must be two whole numbers")
        selection = _range(
            whole(selection[0], "timeline.selection"), whole(selection[1], "timeline.selection", 0), rate
        )
    playhead = fields.get("playhead")
    return make_timeline(
        text(fields, "name", "timeline", ""), tracks, rate=rate, start=RationalTime(start, float(rate)),
        drop_frame=bool(fields.get("drop_frame", False)), host=host, project=fields.get("project") and text(
            fields, "project", "timeline"), revision=text(fields, "revision", "timeline"),
        playhead=None if playhead is None else RationalTime(whole(playhead, "timeline.playhead"), float(rate)),
        selection=selection,
        markers=[_marker_in(marker, where, rate) for where, marker in objects(fields, "markers", "timeline")],
    )  # fmt: skip


def _range(start: int, duration: int, rate: Fraction) -> TimeRange:
    return TimeRange(RationalTime(start, float(rate)), RationalTime(duration, float(rate)))


def _clip_in(fields: dict[str, Any], place: str, rate: Fraction) -> tuple[otio.schema.Clip, RationalTime]:
    source = fields.get("source")
    begin = RationalTime(0, float(rate))
    if source is not None:
        if not isinstance(source, list) or len(source) != 3:
            raise WireError(f"{place}.source must be three whole numbers")
        begin = RationalTime(whole(source[0], f"{place}.source"), float(rate_in(source[1:], f"{place}.source")))
    duration = RationalTime(whole(fields.get("duration"), f"{place}.duration", 1), float(rate))
    cue = fields.get("cue")
    if cue is not None:
        _of(f"{place}.cue", cue, dict, "an object")
        cue = {name: text(cue, name, f"{place}.cue", "") for name in ("key", "title", "artist")}
    media = fields.get("media")
    if media is not None:
        # As it came: a file name that is no Unicode is escaped in the URL.
        _of(f"{place}.media", media, str, "a text")
        if not Path(media).is_absolute() and "://" not in media:
            raise WireError(f"{place}.media must be an absolute path")
    clip = make_clip(
        text(fields, "name", place, ""), media, TimeRange(begin, duration),
        id=text(fields, "id", place), selected=bool(fields.get("selected")) or None, cue=cue or None,
        caption=fields.get("caption") and text(fields, "caption", place),
    )  # fmt: skip
    clip.enabled = fields.get("enabled") is not False
    return clip, RationalTime(whole(fields.get("start"), f"{place}.start", 0), float(rate))


def _marker_in(fields: dict[str, Any], place: str, rate: Fraction) -> otio.schema.Marker:
    span = _range(
        whole(fields.get("start"), f"{place}.start"), whole(fields.get("duration", 0), f"{place}.duration", 0), rate
    )
    marker = otio.schema.Marker(name=text(fields, "name", place, ""), marked_range=span)
    marker.comment = text(fields, "comment", place, "")
    return marker


def cue_out(track: str, segment: TimeRange, at: RationalTime, options: CueOptions, rate: Fraction) -> dict[str, Any]:
    """A cue to place, in frames; it never reads past the segment's end."""
    exact = exact_rate(segment.start_time.rate)
    return {
        "path": track, "name": options.name, "key": options.key, "start": int(at_rate(seconds(at), rate).value),
        "duration": max(1, int(at_rate(seconds(segment.duration), rate, "down").value)),
        "source": [int(segment.start_time.value), exact.numerator, exact.denominator],
        "fade_in": int(at_rate(options.fade_in, rate).value), "fade_out": int(at_rate(options.fade_out, rate).value),
        "gain_db": float(options.gain_db), "timeline_track": options.timeline_track, "revision": options.revision,
        "title": options.title, "artist": options.artist,
    }  # fmt: skip


def placement_in(value: Any, rate: Fraction) -> Placement:
    """Where a host says that it placed a cue; WireError for anything else."""
    fields = _of("placement", value, dict, "an object")
    span = _range(
        whole(fields.get("start"), "placement.start", 0), whole(fields.get("duration"), "placement.duration", 1), rate
    )
    return Placement(text(fields, "clip", "placement"), text(fields, "timeline_track", "placement"), span,
                     bool(fields.get("created")), bool(fields.get("already")))  # fmt: skip


def markers_out(markers: Sequence[otio.schema.Marker], rate: Fraction) -> list[dict[str, Any]]:
    """Markers in frames."""
    return [{"name": m.name, "comment": m.comment or "", "colour": str(m.color or "").lower() or None,
             "start": int(at_rate(seconds(m.marked_range.start_time), rate).value),
             "duration": int(at_rate(seconds(m.marked_range.duration), rate).value)} for m in markers]  # fmt: skip


def edits_out(edits: Sequence[TrackEdit]) -> list[dict[str, Any]]:
    """Edits of timeline tracks."""
    return [asdict(edit) for edit in edits]
