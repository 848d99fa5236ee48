"""What is read of real projects of Blender."""

from __future__ import annotations

from fractions import Fraction

import pytest

from host_bridge.timeline import clip_id, facts, find_clip, media_path, placed_clips
from host_bridge.times import seconds
from tests.host_bridge.blender.conftest import Room, film
from tests.host_bridge.conformance import place, revision, track_ids

RATE = Fraction(24000, 1001)


def named(room: Room, name: str):
    return next(p for p in placed_clips(room.host.timeline()) if p.clip.name == name)


def frames(time, rate: Fraction = RATE) -> Fraction:
    return seconds(time) * rate


def test_times_count_from_the_scenes_first_frame_at_its_exact_rate(room: Room) -> None:
    film(room)
    timeline = room.host.timeline()
    assert facts(timeline)["rate"] == [24000, 1001]
    assert frames(named(room, "tälk").record.start_time) == 24
    shot = named(room, "shot öne")
    assert frames(shot.record.start_time) == 0
    assert frames(shot.clip.source_range.start_time) == 24
    assert media_path(shot.clip) == room.media / "shot one.mp4"
    assert seconds(facts(timeline)["playhead"]) == 0


def test_a_channel_with_pictures_and_sound_is_two_timeline_tracks(room: Room) -> None:
    room.need_sound()
    film(room)
    room.do("strip('tälk').frame_start += 400; strip('tälk').channel = 2")
    assert track_ids(room.host) == ["2.video", "3.video", "2.audio", "4.audio"]
    timeline = room.host.timeline()
    assert {track.name for track in timeline.tracks} == {"Channel 2", "Channel 3", "Channel 4"}


def test_a_clip_in_a_meta_strip_is_shown_as_far_as_that_shows_it(room: Room) -> None:
    room.need_sound()
    film(room)
    room.do("""
meta = strip("scene")
meta.frame_offset_start += 12
meta.frame_final_duration = 24
result = [meta.frame_final_start, meta.frame_final_duration]
""")
    steps = named(room, "steps")
    assert (frames(steps.record.start_time), frames(steps.record.duration)) == (252, 24)
    assert frames(steps.clip.source_range.start_time) == 12
    assert facts(steps.timeline_track)["id"] == "4.audio"
    room.do("strip('scene').mute = True")
    assert not named(room, "steps").clip.enabled


def test_clips_that_do_not_play_are_not_enabled(room: Room) -> None:
    film(room)
    assert named(room, "tälk").clip.enabled
    room.do("strip('tälk').mute = True")
    assert not named(room, "tälk").clip.enabled
    room.do("strip('tälk').mute = False; addon.edited_scene().sequence_editor.channels[1].mute = True")
    assert not named(room, "tälk").clip.enabled


def test_what_lies_before_the_first_frame_is_not_shown(room: Room) -> None:
    film(room)
    room.do("strip('shot öne').frame_start -= 48; strip('tälk').frame_start -= 300")
    shot = named(room, "shot öne")
    assert (frames(shot.record.start_time), frames(shot.record.duration)) == (0, 48)
    assert frames(shot.clip.source_range.start_time) == 72
    assert "tälk" not in [p.clip.name for p in placed_clips(room.host.timeline())]


def test_missing_files_and_strips_without_one(room: Room) -> None:
    film(room)
    room.do("""
strips().new_movie("lost", "/no such folder/lost.mp4", 8, 700)
lay_sound("relative", "//never saved.wav", 9, 700)
def effect(name, kind, channel, first, last, *inputs):
    length = {"frame_end": last} if bpy.app.version < (5, 0) else {"length": last - first}
    names = ("seq1", "seq2") if bpy.app.version < (4, 5) else ("input1", "input2")
    strips().new_effect(name, kind, channel, first, **length, **dict(zip(names, inputs)))
effect("title", "COLOR", 10, 700, 750)
effect("change", "CROSS", 11, 150, 180, strip("shot öne"), strip("shot two"))
""")
    found = {p.clip.name: media_path(p.clip) for p in placed_clips(room.host.timeline())}
    assert str(found["lost"]) == "/no such folder/lost.mp4"
    assert found["relative"] is None
    assert found["title"] is None
    assert "change" not in found


def test_a_movie_that_plays_twice_as_fast(room: Room) -> None:
    film(room)
    if not room.do("result = hasattr(strip('shot öne'), 'speed_factor')"):
        pytest.skip("Blender from version 4 does not tell scripts how fast a strip plays")
    room.do("strip('shot öne').speed_factor = 2.0; strip('shot öne').frame_offset_start = 24")
    assert seconds(named(room, "shot öne").clip.source_range.start_time) == Fraction(48, 25)


def test_selection_and_preview_range(room: Room) -> None:
    film(room)
    room.do("""
for each in addon.all_strips(addon.edited_scene()): each.select = each.name == "tälk"
scene = addon.edited_scene()
scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end = True, 125, 148
scene.frame_current = 113
""")
    timeline = room.host.timeline()
    assert [p.clip.name for p in placed_clips(timeline) if facts(p.clip).get("selected")] == ["tälk"]
    selection = facts(timeline)["selection"]
    assert (frames(selection.start_time), frames(selection.duration)) == (24, 24)
    assert frames(facts(timeline)["playhead"]) == 12


def test_reading_leaves_the_project_as_it_is(room: Room, tmp_path) -> None:
    film(room)
    room.do(f"bpy.ops.wm.save_as_mainfile(filepath={str(tmp_path / 'film.blend')!r})")
    state = "result = [bpy.data.is_dirty, [list(s.keys()) for s in addon.all_strips(addon.edited_scene())], counts()]"
    before = room.do(state)
    assert facts(room.host.timeline())["project"] == str(tmp_path / "film.blend")
    assert room.do(state) == before


def test_the_revision_tells_what_lies_where_and_no_more(room: Room) -> None:
    film(room)
    before = revision(room.host)
    for harmless in ("strip('tälk').select = True", "addon.edited_scene().frame_current = 200"):
        room.do(harmless)
        assert revision(room.host) == before
    for change in ("strip('tälk').frame_start += 1", "strip('shot two').mute = True", "strip('tälk').name = 'talk'",
                   "strip('shot two').channel = 9", "addon.edited_scene().frame_start = 1"):  # fmt: skip
        room.do(change)
        assert revision(room.host) != before, change
        before = revision(room.host)


def test_ids_stay_when_a_captioned_clip_is_renamed_and_are_not_doubled_by_copies(room: Room) -> None:
    film(room)
    room.host.annotate("tälk", "a talk")
    room.do("strip('tälk').name = 'interview'")
    found = find_clip(room.host.timeline(), "tälk")
    assert found is not None
    assert found.clip.name == "interview"
    room.do("""
copy = strips().new_movie("copy", "/lost.mp4", 6, 900)
for name, value in strip("interview").items(): copy[name] = value
strips().new_movie("tälk", "/lost.mp4", 7, 900)
""")
    ids = [clip_id(p.clip) for p in placed_clips(room.host.timeline())]
    assert len(set(ids)) == len(ids)
    assert {"tälk", "interview", "copy"} < set(ids)


def test_a_scene_without_a_sequencer_is_an_empty_timeline_until_a_cue_comes(room: Room) -> None:
    room.do("""
fresh(25, 1.0, 1)
bare = bpy.data.scenes.new("Bare")
for window in bpy.context.window_manager.windows:
    window.scene = bare
    if hasattr(window.workspace, "sequencer_scene"): window.workspace.sequencer_scene = bare
push()
""")
    assert placed_clips(room.host.timeline()) == []
    assert room.do("result = addon.edited_scene().sequence_editor is None")
    room.need_sound()
    placed = place(room.host, room.media / "steps.wav")
    assert (placed.timeline_track, placed.created) == ("Channel 1", True)


def test_the_sequencers_scene_is_read_where_it_is_not_the_windows(room: Room) -> None:
    film(room)
    if not room.do("result = hasattr(bpy.context.workspace, 'sequencer_scene')"):
        pytest.skip("before version 5 a window has one scene")
    room.do("""
edit = bpy.data.scenes.new("Edit")
edit.render.fps = 50
bpy.context.workspace.sequencer_scene = edit
push()
""")
    assert room.host.timeline().name == "Edit"
    placed = place(room.host, room.media / "tälk 🎤.wav")
    assert find_clip(room.host.timeline(), placed.clip) is not None
    assert len(room.do("result = [s.name for s in bpy.data.scenes['Scene'].sequence_editor.strips]")) == 4
