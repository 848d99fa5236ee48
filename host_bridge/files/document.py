"""What each file format can do: a `Document` is one timeline file in memory.

Edits are made in the document itself, not in what OpenTimelineIO understood of it, so that effects, titles, bins and
all else that we do not know stay in the new file as the editor wrote them.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PureWindowsPath
from typing import Any

import opentimelineio as otio
from opentimelineio.opentime import TimeRange

from host_bridge.files.edits import Edit, NewCaption, NewClip, NewMarker, NewTrack
from host_bridge.host import TrackEdit
from host_bridge.timeline import VIDEO, to_path, to_url


@dataclass(frozen=True)
class Setting:
    """What a new, empty timeline is: its name, exact rate, start timecode in frames, and whether that drops frames."""

    name: str
    rate: Fraction
    start: int = 0
    drop_frame: bool = False


@dataclass(frozen=True)
class Volume:
    """How a clip's level goes: gain in dB, fades in frames."""

    gain_db: float = 0.0
    fade_in: int = 0
    fade_out: int = 0


class Document(ABC):
    """One timeline file in memory.

    Parameters
    ----------
    data : bytes
        The file's content.
    path : Path
        Where it is; relative media paths count from its folder.
    rate : Fraction, optional
        Frames per second, for formats that do not say theirs.

    Raises
    ------
    Exception
        Whatever a damaged file leads to; `host_bridge.files.formats` makes one clear line of it.

    Attributes
    ----------
    fixed : frozenset of str
        Ids of timeline tracks that take no cue, because they are locked or too intricate.
    """

    fixed: frozenset[str] = frozenset()

    @abstractmethod
    def __init__(self, data: bytes, path: Path, rate: Fraction | None = None) -> None: ...

    @classmethod
    @abstractmethod
    def blank(cls, setting: Setting) -> bytes:
        """The content of a new file without timeline tracks."""

    @abstractmethod
    def timeline(self) -> otio.schema.Timeline:
        """Make a timeline of it; timeline tracks and clips have unique ids, media have absolute URLs."""

    @abstractmethod
    def add_track(self, track: NewTrack) -> None:
        """Add a timeline track above all others of its kind."""

    @abstractmethod
    def add_clip(self, clip: NewClip) -> None:
        """Put a clip into free room, with fades and gain if it is a cue and the format can."""

    def add_marker(self, marker: otio.schema.Marker) -> None:
        """Add a marker to the timeline."""
        raise NotImplementedError

    def caption(self, clip: str, caption: str) -> None:
        """Keep a caption with the clip of an id."""
        raise NotImplementedError

    def edit_track(self, edit: TrackEdit) -> None:
        """Rename or colour a timeline track."""
        raise NotImplementedError

    @abstractmethod
    def dump(self, folder: Path) -> bytes:
        """The file's content; in another folder than the old one's, relative media paths are made absolute."""

    def volume(self, clip: str) -> Volume:
        """How the level of the clip of an id goes, in the format's own words: what editors see, not our facts."""
        return Volume()

    def apply(self, edit: Edit) -> None:
        """Make one edit."""
        if isinstance(edit, NewTrack):
            self.add_track(edit)
        elif isinstance(edit, NewClip):
            self.add_clip(edit)
        elif isinstance(edit, NewMarker):
            self.add_marker(edit.marker)
        elif isinstance(edit, NewCaption):
            self.caption(edit.clip, edit.caption)
        else:
            self.edit_track(edit)


class Ids:
    """Unique ids of timeline tracks ("V1", "A2") and of clips ("V1:3"), in the order in which they are asked for."""

    def __init__(self) -> None:
        self._counts = {"V": 0, "A": 0}
        self._taken: set[str] = set()

    def track(self, kind: str) -> str:
        """An id for the next timeline track of a kind."""
        letter = "V" if kind == VIDEO else "A"
        self._counts[letter] += 1
        return f"{letter}{self._counts[letter]}"

    def clip(self, track: str, index: int, known: object = None) -> str:
        """An id for a clip: the one known, if no other has it."""
        wanted = str(known) if known else f"{track}:{index}"
        while wanted in self._taken:
            wanted += "'"
        self._taken.add(wanted)
        return wanted


def frames_of(record: TimeRange) -> tuple[int, int]:
    """First frame and number of frames of a range that lies on frames."""
    return round(record.start_time.value), round(record.duration.value)


def make_absolute(clip: otio.schema.Clip, folder: Path) -> None:
    """Let a clip's media path, where it is relative, count from a folder."""
    url = getattr(clip.media_reference, "target_url", None)
    path = to_path(url) if url else None
    # A drive's letter is of another machine: such a path is left as it is.
    if url and path is not None and not PureWindowsPath(url).is_absolute():
        clip.media_reference.target_url = to_url(path if path.is_absolute() else folder / path)


def json_object(text: str | None) -> dict[str, Any]:
    """Facts that we keep as JSON; none where somebody changed it, which is no reason to refuse a file."""
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}
