"""The edits of a timeline that a file's document can make too: what `Editing` did, in order."""

from __future__ import annotations

from dataclasses import dataclass

import opentimelineio as otio
from opentimelineio.opentime import TimeRange

from host_bridge.host import TrackEdit
from host_bridge.timeline import AUDIO


@dataclass(frozen=True)
class NewTrack:
    """A timeline track was added after all others of its kind."""

    id: str
    name: str
    kind: str = AUDIO


@dataclass(frozen=True)
class NewClip:
    """A clip was put into free room; `record` is at the timeline's rate and from its first frame."""

    timeline_track: str
    clip: otio.schema.Clip
    record: TimeRange


@dataclass(frozen=True)
class NewMarker:
    """A marker was added to the timeline."""

    marker: otio.schema.Marker


@dataclass(frozen=True)
class NewCaption:
    """A clip got a caption."""

    clip: str
    caption: str


Edit = NewTrack | NewClip | NewMarker | NewCaption | TrackEdit
