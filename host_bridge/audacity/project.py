"""A project as `GetInfo:` tells it, and the OpenTimelineIO timeline made of it.

Audacity tells times with six digits: of a clip after 100 s they are good to 0.5 ms, after 1000 s to 5 ms.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from host_bridge.audacity.answers import parse
from host_bridge.audacity.paths import NAME
from host_bridge.audacity.pipe import Pipe
from host_bridge.errors import HostError

DIGITS = 6
SAMPLE = Fraction(1, 100_000)
"""Seconds, half a sample at usual rates: overlaps below it are none."""


@dataclass(frozen=True)
class TrackInfo:
    """A timeline track of any kind ("wave", "label", "time", "note"); start and end in seconds."""

    index: int
    name: str
    kind: str
    selected: bool = False
    channels: int = 0
    mute: bool = False
    solo: bool = False

    @property
    def id(self) -> str:
        """Its place and name: Audacity has no other."""
        return f"{self.index}:{self.name}"


@dataclass(frozen=True)
class ClipInfo:
    """A clip: the index of its timeline track, start and end in seconds as told."""

    track: int
    start: Fraction
    end: Fraction


@dataclass(frozen=True)
class LabelInfo:
    """A label; `number` counts all labels, as `SetLabel:` does."""

    number: int
    track: int
    start: Fraction
    end: Fraction
    text: str


@dataclass(frozen=True)
class ProjectInfo:
    """All that `GetInfo:` told."""

    tracks: tuple[TrackInfo, ...]
    clips: tuple[ClipInfo, ...]
    labels: tuple[LabelInfo, ...]

    @property
    def waves(self) -> list[TrackInfo]:
        """The audio tracks."""
        return [track for track in self.tracks if track.kind == "wave"]

    @property
    def end(self) -> Fraction:
        """Where the last clip or label ends."""
        return max((Fraction(0), *(clip.end for clip in self.clips), *(label.end for label in self.labels)))

    def clips_of(self, index: int) -> list[ClipInfo]:
        """The clips of the timeline track at an index, by time."""
        return sorted((clip for clip in self.clips if clip.track == index), key=lambda clip: clip.start)

    def clip_id(self, clip: ClipInfo) -> str:
        """Where it lies: Audacity has no other name for a clip."""
        return f"{self.tracks[clip.track].id}@{float(clip.start):g}-{float(clip.end):g}"

    def revision(self) -> str:
        """A hash of the audio tracks and clips; selection and labels do not count."""
        return _hash([(t.name, t.channels) for t in self.waves], self._clips())

    def content(self) -> str:
        """A hash of everything but the selection."""
        tracks = [(t.name, t.kind, t.channels, t.mute, t.solo) for t in self.tracks]
        return _hash(tracks, self._clips(), [(x.track, str(x.start), str(x.end), x.text) for x in self.labels])

    def _clips(self) -> list[tuple[str, str, str]]:
        return sorted((self.tracks[c.track].id, str(c.start), str(c.end)) for c in self.clips)


def _hash(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def error_of(time: Fraction) -> Fraction:
    """How far a time of six digits may be from the real one, in seconds."""
    if abs(time) < 1:
        return Fraction(1, 10**DIGITS)
    return Fraction(10 ** math.floor(math.log10(abs(time))), 2 * 10 ** (DIGITS - 1))


def is_free(clips: Sequence[ClipInfo], start: Fraction, end: Fraction) -> bool:
    """Whether nothing lies there, even where the real edges differ from those told."""

    def slack(edge: Fraction) -> Fraction:
        return error_of(edge) if error_of(edge) > SAMPLE else -SAMPLE

    return all(clip.end + slack(clip.end) <= start or clip.start - slack(clip.start) >= end for clip in clips)


def read_project(pipe: Pipe) -> ProjectInfo:
    """Ask for all tracks, clips and labels.

    Raises
    ------
    HostError
        Also where the answer cannot be read; the connection then finds its step again.
    """
    try:
        tracks, clips, labels = (parse(pipe.request(f"GetInfo: Type={kind} Format=JSON"))
                                 for kind in ("Tracks", "Clips", "Labels"))  # fmt: skip
        return _project(tracks, clips, labels)
    except (KeyError, TypeError, ValueError) as error:
        pipe.doubt()
        raise HostError(NAME, f"its answer is not as expected ({error}); is this another version?") from error
    except HostError:
        pipe.doubt()
        raise


def _project(tracks: Any, clips: Any, labels: Any) -> ProjectInfo:
    found = tuple(
        TrackInfo(i, str(t["name"]), str(t["kind"]), bool(t.get("selected")), int(t.get("channels", 0)),
                  bool(t.get("mute")), bool(t.get("solo"))) for i, t in enumerate(tracks)
    )  # fmt: skip
    known = tuple(ClipInfo(int(c["track"]), Fraction(c["start"]), Fraction(c["end"])) for c in clips)
    if any(not 0 <= clip.track < len(found) for clip in known):
        raise HostError(NAME, "the project changed while it was read; try again")
    texts = [(int(track), *entry) for track, entries in labels for entry in entries]
    return ProjectInfo(found, known, tuple(
        LabelInfo(i, track, Fraction(start), Fraction(end), str(text))
        for i, (track, start, end, text) in enumerate(texts)
    ))  # fmt: skip
