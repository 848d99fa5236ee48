"""Make OpenTimelineIO timelines from what hosts say, and list what lies where in one.

What OpenTimelineIO has no field for is in `metadata["cuefinder"]`, see `docs/host-protocol.md`:

- of the timeline: `host`, `project`, `revision`, `rate` (list of two int), `drop_frame`, `playhead`, `selection`;
- of a timeline track: `id`, `colour` (#rrggbb), `lane`, `selected` (where a host selects tracks rather than clips);
- of a clip: `id`, `selected`, `caption`, and for a cue that we placed `cue` (key, artist, title, gain, fades).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, MutableMapping
from dataclasses import dataclass
from fractions import Fraction
from os import PathLike, fspath
from pathlib import Path
from typing import Any
from urllib.parse import unquote, unquote_to_bytes, urlsplit
from urllib.request import url2pathname

import opentimelineio as otio
from opentimelineio._otio import AnyDictionary, AnyVector
from opentimelineio.opentime import RationalTime, TimeRange

from host_bridge.times import at_rate, end_of, exact_rate, make_range, seconds

NAMESPACE = "cuefinder"
AUDIO, VIDEO = otio.schema.TrackKind.Audio, otio.schema.TrackKind.Video


@dataclass(frozen=True)
class Placed:
    """A clip where it lies.

    Attributes
    ----------
    clip : opentimelineio.schema.Clip
    record : TimeRange
        Where it lies, from the timeline's first frame and at the timeline's rate.
    timeline_track : opentimelineio.schema.Track
    """

    clip: otio.schema.Clip
    record: TimeRange
    timeline_track: otio.schema.Track


class Facts(MutableMapping[str, Any]):
    """Our part of an object's metadata, live: changes are kept in the object, and the object is kept alive.

    OpenTimelineIO's own view of metadata dies with the object that it belongs to; what is read here are copies.
    """

    def __init__(self, thing: Any) -> None:
        self._thing = thing
        if not isinstance(thing.metadata.get(NAMESPACE), AnyDictionary):
            thing.metadata[NAMESPACE] = {}

    def __getitem__(self, key: str) -> Any:
        return _plain(self._thing.metadata[NAMESPACE][key])

    def __setitem__(self, key: str, value: Any) -> None:
        self._thing.metadata[NAMESPACE][key] = value

    def __delitem__(self, key: str) -> None:
        del self._thing.metadata[NAMESPACE][key]

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._thing.metadata[NAMESPACE]))

    def __len__(self) -> int:
        return len(self._thing.metadata[NAMESPACE])


def facts(thing: Any) -> Facts:
    """Our part of an object's metadata, made if it is not there."""
    return Facts(thing)


def _plain(value: Any) -> Any:
    if isinstance(value, AnyDictionary):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, AnyVector):
        return [_plain(item) for item in value]
    return value


def clip_id(clip: otio.schema.Clip) -> str:
    """The host's own name for a clip; files have none, so there it is the clip's name."""
    return str(facts(clip).get("id") or clip.name)


def make_clip(
    name: str, media: str | PathLike[str] | None, source: TimeRange, *, available: TimeRange | None = None, **known: Any
) -> otio.schema.Clip:
    """Make a clip.

    Parameters
    ----------
    name : str
    media : path or URL, optional
        None where the host does not give it: such a clip's sound must be exported.
    source : TimeRange
        Part of the media that plays: start at the media's own rate, duration at the timeline's.
    available : TimeRange, optional
        All of the media.
    **known
        Facts: `id`, `selected`, `caption`, `cue`.
    """
    reference: Any = otio.schema.MissingReference()
    if media is not None:
        reference = otio.schema.ExternalReference(target_url=to_url(media), available_range=available)
    clip = otio.schema.Clip(name=name, media_reference=reference, source_range=source)
    facts(clip).update({key: value for key, value in known.items() if value is not None})
    return clip


def make_tracks(
    name: str,
    kind: str,
    placed: Iterable[tuple[otio.schema.Clip, RationalTime]],
    *,
    id: str | None = None,
    colour: str | None = None,
) -> list[otio.schema.Track]:
    """Make a timeline track of clips with their start times; gaps are filled.

    Clips that overlap, as in DAWs, go into further tracks of the same id and name, with a `lane` from 1.

    Returns
    -------
    list of opentimelineio.schema.Track
        At least one.
    """
    lanes: list[otio.schema.Track] = []
    ends: list[Fraction] = []
    for clip, start in sorted(placed, key=lambda pair: seconds(pair[1])):
        first = seconds(start)
        lane = next((i for i, end in enumerate(ends) if end <= first), len(lanes))
        if lane == len(lanes):
            lanes.append(_track(name, kind, id, colour, lane))
            ends.append(Fraction(0))
        if first > ends[lane]:
            lanes[lane].append(otio.schema.Gap(duration=at_rate(first - ends[lane], start.rate)))
        lanes[lane].append(clip)
        ends[lane] = first + seconds(clip.duration())
    return lanes or [_track(name, kind, id, colour, 0)]


def _track(name: str, kind: str, id: str | None, colour: str | None, lane: int) -> otio.schema.Track:
    track = otio.schema.Track(name=name, kind=kind)
    found = {"id": id, "colour": colour, "lane": lane or None}
    facts(track).update({key: value for key, value in found.items() if value is not None})
    return track


def make_timeline(
    name: str,
    tracks: Iterable[otio.schema.Track],
    *,
    rate: float | Fraction,
    start: RationalTime | None = None,
    drop_frame: bool = False,
    playhead: RationalTime | None = None,
    selection: TimeRange | None = None,
    markers: Iterable[otio.schema.Marker] = (),
    **known: Any,
) -> otio.schema.Timeline:
    """Make a timeline, lowest video track first and audio tracks after them, as OpenTimelineIO has it.

    Parameters
    ----------
    rate : float or Fraction
        Frames per second, or samples in a DAW.
    start : RationalTime, optional
        Start timecode.
    playhead, selection
        From the timeline's first frame.
    **known
        Facts: `host`, `project`, `revision` (made from the content where the host has none).
    """
    exact = exact_rate(rate)
    timeline = otio.schema.Timeline(name=name, global_start_time=start)
    timeline.tracks.extend(list(tracks))
    timeline.tracks.markers.extend(list(markers))
    ours = facts(timeline)
    ours.update({"rate": [exact.numerator, exact.denominator], "drop_frame": drop_frame})
    ours.update({key: value for key, value in known.items() if value is not None})
    if playhead is not None:
        ours["playhead"] = playhead
    if selection is not None:
        ours["selection"] = selection
    if "revision" not in ours:
        ours["revision"] = revision_of(timeline)
    return timeline


def rate_of(timeline: otio.schema.Timeline) -> Fraction:
    """Frames (or samples) per second of a timeline; where it does not say, of its start timecode or first clip."""
    said = facts(timeline).get("rate")
    if said:
        return Fraction(int(said[0]), int(said[1]))
    if timeline.global_start_time is not None:
        return exact_rate(timeline.global_start_time.rate)
    durations = (clip.duration() for clip in timeline.find_clips())
    return exact_rate(next((time.rate for time in durations if time.rate > 0), 24.0))


def placed_clips(timeline: otio.schema.Timeline) -> list[Placed]:
    """Every clip with where it lies, by timeline track and time; clips inside of compound clips as well."""
    rate = rate_of(timeline)
    out = []
    for track in timeline.tracks:
        for clip, start, duration in _inside(track, Fraction(0), None):
            out.append(Placed(clip, make_range(start, duration, rate), track))
    return out


def _inside(
    composition: Any, offset: Fraction, window: tuple[Fraction, Fraction] | None
) -> Iterator[tuple[otio.schema.Clip, Fraction, Fraction]]:
    """Clips with start and duration in seconds, of what a window (start, end) of a composition shows."""
    position = Fraction(0)
    for child in composition:
        if isinstance(child, otio.schema.Transition):
            continue
        begin, end = position, position + seconds(child.duration())
        if not isinstance(composition, otio.schema.Stack):  # the children of a stack play at once
            position = end
        zero, last = window or (Fraction(0), end)
        first, last = max(begin, zero), min(end, last)
        if last <= first:
            continue
        lies = offset + first - zero
        if isinstance(child, otio.schema.Clip):
            yield child, lies, last - first
        elif isinstance(child, (otio.schema.Stack, otio.schema.Track)):
            into = first - begin + (seconds(child.source_range.start_time) if child.source_range else 0)
            yield from _inside(child, lies, (into, into + last - first))


def media_path(clip: otio.schema.Clip) -> Path | None:
    """The clip's file; None where the host gives none, or where it is not on this machine's disks."""
    reference = clip.media_reference
    url = getattr(reference, "target_url", None)
    return None if not url else to_path(url)


def to_url(media: str | PathLike[str]) -> str:
    """A path as a file URL; a URL stays as it is."""
    text = fspath(media)
    return text if "://" in text else Path(text).absolute().as_uri()


def to_path(url: str) -> Path | None:
    """The path of a file URL, or of a plain path; None for other URLs."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        host = "" if parts.netloc in ("", "localhost") else f"//{parts.netloc}"
        if os.name == "nt":
            return Path(url2pathname(host + parts.path))
        return Path(host + os.fsdecode(unquote_to_bytes(parts.path)))  # names that are no UTF-8 keep their bytes
    if "://" in url:
        return None
    return Path(unquote(url) if "%" in url and not Path(url).exists() else url)


def find_clip(timeline: otio.schema.Timeline, wanted: str) -> Placed | None:
    """The clip with this id."""
    return next((placed for placed in placed_clips(timeline) if clip_id(placed.clip) == wanted), None)


def timeline_tracks(timeline: otio.schema.Timeline) -> list[otio.schema.Track]:
    """The timeline tracks. Unlike `timeline.tracks`, which is empty once its timeline is gone, the list can be kept."""
    return list(timeline.tracks)


def markers_of(timeline: otio.schema.Timeline) -> list[otio.schema.Marker]:
    """The markers of the timeline itself."""
    return list(timeline.tracks.markers)


def track_id(track: otio.schema.Track) -> str:
    """The host's own name for a timeline track; the track's name where it has none."""
    return str(facts(track).get("id") or track.name)


def selected_clips(timeline: otio.schema.Timeline) -> list[Placed]:
    """The clips that are selected in the host."""
    return [placed for placed in placed_clips(timeline) if facts(placed.clip).get("selected")]


def cues(timeline: otio.schema.Timeline) -> list[Placed]:
    """The clips that we placed."""
    return [placed for placed in placed_clips(timeline) if facts(placed.clip).get("cue")]


def end_of_timeline(timeline: otio.schema.Timeline) -> Fraction:
    """End of the last clip in seconds."""
    return max((end_of(placed.record) for placed in placed_clips(timeline)), default=Fraction(0))


def revision_of(timeline: otio.schema.Timeline) -> str:
    """A short hash of what lies where; playhead, selection, captions and markers do not count."""
    lines = [[str(v) for v in (rate_of(timeline), timeline.global_start_time)]]
    for placed in placed_clips(timeline):
        clip, record = placed.clip, placed.record
        source = clip.trimmed_range()
        lines.append([clip_id(clip), clip.name, str(getattr(clip.media_reference, "target_url", "")),
                      placed.timeline_track.name, *(str(Fraction(t.value)) for t in (
                          source.start_time, source.duration, record.start_time, record.duration))])  # fmt: skip
    lines += [[track.name, track.kind] for track in timeline.tracks]
    return hashlib.sha256(json.dumps(lines).encode()).hexdigest()[:16]
