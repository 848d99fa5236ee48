"""Room on timeline tracks, and edits that are taken back one by one."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from opentimelineio.opentime import RationalTime, TimeRange

from host_bridge.errors import HostError
from host_bridge.files.editing import Editing, fades_of
from host_bridge.files.edits import NewClip, NewMarker, NewTrack
from host_bridge.files.room import is_free, lay
from host_bridge.host import CueOptions, TrackEdit
from host_bridge.timeline import AUDIO, facts, make_clip, make_timeline, make_tracks, placed_clips, revision_of
from tests.host_bridge.conformance import marker, span

MUSIC = Path("/music/warm.wav")


def frames(start: int, count: int, rate: float = 25) -> TimeRange:
    return TimeRange(RationalTime(start, rate), RationalTime(count, rate))


def clip(name: str, count: int, rate: float = 25) -> otio.schema.Clip:
    return make_clip(name, f"/{name}.wav", frames(0, count, rate), id=name)


def gap(count: int, rate: float = 25) -> otio.schema.Gap:
    return otio.schema.Gap(duration=RationalTime(count, rate))


def row(*children: object) -> otio.schema.Track:
    return otio.schema.Track(name="A1", kind=AUDIO, children=list(children))


def places(track: otio.schema.Track) -> list[tuple[str, float, float]]:
    return [(c.name, track.range_of_child(c).start_time.rescaled_to(25).value, c.duration().rescaled_to(25).value)
            for c in track if isinstance(c, otio.schema.Clip)]  # fmt: skip


@pytest.mark.parametrize(("children", "start", "expected"), [
    ([], 0, [("n", 0, 10)]), ([], 7, [("n", 7, 10)]), ([clip("a", 5)], 5, [("a", 0, 5), ("n", 5, 10)]),
    ([gap(10), clip("a", 5)], 0, [("n", 0, 10), ("a", 10, 5)]),
    ([gap(30), clip("a", 5)], 11, [("n", 11, 10), ("a", 30, 5)]),
    ([gap(4), gap(4), gap(20), clip("a", 5)], 2, [("n", 2, 10), ("a", 28, 5)]),
    ([clip("a", 5), gap(4)], 7, [("a", 0, 5), ("n", 7, 10)]),
    ([clip("a", 5), gap(50)], 20, [("a", 0, 5), ("n", 20, 10)]),
    ([gap(96_000, 48_000), clip("a", 5)], 3, [("n", 3, 10), ("a", 50, 5)]),
])  # fmt: skip
def test_a_clip_goes_into_free_room_and_nothing_moves(
    children: list[object], start: int, expected: list[tuple[str, float, float]]
) -> None:
    track = row(*[child.deepcopy() for child in children])
    assert is_free(track, frames(start, 10))
    lay(track, clip("n", 10), frames(start, 10))
    assert places(track) == expected


@pytest.mark.parametrize("start", [0, 4, 9, 14])
def test_what_is_taken_is_not_free(start: int) -> None:
    track = row(gap(5), clip("a", 5), gap(9), clip("b", 5))
    before = str(track)
    assert not is_free(track, frames(start, 10))
    with pytest.raises(ValueError, match="not free"):
        lay(track, clip("n", 10), frames(start, 10))
    assert str(track) == before


def test_a_transition_takes_room_too() -> None:
    fade = otio.schema.Transition(in_offset=RationalTime(0, 25), out_offset=RationalTime(5, 25))
    track = row(clip("a", 5), fade, gap(20))
    assert not is_free(track, frames(9, 5))
    assert is_free(track, frames(10, 5))


def test_markers_of_a_gap_keep_their_places() -> None:
    hole = gap(40)
    hole.markers.append(otio.schema.Marker("m", frames(30, 1)))
    track = row(clip("a", 5), hole)
    lay(track, clip("n", 10), frames(10, 10))
    (found,) = [(c, m) for c in track for m in c.markers]
    assert found[0].transformed_time(found[1].marked_range.start_time, track) == RationalTime(35, 25)


@pytest.fixture
def editing() -> Editing:
    tracks = make_tracks("Voice", AUDIO, [(clip("a", 50), RationalTime(0, 25))], id="A1")
    tracks += make_tracks("Noise", AUDIO, [(clip("b", 50), RationalTime(0, 25))], id="A2")
    return Editing("Test", make_timeline("t", tracks, rate=25), fixed=frozenset({"A2"}))


def insert(editing: Editing, at: float = 0.0, duration: float = 1.0, **options: object) -> object:
    return editing.insert_cue(MUSIC, span(0, duration), RationalTime(round(at * 1000), 1000), CueOptions(**options))


def test_the_first_timeline_track_with_room_is_taken(editing: Editing) -> None:
    assert insert(editing, at=2).timeline_track == "Voice"
    assert insert(editing, at=2).timeline_track == "Cuefinder"  # never one that is fixed
    assert insert(editing, at=2).timeline_track == "Cuefinder 2"
    assert insert(editing, at=10, timeline_track="Cuefinder").timeline_track == "Cuefinder"
    assert insert(editing, at=20, timeline_track="A4").timeline_track == "Cuefinder 2"
    assert insert(editing, at=30, timeline_track="no such").timeline_track == "Voice"


def test_lanes_of_one_timeline_track_are_free_together() -> None:
    crossed = [(clip("a", 50), RationalTime(0, 25)), (clip("b", 50), RationalTime(40, 25))]
    editing = Editing("Test", make_timeline("t", make_tracks("Mix", AUDIO, crossed, id="A1"), rate=25))
    assert insert(editing, at=2.5).timeline_track == "Cuefinder"
    assert insert(editing, at=3.6).timeline_track == "Mix"


@pytest.mark.parametrize(("duration", "expected"), [(1.0, 25), (1.03, 25), (1.04, 26), (0.01, 1)])
def test_a_cue_never_reads_past_its_segment_but_is_a_frame_long(
    editing: Editing, duration: float, expected: int
) -> None:
    assert insert(editing, at=3.021, duration=duration).record == frames(76, expected)


def test_steps_are_taken_back_in_turn(editing: Editing) -> None:
    states = [editing.timeline.to_json_string()]
    changes = [
        lambda: insert(editing), lambda: editing.add_markers([marker("m", 1), marker("n", 2)]),
        lambda: editing.annotate("a", "warm"), lambda: editing.edit_tracks([TrackEdit("A1", "x", "#112233")]),
    ]  # fmt: skip
    for change in changes:
        change()
        states.append(editing.timeline.to_json_string())
    assert len(set(states)) == 5
    assert [type(edit) for edit in editing.edits] == [
        NewTrack,
        NewClip,
        NewMarker,
        NewMarker,
        type(editing.edits[4]),
        TrackEdit,
    ]
    assert facts(editing.timeline)["revision"] == revision_of(editing.timeline)
    for state in reversed(states[:-1]):
        editing.undo()
        assert editing.timeline.to_json_string() == state
    assert editing.edits == []
    with pytest.raises(HostError, match="not one of Cuefinder's"):
        editing.undo()


def test_what_is_read_is_a_copy(editing: Editing) -> None:
    editing.read().tracks[0][0].name = "changed"
    assert [p.clip.name for p in placed_clips(editing.timeline)] == ["a", "b"]


def test_fades_are_whole_frames_within_the_cue() -> None:
    cue = make_clip("c", None, frames(0, 2), cue={"fade_in": "1/50", "fade_out": "3/50"})
    assert fades_of(cue, Fraction(25)) == (0, 1)
