"""The OpenTimelineIO timeline of a project."""

from __future__ import annotations

import logging
from fractions import Fraction

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange

from host_bridge.audacity.notes import caption_of, cue_of, is_marker
from host_bridge.audacity.paths import NAME
from host_bridge.audacity.project import ClipInfo, ProjectInfo, TrackInfo
from host_bridge.audacity.session import Cursor
from host_bridge.timeline import AUDIO, make_clip, make_timeline, make_tracks
from host_bridge.times import at_rate, make_range

log = logging.getLogger(__name__)


def as_timeline(project: ProjectInfo, cursor: Cursor | None, rate: int) -> otio.schema.Timeline:
    """Make the timeline; its rate is the project's sample rate, in Hz.

    Clips have no media: Audacity does not tell where a sound came from.
    """
    tracks = [lane for track in project.waves for lane in _lanes(project, track, cursor, rate)]
    span = make_range(cursor.start, cursor.end - cursor.start, rate) if cursor else None
    return make_timeline(
        cursor.project if cursor else "", tracks, rate=rate,
        playhead=at_rate(cursor.start, rate) if cursor else None,
        selection=span if span is not None and span.duration.value > 0 else None,
        markers=[otio.schema.Marker(name=x.text, marked_range=make_range(x.start, x.end - x.start, rate))
                 for x in project.labels if is_marker(x) and x.start >= 0],
        host=NAME, project=cursor.project if cursor else None, revision=project.revision(),
    )  # fmt: skip


def record_of(clip: ClipInfo, rate: int) -> TimeRange:
    """Where a clip lies, from the project's zero; what lies before it does not count."""
    start = max(clip.start, Fraction(0))
    return make_range(start, clip.end - start, rate)


def _lanes(project: ProjectInfo, track: TrackInfo, cursor: Cursor | None, rate: int) -> list[otio.schema.Track]:
    placed = []
    for clip in project.clips_of(track.index):
        record = record_of(clip, rate)
        if record.duration.value <= 0:
            log.warning("%s: a clip on %r ends before the project's zero and is left out", NAME, track.name)
            continue
        source = TimeRange(at_rate(max(-clip.start, Fraction(0)), rate), record.duration)
        made = make_clip(track.name, None, source, id=project.clip_id(clip), caption=caption_of(project, clip),
                         cue=cue_of(project, clip), selected=_selected(track, clip, cursor) or None)  # fmt: skip
        placed.append((made, RationalTime(record.start_time.value, record.start_time.rate)))
    return make_tracks(track.name, AUDIO, placed, id=track.id)


def _selected(track: TrackInfo, clip: ClipInfo, cursor: Cursor | None) -> bool:
    if not track.selected or cursor is None:
        return False
    if cursor.start == cursor.end:
        return clip.start <= cursor.start < clip.end
    return clip.start < cursor.end and cursor.start < clip.end
