"""Markers, captions, selection and undo, with the real Audacity, beyond what the suite of all hosts asks."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from opentimelineio.opentime import RationalTime

from host_bridge.audacity.host import AudacityHost
from host_bridge.audacity.pipe import Pipe
from host_bridge.audacity.project import read_project
from host_bridge.errors import HostError
from host_bridge.host import TrackEdit
from host_bridge.timeline import (
    clip_id,
    cues,
    facts,
    find_clip,
    markers_of,
    placed_clips,
    selected_clips,
)
from host_bridge.times import seconds
from tests.host_bridge.audacity.listening import content
from tests.host_bridge.conformance import marker, place


def test_the_key_is_known_after_a_restart_of_cuefinder(host: AudacityHost, pipe: Pipe, music: Path) -> None:
    first = place(host, music, key="a1 b2]", title="Größe", artist="暖", gain_db=-3.0)
    again = AudacityHost(pipe)
    second = place(again, music, key="a1 b2]")
    assert (second.already, second.clip, second.record) == (True, first.clip, first.record)
    (cue,) = cues(again.timeline())
    assert dict(facts(cue.clip)["cue"]) == {"key": "a1 b2]", "title": "Größe", "artist": "暖", "gain_db": -3.0,
                                            "fade_in": "0", "fade_out": "0"}  # fmt: skip
    assert not markers_of(again.timeline())


def test_undoing_a_later_change_of_the_user_leaves_the_cue_as_it_was(
    host: AudacityHost, pipe: Pipe, music: Path
) -> None:
    """What a scripting command did last would be lost by that; so our changes end with one that makes a step."""
    place(host, music, at=3, key="k")
    host.add_markers([marker("verse", 1)])
    host.annotate(clip_id(placed_clips(host.timeline())[0].clip), "low")
    host.edit_tracks([TrackEdit("1:drums", name="kit")])
    after = content(pipe)
    pipe.request("NewMonoTrack:")
    assert content(pipe) != after
    pipe.request("Undo:")
    assert content(pipe) == after


def test_a_cue_is_gone_after_two_undo_steps_of_audacitys(host: AudacityHost, pipe: Pipe, music: Path) -> None:
    before = content(pipe)
    place(host, music)
    after = content(pipe)
    for _ in range(2):
        pipe.request("Undo:")
    assert content(pipe) == before
    for _ in range(2):
        pipe.request("Redo:")
    assert content(pipe) == after


@pytest.mark.parametrize("change", ["NewMonoTrack:", "PanLeft:", "Undo:"])
def test_what_the_user_did_since_is_not_undone(host: AudacityHost, pipe: Pipe, change: str) -> None:
    """A pan is not seen in what we read: then our undo is done again."""
    host.add_markers([marker("verse", 1)])
    host.add_markers([marker("chorus", 2)])
    pipe.request("SelectTracks: Track=1 Mode=Set")
    pipe.request(change)
    tracks = pipe.request("GetInfo: Type=Tracks Format=Brief")
    before = content(pipe)
    with pytest.raises(HostError, match="not one of Cuefinder's"):
        host.undo()
    assert content(pipe) == before
    pans = [line.split()[-6] for line in tracks.splitlines() if '"wave"' in line]
    now = pipe.request("GetInfo: Type=Tracks Format=Brief")
    assert [line.split()[-6] for line in now.splitlines() if '"wave"' in line] == pans


def test_several_changes_are_undone_one_by_one(host: AudacityHost, pipe: Pipe, music: Path) -> None:
    states = [content(pipe)]
    for change in (lambda: place(host, music), lambda: host.add_markers([marker("a", 1)]), lambda: place(host, music)):
        change()
        states.append(content(pipe))
    for state in reversed(states[:-1]):
        host.undo()
        assert content(pipe) == state


def test_a_caption_is_replaced_and_stems_keep_their_own(host: AudacityHost, pipe: Pipe, sounds: Path) -> None:
    pipe.request(f'Import2: Filename="{sounds}/drums.wav"')
    pipe.request("SetTrack: Name=stem")
    pipe.request("SetClip: At=1 Start=4.5")
    drums, stem = (p for p in placed_clips(host.timeline()) if p.clip.name in ("drums", "stem"))
    for clip, caption in ((drums, "first"), (stem, "C:\\new"), (drums, 'dry, "close"')):
        host.annotate(clip_id(clip.clip), caption)
    timeline = host.timeline()
    found = [facts(find_clip(timeline, clip_id(p.clip)).clip)["caption"] for p in (drums, stem)]
    assert found == ['dry, "close"', "C:\\new"]
    assert not timeline.tracks.markers
    before = content(pipe)
    with pytest.raises(HostError, match="line breaks"):
        host.annotate(clip_id(stem.clip), "D:\\new")  # the label that is there can be changed by the pipe alone
    assert content(pipe) == before


def test_long_and_odd_marker_names_stay_whole(host: AudacityHost) -> None:
    names = ["x" * 3000, 'C:\\new "q" 🎸 %d ~a (', "two\nlines"]
    host.add_markers([marker(name, i + 1, i) for i, name in enumerate(names)])
    found = markers_of(host.timeline())
    assert [m.name for m in found] == [*names[:2], "two lines"]
    assert [float(seconds(m.marked_range.duration)) for m in found] == [0, 1, 2]


def test_the_users_own_labels_are_markers_and_stay_in_their_place(host: AudacityHost, pipe: Pipe, music: Path) -> None:
    pipe.request("NewLabelTrack:")
    pipe.request("SetTrack: Name=mine")
    pipe.request("SelectTime: Start=1 End=2")
    pipe.request("AddLabel:")
    pipe.request("SetLabel: Label=0 Text=verse")
    host.add_markers([marker("ours", 3)])
    place(host, music, at=20)
    assert [m.name for m in markers_of(host.timeline())] == ["verse", "ours"]
    project = read_project(pipe)
    assert {(project.tracks[x.track].name, x.text.partition(" [")[0]) for x in project.labels} == {
        ("mine", "verse"), ("Cuefinder", "ours"), ("Cuefinder", "Our cue")}  # fmt: skip


def test_the_selection_is_read_exactly_and_left_alone(host: AudacityHost, pipe: Pipe, music: Path) -> None:
    pipe.request("SelectTracks: Track=0 Mode=Set")
    pipe.request("SelectTime: Start=1234.567 End=1300.25")
    selected = [track.selected for track in read_project(pipe).tracks]
    for change in (lambda: None, lambda: place(host, music), lambda: host.add_markers([marker("a", 1)])):
        change()
        ours = facts(host.timeline())
        assert seconds(ours["playhead"]) == Fraction("1234.567")
        assert seconds(ours["selection"].duration) == Fraction("65.683")
        assert [track.selected for track in read_project(pipe).tracks][:2] == selected


def test_the_playhead_is_known_when_nothing_is_selected(host: AudacityHost, pipe: Pipe) -> None:
    host.seek(RationalTime(5, 2))
    pipe.request("SelectTracks: Track=0 TrackCount=0 Mode=Set")
    ours = facts(host.timeline())
    assert seconds(ours["playhead"]) == Fraction(5, 2)
    assert "selection" not in ours
    assert not any(track.selected for track in read_project(pipe).tracks)


def test_selected_clips_are_those_in_the_selection(host: AudacityHost, pipe: Pipe) -> None:
    pipe.request("SelectTracks: Track=0 TrackCount=2 Mode=Set")
    pipe.request("SelectTime: Start=2.5 End=4.6")
    assert [(p.clip.name, float(seconds(p.record.start_time))) for p in selected_clips(host.timeline())] == [
        ('Bässe "A"', 2), ("drums", 4.5)]  # fmt: skip
    host.seek(RationalTime(1, 2))
    assert [float(seconds(p.record.start_time)) for p in selected_clips(host.timeline())] == [0]
