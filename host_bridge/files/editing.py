"""Edit an OpenTimelineIO timeline in memory, step by step, each of which can be taken back: `Editing`.

What was changed is kept as a list of edits too, so that a file's document can be changed in the same way and all else
in it stays as its editor wrote it.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange

from host_bridge.errors import HostError
from host_bridge.files.edits import Edit, NewCaption, NewClip, NewMarker, NewTrack
from host_bridge.files.room import is_free, lay
from host_bridge.host import CueOptions, Placement, TrackEdit, taken_back
from host_bridge.timeline import AUDIO, cues, facts, find_clip, make_clip, rate_of, revision_of, track_id
from host_bridge.times import at_rate, make_range, seconds

NEW_TRACK = "Cuefinder"
"""Name of the timeline tracks that are made for cues."""


class Editing:
    """A timeline that is edited.

    Parameters
    ----------
    host : str
        The host's name, for errors.
    timeline : opentimelineio.schema.Timeline
        Its timeline tracks and clips have unique ids (`host_bridge.files.ids`); it is changed in place.
    named_tracks : bool
        Whether timeline tracks can have names; else a new one is called by its id ("A2").
    fixed : frozenset of str
        Ids of timeline tracks that take no cue.
    """

    def __init__(
        self,
        host: str,
        timeline: otio.schema.Timeline,
        *,
        named_tracks: bool = True,
        fixed: frozenset[str] = frozenset(),
    ) -> None:
        self.host = host
        self.timeline = timeline
        self._named, self._fixed = named_tracks, fixed
        self._steps: list[tuple[otio.schema.Timeline, list[Edit]]] = []

    @property
    def edits(self) -> list[Edit]:
        """All edits that were not taken back, in order."""
        return [edit for _, edits in self._steps for edit in edits]

    def read(self) -> otio.schema.Timeline:
        """A copy of the timeline as it is now."""
        return copy.deepcopy(self.timeline)

    def insert_cue(self, track: Path, segment: TimeRange, at: RationalTime, options: CueOptions) -> Placement:
        """Place a cue on the timeline track wanted, else the first audio track with room, else a new one.

        The segment's start stays exact and its place goes to the nearest frame; its duration is whole frames and
        never past its end, but one frame at least.
        """
        placed = self._placed_before(options.key)
        if placed is not None:
            return placed
        rate = rate_of(self.timeline)
        length = max(at_rate(seconds(segment.duration), rate, "down"), RationalTime(1, float(rate)))
        record = TimeRange(at_rate(seconds(at), rate), length)
        clip = make_clip(
            options.name or track.stem, track, TimeRange(segment.start_time, record.duration),
            id=f"cue-{options.key}", cue=cue_facts(options),
        )  # fmt: skip
        edits: list[Edit] = []
        wanted = self._track_for(record, options.timeline_track)
        if wanted is None:
            wanted = self._new_track()
            edits.append(NewTrack(str(facts(wanted)["id"]), wanted.name))
        edits.append(NewClip(str(facts(wanted)["id"]), clip.deepcopy(), record))
        self._snap(edits)
        if len(edits) == 2:
            self.timeline.tracks.append(wanted)
        lay(wanted, clip, record)
        self._revise()
        return Placement(f"cue-{options.key}", wanted.name, record, created=len(edits) == 2)

    def add_markers(self, markers: Sequence[otio.schema.Marker]) -> None:
        """Add markers, from the first frame; they go to the nearest frames, a duration of none stays none."""
        rate = rate_of(self.timeline)
        made = []
        for marker in markers:
            found = marker.deepcopy()
            span = found.marked_range
            found.marked_range = make_range(seconds(span.start_time), seconds(span.duration), rate)
            made.append(found)
        self._snap([NewMarker(marker.deepcopy()) for marker in made])
        self.timeline.tracks.markers.extend(made)

    def annotate(self, clip: str, caption: str) -> None:
        """Keep a caption with a clip.

        Raises
        ------
        HostError
            There is no such clip.
        """
        if find_clip(self.timeline, clip) is None:
            raise HostError(self.host, f"there is no clip {clip} any more; read the timeline again")
        self._snap([NewCaption(clip, caption)])
        found = find_clip(self.timeline, clip)
        assert found is not None  # it was there a moment ago
        facts(found.clip)["caption"] = caption

    def edit_tracks(self, edits: Sequence[TrackEdit]) -> None:
        """Rename and colour timeline tracks, by id."""
        self._snap(list(edits))
        for edit in edits:
            for track in self.timeline.tracks:
                if track_id(track) == edit.id:
                    track.name = track.name if edit.name is None else edit.name
                    if edit.colour is not None:
                        facts(track)["colour"] = edit.colour
        self._revise()

    def undo(self) -> None:
        """Take the last step back.

        Raises
        ------
        HostError
            There is none.
        """
        if not self._steps:
            raise taken_back(self.host)
        self.timeline, _ = self._steps.pop()

    def _snap(self, edits: Sequence[Edit]) -> None:
        self._steps.append((copy.deepcopy(self.timeline), list(edits)))

    def _revise(self) -> None:
        facts(self.timeline)["revision"] = revision_of(self.timeline)

    def _placed_before(self, key: str) -> Placement | None:
        for placed in cues(self.timeline):
            if facts(placed.clip)["cue"].get("key") == key:
                return Placement(str(facts(placed.clip)["id"]), placed.timeline_track.name, placed.record, already=True)
        return None

    def _track_for(self, record: TimeRange, wanted: str | None) -> otio.schema.Track | None:
        tracks = [t for t in self.timeline.tracks if t.kind == AUDIO and facts(t).get("id") not in self._fixed]
        # The wanted one is looked at first; lanes of one timeline track share its id and have to be free together.
        tracks.sort(key=lambda t: wanted not in (facts(t).get("id"), t.name))
        for track in tracks:
            lanes = [t for t in tracks if facts(t).get("id") == facts(track).get("id")]
            if all(is_free(lane, record) for lane in lanes):
                return lanes[0]
        return None

    def _new_track(self) -> otio.schema.Track:
        ids = {track_id(t) for t in self.timeline.tracks}
        names = {t.name for t in self.timeline.tracks}
        count = sum(t.kind == AUDIO for t in self.timeline.tracks) + 1
        while f"A{count}" in ids | names:
            count += 1
        made = otio.schema.Track(name=f"A{count}", kind=AUDIO)
        if self._named:
            made.name = next(n for n in (NEW_TRACK, *(f"{NEW_TRACK} {i}" for i in range(2, count + len(names) + 3)))
                             if n not in names)  # fmt: skip
        facts(made)["id"] = f"A{count}"
        return made


def cue_facts(options: CueOptions) -> dict[str, object]:
    """What is kept with a cue: key, title, artist, gain in dB, fades in seconds as text ("1/2")."""
    found = {"key": options.key, "title": options.title or options.name, "artist": options.artist,
             "gain_db": float(options.gain_db), "fade_in": str(options.fade_in),
             "fade_out": str(options.fade_out)}  # fmt: skip
    return {key: value for key, value in found.items() if value not in ("", 0.0, "0")}


def fades_of(clip: otio.schema.Clip, rate: Fraction) -> tuple[int, int]:
    """Fade in and out of a cue, in whole frames; together never longer than the cue."""
    cue = facts(clip).get("cue") or {}
    first, last = (at_rate(Fraction(str(cue.get(key, 0))), rate, "down") for key in ("fade_in", "fade_out"))
    return int(first.value), int(last.value)
