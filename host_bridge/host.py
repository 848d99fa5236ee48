"""What every host can be asked, whichever way it is reached: `Host`.

The methods here check what can be checked before the host is touched (capability, file, range, idempotency key); the
adapters' own methods, with an underscore, do the work. Times count from the timeline's first frame.
"""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange

from host_bridge.errors import HostError, StaleTimelineError, TimelineError, UnsupportedError
from host_bridge.timeline import facts, timeline_tracks, track_id
from host_bridge.times import seconds

STEP = "Cuefinder: "
"""Every undo step of ours begins with this."""


class Capability(StrEnum):
    """What a host may be able to do beyond giving its timeline, which all do."""

    PLAYHEAD = "playhead"
    """The timeline says where the playhead is."""
    SELECTION = "selection"
    """The timeline says what is selected."""
    SEEK = "seek"
    """The playhead can be set."""
    INSERT_CUE = "insert_cue"
    FADES = "fades"
    """`insert_cue` can fade in and out."""
    GAIN = "gain"
    """`insert_cue` can change the level."""
    MARKERS = "markers"
    ANNOTATE = "annotate"
    """A caption can be kept with a clip."""
    RENAME_TRACKS = "rename_tracks"
    COLOUR_TRACKS = "colour_tracks"
    EXPORT_RANGE = "export_range"
    """The sound of a range can be written to a file."""
    WATCH = "watch"
    """Changes are told."""
    UNDO = "undo"
    """Each of our changes is one step, which can be taken back from here."""


WORDS = {
    Capability.SEEK: "set the playhead", Capability.INSERT_CUE: "place a cue", Capability.FADES: "fade a cue",
    Capability.GAIN: "set a cue's level", Capability.MARKERS: "add markers",
    Capability.ANNOTATE: "keep a caption with a clip", Capability.RENAME_TRACKS: "rename timeline tracks",
    Capability.COLOUR_TRACKS: "colour timeline tracks", Capability.EXPORT_RANGE: "export a range's sound",
    Capability.WATCH: "tell of changes", Capability.UNDO: "undo our last change",
    Capability.PLAYHEAD: "tell the playhead", Capability.SELECTION: "tell the selection",
}  # fmt: skip


@dataclass(frozen=True)
class CueOptions:
    """How a cue is placed.

    Attributes
    ----------
    name : str
        Name of the clip; the file's where it is empty.
    timeline_track : str, optional
        Name or id of the timeline track wanted; where something lies in the cue's place there, or where it is None, the
        next free audio track is taken, or a new one made. What is there is never overwritten.
    fade_in, fade_out : Fraction
        Seconds.
    gain_db : float
    key : str
        The same key twice places one cue: a retry after a lost answer does not double it.
    revision : str, optional
        What the timeline's revision must be, else `StaleTimelineError`.
    title, artist : str
        For the cue sheet.
    """

    name: str = ""
    timeline_track: str | None = None
    fade_in: Fraction = Fraction(0)
    fade_out: Fraction = Fraction(0)
    gain_db: float = 0.0
    key: str = field(default_factory=lambda: secrets.token_hex(8))
    revision: str | None = None
    title: str = ""
    artist: str = ""


@dataclass(frozen=True)
class Placement:
    """Where a cue came to lie.

    Attributes
    ----------
    clip : str
        Its id.
    timeline_track : str
        Name of the timeline track.
    record : TimeRange
        Its place, from the timeline's first frame.
    created : bool
        Whether the timeline track was made for it.
    already : bool
        Whether it had been placed before, by the same key.
    """

    clip: str
    timeline_track: str
    record: TimeRange
    created: bool = False
    already: bool = False


@dataclass(frozen=True)
class TrackEdit:
    """A new name or colour (#rrggbb) of the timeline track with an id; None leaves it."""

    id: str
    name: str | None = None
    colour: str | None = None


class Host(ABC):
    """A program with a timeline. Calls block until their deadline: make them on a worker thread.

    Attributes
    ----------
    name, version : str
        The program's, as users know it.
    capabilities : frozenset of Capability
    reading_costs : bool
        Reading the timeline is felt in the program: playback stops, or the session is saved. Read it when the user
        wants something or when the host tells of a change, never on a timer.
    """

    name: str
    version: str
    capabilities: frozenset[Capability]
    reading_costs: bool = False

    @abstractmethod
    def timeline(self) -> otio.schema.Timeline:
        """Read the timeline as it is now.

        Raises
        ------
        HostError
        """

    def insert_cue(
        self, track: Path, segment: TimeRange, at: RationalTime, options: CueOptions | None = None
    ) -> Placement:
        """Place a part of a music file on the timeline, as one undo step.

        Parameters
        ----------
        track : Path
            The music.
        segment : TimeRange
            The part that plays.
        at : RationalTime
            Where it begins, from the timeline's first frame.

        Raises
        ------
        TimelineError
            The file is not there, or the segment or place cannot be.
        StaleTimelineError
            The timeline is not at the revision wanted.
        UnsupportedError, HostError
        """
        options = options or CueOptions()
        self.require(Capability.INSERT_CUE)
        for wanted, capability in ((options.fade_in or options.fade_out, Capability.FADES),
                                   (options.gain_db, Capability.GAIN)):  # fmt: skip
            if wanted:
                self.require(capability)
        check_cue(track, segment, at, options)
        if options.revision is not None:
            self._look_again(options.revision)
        return self._insert_cue(track.absolute(), segment, at, replace(options, name=options.name or track.stem))

    def add_markers(self, markers: Sequence[otio.schema.Marker]) -> None:
        """Add markers to the timeline, as one undo step; their marked range is from the first frame.

        Raises
        ------
        PartialError
            Where the host took some of them.
        """
        self.require(Capability.MARKERS)
        for marker in markers:
            if seconds(marker.marked_range.start_time) < 0:
                raise TimelineError(marker.name, "a marker cannot lie before the first frame")
        if markers:
            self._add_markers(markers)

    def annotate(self, clip: str, caption: str) -> None:
        """Keep a caption with the clip of an id, as one undo step."""
        self.require(Capability.ANNOTATE)
        self._annotate(clip, caption)

    def edit_tracks(self, edits: Sequence[TrackEdit]) -> None:
        """Rename and colour timeline tracks, all in one undo step."""
        for wanted, capability in ((any(e.name is not None for e in edits), Capability.RENAME_TRACKS),
                                   (any(e.colour is not None for e in edits), Capability.COLOUR_TRACKS)):  # fmt: skip
            if wanted:
                self.require(capability)
        if edits:
            known = {track_id(track) for track in timeline_tracks(self.timeline())}
            missing = [edit.id for edit in edits if edit.id not in known]
            if missing:
                raise StaleTimelineError(self.name, f"there is no timeline track {', '.join(missing)} any more; "
                                                    "read the timeline again")  # fmt: skip
            self._edit_tracks(edits)

    def export_range(self, span: TimeRange, out: Path, timeline_track: str | None = None) -> Path:
        """Write the sound of a range, of all or of one timeline track, to a new WAV file.

        Raises
        ------
        TimelineError
            `out` is there already, or the range is empty.
        """
        self.require(Capability.EXPORT_RANGE)
        if out.exists():
            raise TimelineError(out, "it is there already; export to a new file")
        if seconds(span.duration) <= 0 or seconds(span.start_time) < 0:
            raise TimelineError(out, "the range to export is empty or lies before the first frame")
        return self._export_range(span, out.absolute(), timeline_track)

    def seek(self, to: RationalTime) -> None:
        """Set the playhead."""
        self.require(Capability.SEEK)
        self._seek(to)

    def watch(self, callback: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `callback` from another thread when the timeline or selection may have changed, until the exit."""
        self.require(Capability.WATCH)
        return self._watch(callback)

    def undo(self) -> None:
        """Take our last change back, if it is still the last one.

        Raises
        ------
        HostError
            Nothing of ours can be undone.
        """
        self.require(Capability.UNDO)
        self._undo()

    def close(self) -> None:  # noqa: B027 - most hosts have nothing to give back
        """Leave the host; it goes on without us."""

    def require(self, capability: Capability) -> None:
        """Raise `UnsupportedError` unless the host can do this."""
        if capability not in self.capabilities:
            raise UnsupportedError(self.name, f"this host cannot {WORDS[capability]}")

    def _look_again(self, revision: str) -> None:
        found = facts(self.timeline())["revision"]
        if found != revision:
            raise StaleTimelineError(self.name, "the timeline changed since it was read; nothing was placed, "
                                                "look at it again")  # fmt: skip

    def _insert_cue(self, track: Path, segment: TimeRange, at: RationalTime, options: CueOptions) -> Placement:
        raise NotImplementedError

    def _add_markers(self, markers: Sequence[otio.schema.Marker]) -> None:
        raise NotImplementedError

    def _annotate(self, clip: str, caption: str) -> None:
        raise NotImplementedError

    def _edit_tracks(self, edits: Sequence[TrackEdit]) -> None:
        raise NotImplementedError

    def _export_range(self, span: TimeRange, out: Path, timeline_track: str | None) -> Path:
        raise NotImplementedError

    def _seek(self, to: RationalTime) -> None:
        raise NotImplementedError

    def _watch(self, callback: Callable[[], None]) -> AbstractContextManager[None]:
        raise NotImplementedError

    def _undo(self) -> None:
        raise NotImplementedError


def check_cue(track: Path, segment: TimeRange, at: RationalTime, options: CueOptions) -> None:
    """Raise `TimelineError` for a cue that no host could place."""
    if not track.is_file():
        raise TimelineError(track, "there is no such file to place")
    if seconds(segment.duration) <= 0 or seconds(segment.start_time) < 0:
        raise TimelineError(track, "the segment to place is empty or begins before the music does")
    if seconds(at) < 0:
        raise TimelineError(track, "a cue cannot begin before the timeline's first frame")
    if options.fade_in < 0 or options.fade_out < 0 or options.fade_in + options.fade_out > seconds(segment.duration):
        raise TimelineError(track, "the fades must not be negative, nor together longer than the cue")
    if not -96.0 <= options.gain_db <= 24.0:
        raise TimelineError(track, f"a gain of {options.gain_db} dB is out of range (-96 to 24)")


def taken_back(host: str) -> HostError:
    """The error of an undo with nothing to undo."""
    return HostError(host, "the last change is not one of Cuefinder's; undo it in the program itself")
