from __future__ import annotations

import gc
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from conformance import span
from opentimelineio.opentime import RationalTime, TimeRange

from host_bridge.placing import spot
from host_bridge.timeline import (
    AUDIO,
    VIDEO,
    cues,
    end_of_timeline,
    facts,
    find_clip,
    make_clip,
    make_timeline,
    make_tracks,
    markers_of,
    media_path,
    placed_clips,
    rate_of,
    revision_of,
    selected_clips,
    timeline_tracks,
    to_path,
    to_url,
)
from host_bridge.times import seconds

FILM = Fraction(24000, 1001)


def frames(count: int, rate: Fraction | int = 24) -> RationalTime:
    return RationalTime(count, float(rate))


def clip(name: str, duration: int, rate: Fraction | int = 24, **known: object) -> otio.schema.Clip:
    return make_clip(name, f"/films/{name}.mov", TimeRange(frames(0, rate), frames(duration, rate)), id=name, **known)


def starts(timeline: otio.schema.Timeline) -> list[tuple[str, int, int]]:
    return [(p.clip.name, int(p.record.start_time.value), int(p.record.duration.value)) for p in placed_clips(timeline)]


def test_gaps_are_filled_and_overlaps_get_lanes() -> None:
    placed = [(clip("c", 24), frames(12)), (clip("a", 24), frames(0)), (clip("b", 24), frames(48))]
    tracks = make_tracks("Guitar", AUDIO, placed, id="7", colour="#112233")
    assert [[c.name for c in track if isinstance(c, otio.schema.Clip)] for track in tracks] == [["a", "b"], ["c"]]
    assert [facts(track).get("lane") for track in tracks] == [None, 1]
    assert {facts(track)["id"] for track in tracks} == {"7"}
    timeline = make_timeline("T", tracks, rate=24)
    assert sorted(starts(timeline)) == [("a", 0, 24), ("b", 48, 24), ("c", 12, 24)]
    assert end_of_timeline(timeline) == 3


def test_ten_thousand_clips_at_23_976_stay_on_their_frames() -> None:
    placed = [(clip(f"c{i}", 7, FILM), frames(i * 11, FILM)) for i in range(10_000)]
    timeline = make_timeline("T", make_tracks("V", VIDEO, placed), rate=23.976)
    assert starts(timeline) == [(f"c{i}", i * 11, 7) for i in range(10_000)]
    assert rate_of(timeline) == FILM


def test_samples_on_a_timeline_of_frames() -> None:
    one = make_clip("talk", "/talk.wav", TimeRange(frames(12_345, 48_000), frames(100, FILM)))
    timeline = make_timeline("T", make_tracks("A", AUDIO, [(one, frames(50, FILM))]), rate=FILM)
    (placed,) = placed_clips(timeline)
    assert (placed.record.start_time.value, placed.record.duration.value) == (50, 100)
    assert placed.clip.source_range.start_time == frames(12_345, 48_000)


def test_clips_inside_of_compound_clips_lie_where_they_are_seen() -> None:
    """A stack of two, trimmed by 12 frames in front, after a second of something else."""
    inner = otio.schema.Stack(name="compound")
    for name in ("top", "bottom"):
        track = otio.schema.Track(kind=VIDEO)
        track.extend([clip(f"{name}-1", 24), clip(f"{name}-2", 24)])
        inner.append(track)
    inner.source_range = TimeRange(frames(12), frames(24))
    outer = otio.schema.Track(kind=VIDEO)
    outer.extend([clip("first", 24), inner, clip("last", 24)])
    timeline = make_timeline("T", [outer], rate=24)
    assert starts(timeline) == [
        ("first", 0, 24), ("top-1", 24, 12), ("top-2", 36, 12), ("bottom-1", 24, 12), ("bottom-2", 36, 12),
        ("last", 48, 24),
    ]  # fmt: skip


def test_a_transition_takes_no_room() -> None:
    track = otio.schema.Track(kind=VIDEO)
    dissolve = otio.schema.Transition(in_offset=frames(6), out_offset=frames(6))
    track.extend([clip("a", 24), dissolve, clip("b", 24)])
    assert starts(make_timeline("T", [track], rate=24)) == [("a", 0, 24), ("b", 24, 24)]


def test_facts_live_on_when_nobody_else_holds_the_timeline() -> None:
    def made() -> otio.schema.Timeline:
        return make_timeline("T", make_tracks("A", AUDIO, [(clip("a", 24), frames(0))]), rate=24, playhead=frames(5))

    found, tracks = facts(made()), timeline_tracks(made())
    gc.collect()
    assert found["playhead"] == frames(5)
    assert [t.name for t in tracks] == ["A"]
    assert markers_of(made()) == []


def test_facts_of_others_metadata_are_ours_alone() -> None:
    thing = otio.schema.Clip(metadata={"cuefinder": 5, "other": {"a": 1}})
    facts(thing)["cue"] = {"key": "k", "list": [1, {"b": 2}]}
    assert facts(thing)["cue"] == {"key": "k", "list": [1, {"b": 2}]}
    assert dict(thing.metadata["other"]) == {"a": 1}
    del facts(thing)["cue"]
    assert len(facts(thing)) == 0


def test_the_revision_follows_clips_and_nothing_else() -> None:
    def made(**changes: object) -> str:
        settings = {"name": "a", "start": 0, "track": "A", "playhead": 0, "selected": False, "caption": None} | changes
        one = make_clip(str(settings["name"]), "/a.wav", TimeRange(frames(0), frames(24)),
                        selected=settings["selected"], caption=settings["caption"])  # fmt: skip
        tracks = make_tracks(str(settings["track"]), AUDIO, [(one, frames(settings["start"]))])
        return revision_of(make_timeline("T", tracks, rate=24, playhead=frames(settings["playhead"])))

    base = made()
    assert made() == base
    assert base == made(playhead=9) == made(selected=True) == made(caption="a caption")
    assert len({base, made(name="b"), made(start=1), made(track="B")}) == 4


@pytest.mark.parametrize("name", ["a b.wav", "wärm 🎸.wav", "100%.wav", "a#b?c.wav", "sp%20ace.wav", "na\udce9ve.wav"])
def test_every_file_name_survives_its_url(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"")
    assert to_path(to_url(path)) == path
    assert media_path(make_clip("x", path, TimeRange(frames(0), frames(1)))) == path


def test_other_urls_and_plain_paths() -> None:
    assert to_path("https://example.com/a.mov") is None
    assert to_path("file://localhost/a/b.mov") == Path("/a/b.mov")
    assert to_path("/plain/path.mov") == Path("/plain/path.mov")
    assert to_path("a%20b.mov") == Path("a b.mov")
    assert to_url("https://example.com/a.mov") == "https://example.com/a.mov"
    assert media_path(otio.schema.Clip()) is None


def test_the_rate_where_a_file_does_not_say() -> None:
    assert rate_of(otio.schema.Timeline()) == 24
    assert rate_of(otio.schema.Timeline(global_start_time=frames(0, 25))) == 25
    timeline = otio.schema.Timeline()
    track = otio.schema.Track()
    track.append(clip("a", 10, FILM))
    timeline.tracks.append(track)
    assert rate_of(timeline) == FILM


def test_clips_by_id_selection_and_cue() -> None:
    placed = [(clip("a", 24, selected=True), frames(0)), (clip("b", 24, cue={"key": "k"}), frames(24))]
    timeline = make_timeline("T", make_tracks("A", AUDIO, placed), rate=24)
    assert find_clip(timeline, "b").clip.name == "b"
    assert find_clip(timeline, "zzz") is None
    assert [p.clip.name for p in selected_clips(timeline)] == ["a"]
    assert [p.clip.name for p in cues(timeline)] == ["b"]


def test_where_a_cue_belongs() -> None:
    placed = [(clip("a", 24), frames(24)), (clip("b", 24), frames(72))]
    tracks = make_tracks("A", AUDIO, placed)
    nothing = make_timeline("T", tracks, rate=24)
    assert (spot(nothing).at.value, spot(nothing).length) == (0, None)
    timeline = make_timeline("T", make_tracks("A", AUDIO, [(clip("a", 24), frames(24))]), rate=24, playhead=frames(7))
    assert (spot(timeline).at.value, spot(timeline).length) == (7, None)
    ranged = make_timeline("T", [], rate=24, playhead=frames(7), selection=span(2, 3))
    assert (spot(ranged).at.value, spot(ranged).length) == (48, 3)
    empty = make_timeline("T", [], rate=24, playhead=frames(7), selection=span(2, 0))
    assert spot(empty).at.value == 7
    chosen = [(clip("a", 24, selected=True), frames(24)), (clip("b", 24, selected=True), frames(72))]
    under = make_timeline("T", make_tracks("A", AUDIO, chosen), rate=24, playhead=frames(7), selection=span(2, 3))
    assert (spot(under).at.value, spot(under).length) == (24, 3)
    assert seconds(spot(under).at) == 1
