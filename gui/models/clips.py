"""The clips of a timeline as plain values that outlive it, made where waiting is allowed: `read_timeline`."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
from opentimelineio.opentime import TimeRange

from host_bridge.host import Capability, Host
from host_bridge.timeline import VIDEO, clip_id, facts, media_path, placed_clips, track_id
from host_bridge.times import seconds, timecode
from plugin.cli.support.clips import source_range
from plugin.errors import printable
from plugin.library.records import Stamp
from plugin.paths import data_dir

MILLI = 1000

MediaRange = tuple[Path, int, int]
"""A file and a part of it, in milliseconds: what captions and pictures are kept by."""


@dataclass(frozen=True, slots=True)
class ClipRef:
    """A clip to ask music for: a part of a media file, in seconds, and what it is called."""

    path: Path
    start: float
    end: float
    name: str

    @property
    def length(self) -> float:
        """Seconds."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip where it lies.

    Attributes
    ----------
    key : str
        Tells it from all others of its timeline.
    id : str
        The host's own name for it.
    path : Path or None
        Its media; None where the host gives none.
    missing : str
        Why its media cannot be read now; empty where it can.
    stamp : Stamp or None
        Of the media, where it is there.
    exported : bool
        The host does not say which file it plays: its sound is that of a file that the host exports when it is wanted.
    timeline_track, track_id, kind : str
        Name and id of the timeline track, and "video" or "audio".
    time_in, time_out : str
        Timecodes, as the editor shows them.
    at, length : Fraction
        Seconds on the timeline, from its first frame.
    start, end : float
        Seconds of the media.
    selected : bool
        In the editor.
    caption : str
        The one that the host keeps with it.
    cue : bool
        Whether we placed it.
    """

    key: str
    id: str
    name: str
    path: Path | None
    missing: str
    stamp: Stamp | None
    exported: bool
    timeline_track: str
    track_id: str
    kind: str
    time_in: str
    time_out: str
    at: Fraction
    length: Fraction
    start: float
    end: float
    selected: bool
    caption: str
    cue: bool

    @property
    def range(self) -> MediaRange | None:
        """The part of a file that it plays; None where the host gives none."""
        if self.path is None:
            return None
        return self.path, round(self.start * MILLI), round(self.end * MILLI)

    @property
    def to_export(self) -> bool:
        """Whether the host must export its sound before it can be heard."""
        return self.exported and bool(self.missing)

    @property
    def ref(self) -> ClipRef | None:
        """The clip as a question, if its media is there."""
        if self.path is None or self.missing:
            return None
        return ClipRef(self.path, self.start, self.end, self.name)


@dataclass(frozen=True, slots=True)
class TimelineView:
    """A timeline as it was read: its name, and its clips by timeline track and time."""

    name: str
    clips: tuple[Clip, ...]


def exports_folder() -> Path:
    """Give the folder of sounds that hosts exported."""
    return data_dir() / "exports"


def read_timeline(host: Host) -> TimelineView:
    """Ask a host for its timeline, and look for the media.

    Raises
    ------
    HostError, TimelineError
    """
    timeline = host.timeline()
    exports = exports_folder() if Capability.EXPORT_RANGE in host.capabilities else None
    return TimelineView(timeline.name or "", clips_of(timeline, exports))


def clips_of(timeline: otio.schema.Timeline, exports: Path | None = None) -> tuple[Clip, ...]:
    """List the clips of a timeline; the disk is asked for their media.

    Parameters
    ----------
    timeline : opentimelineio.schema.Timeline
    exports : Path, optional
        Folder for the sound of clips without media, if the host can export it.
    """
    shown = {"start": timeline.global_start_time, "drop_frame": bool(facts(timeline).get("drop_frame"))}
    project = str(facts(timeline).get("project") or timeline.name)
    stamps: dict[Path, tuple[Stamp | None, str]] = {}
    seen: Counter[str] = Counter()
    clips = []
    for placed in placed_clips(timeline):
        id, ours, record = clip_id(placed.clip), facts(placed.clip), placed.record
        seen[id] += 1
        path, (start, end) = media_path(placed.clip), source_range(placed)
        exported = False
        if path is None and exports is not None:
            exported, start, end = True, 0.0, float(seconds(record.duration))
            path = exports / _export_name(project, id, record)
        if path is not None and path not in stamps:
            stamps[path] = _look(path)
        stamp, missing = stamps[path] if path is not None else (None, "the editor does not say which file it plays")
        if exported and missing:
            missing = "the editor must export its sound first: caption all"
        begin, finish, track = record.start_time, record.start_time + record.duration, placed.timeline_track
        clips.append(Clip(
            key=id if seen[id] == 1 else f"{id}\n{seen[id]}", id=id,
            name=placed.clip.name or (path.name if path is not None else id), path=path, missing=missing, stamp=stamp,
            exported=exported, timeline_track=track.name, track_id=track_id(track),
            kind="video" if track.kind == VIDEO else "audio", time_in=timecode(begin, **shown),
            time_out=timecode(finish, **shown), at=seconds(begin), length=seconds(record.duration), start=start,
            end=end, selected=bool(ours.get("selected")), caption=str(ours.get("caption") or ""),
            cue=bool(ours.get("cue")),
        ))  # fmt: skip
    return tuple(clips)


def _export_name(project: str, id: str, record: TimeRange) -> str:
    what = repr((project, id, seconds(record.start_time), seconds(record.duration)))
    return f"{hashlib.sha256(what.encode('utf-8', 'surrogateescape')).hexdigest()[:24]}.wav"


def _look(path: Path) -> tuple[Stamp | None, str]:
    """What is known of a file; without it, why."""
    try:
        if not path.is_file():
            raise FileNotFoundError
        return Stamp.of(path), ""
    except (OSError, ValueError):  # a name that no disk can have is a ValueError
        return None, f"{printable(path)} is not there; reconnect the disk or relink it"
