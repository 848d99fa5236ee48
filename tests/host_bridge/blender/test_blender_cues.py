"""Cues in real Blender: where they come to lie, what is refused, and what is undone."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from opentimelineio.opentime import RationalTime

from host_bridge.errors import HostError
from host_bridge.timeline import cues, facts
from tests.host_bridge.blender.conftest import Room, film
from tests.host_bridge.conformance import place, revision, span, tone, write_wav

RATE = 24000 / 1001


def test_a_cue_goes_to_the_next_free_channel_and_moves_nothing(room: Room, stage: Room, tmp_path: Path) -> None:
    film(room)
    room.do("strips().new_sound('wall', bpy.path.abspath(strip('tälk').sound.filepath), 1, 220)")
    state = "result = sorted((s.name, s.channel, s.frame_final_start, s.frame_final_end) for s in strips())"
    before = room.do(state)
    music = write_wav(tmp_path / "long.wav", tone(60))
    # Between the talk and the wall on channel 1, though the whole file would reach over both.
    placed = place(room.host, music, at=97 / RATE, segment=span(20, 0.5), timeline_track="Channel 1")
    assert placed.timeline_track == "Channel 1"
    over = place(room.host, music, at=97 / RATE, segment=span(20, 5), timeline_track="Channel 1")
    assert (over.timeline_track, over.created) == ("Channel 5", True)
    after = room.do(state)
    assert [line for line in after if line in before] == before
    assert len(after) == len(before) + 2


def test_locked_and_muted_channels_take_no_cue(stage: Room, tmp_path: Path) -> None:
    music = write_wav(tmp_path / "tone.wav", tone(5))
    stage.do("""
channels = addon.edited_scene().sequence_editor.channels
channels[1].lock, channels[2].mute, channels[3].name = True, True, "Music"
""")
    assert place(stage.host, music, segment=span(0, 1)).timeline_track == "Channel 4"
    named = place(stage.host, music, segment=span(0, 1), timeline_track="Music")
    assert (named.timeline_track, named.created) == ("Music", False)
    assert place(stage.host, music, segment=span(0, 1), timeline_track="Channel 1").timeline_track == "Channel 5"
    stage.do("for channel in addon.edited_scene().sequence_editor.channels: channel.lock = True")
    with pytest.raises(HostError, match="no channel"):
        place(stage.host, music, segment=span(0, 1))


def test_music_that_cannot_be_read_or_is_too_short_changes_nothing(stage: Room, tmp_path: Path) -> None:
    before, counted = revision(stage.host), stage.do("result = counts()")
    text = tmp_path / "no music.wav"
    text.write_text("just words")
    with pytest.raises(HostError, match=r"cannot read .*no music\.wav"):
        place(stage.host, text)
    short = write_wav(tmp_path / "short.wav", tone(2))
    with pytest.raises(HostError, match=r"ends after 2\.00 s"):
        place(stage.host, short, segment=span(1, 2))
    assert (revision(stage.host), stage.do("result = counts()")) == (before, counted)


@pytest.mark.parametrize("broken", ["fade", "placement", "lay", "undo_context"])
def test_a_fault_in_the_middle_leaves_nothing_behind(stage: Room, tmp_path: Path, broken: str) -> None:
    music = write_wav(tmp_path / "tone.wav", tone(5))
    before, counted = revision(stage.host), stage.do("result = counts()")
    # What is broken does its work first; undo_context works once, for the look at the undo stack before the change.
    stage.do(f"""
def works_then_fails(*arguments, real=addon.{broken}, left=[{int(broken == "undo_context")}], **known):
    done = real(*arguments, **known)
    if left[0] == 0:
        raise RuntimeError("full\\nstop")
    left[0] -= 1
    return done
kept, addon.{broken} = addon.{broken}, works_then_fails
""")
    try:
        with pytest.raises(HostError, match="insert_cue failed: full stop"):
            place(stage.host, music, segment=span(0, 3), fade_in=Fraction(1), gain_db=-3.0)
    finally:
        stage.do(f"addon.{broken} = kept")
    assert (revision(stage.host), stage.do("result = counts()")) == (before, counted)
    place(stage.host, music, segment=span(0, 3), fade_in=Fraction(1))


def test_a_cue_at_every_rate_lies_on_its_frame(stage: Room, tmp_path: Path) -> None:
    music = write_wav(tmp_path / "tone.wav", tone(8))
    for fps, base, exact in (
        (24, 1.001, Fraction(24000, 1001)),
        (30, 1.001, Fraction(30000, 1001)),
        (25, 1.0, Fraction(25)),
        (60, 1.001, Fraction(60000, 1001)),
        (30, 1.2, Fraction(25)),
    ):
        stage.do(f"fresh({fps}, {base}, 0); push()")
        timeline = stage.host.timeline()
        assert facts(timeline)["rate"] == [exact.numerator, exact.denominator]
        placed = stage.host.insert_cue(music, span(1, 2), RationalTime(1001, float(exact)))
        assert stage.do("result = strips()[0].frame_final_start") == 1001
        assert placed.record.start_time.value == 1001


def test_what_is_known_of_a_cue_comes_back(stage: Room, tmp_path: Path) -> None:
    music = write_wav(tmp_path / "tone.wav", tone(5))
    place(stage.host, music, segment=span(0, 2), key="k1", title="Wärme", artist="Ünknown", gain_db=-3.0)
    (found,) = cues(stage.host.timeline())
    cue = facts(found.clip)["cue"]
    assert (cue["key"], cue["title"], cue["artist"]) == ("k1", "Wärme", "Ünknown")
    assert stage.do("result = [strips()[0].show_waveform, strips()[0].mute]") == [True, False]


def test_a_change_of_the_users_after_ours_is_not_undone(stage: Room, tmp_path: Path) -> None:
    music = write_wav(tmp_path / "tone.wav", tone(5))
    place(stage.host, music, segment=span(0, 2))
    stage.do("strips()[0].frame_start += 50; push('Move')")
    before = revision(stage.host)
    with pytest.raises(HostError, match="not one of Cuefinder's"):
        stage.host.undo()
    assert revision(stage.host) == before
    stage.do("with addon.undo_context(): bpy.ops.ed.undo()")
    stage.host.undo()
    assert cues(stage.host.timeline()) == []
    stage.do("with addon.undo_context(): bpy.ops.ed.redo()")
    assert len(cues(stage.host.timeline())) == 1
    with pytest.raises(HostError, match="not one of Cuefinder's"):
        place(stage.host, music, segment=span(0, 2), key="other")
        stage.do("result = addon.steps.clear()")
        stage.host.undo()


def test_two_steps_are_undone_one_by_one(stage: Room, tmp_path: Path) -> None:
    music = write_wav(tmp_path / "tone.wav", tone(5))
    first = place(stage.host, music, segment=span(0, 2))
    stage.host.annotate(first.clip, "one")
    stage.host.undo()
    (found,) = cues(stage.host.timeline())
    assert facts(found.clip).get("caption") is None
    stage.host.undo()
    assert cues(stage.host.timeline()) == []


@pytest.mark.parametrize("doing", ["rendering", "being moved"])
def test_nothing_is_changed_while_blender_renders_or_strips_are_dragged(
    stage: Room, tmp_path: Path, doing: str
) -> None:
    music = write_wav(tmp_path / "tone.wav", tone(5))
    before = revision(stage.host)
    answers = stage.do(f"""
from types import SimpleNamespace as Fake
real, scene, find = addon.bpy, addon.edited_scene(), addon.edited_scene
dragged = Fake(bl_idname="TRANSFORM_OT_seq_slide", name="Sequence Slide")
class Busy:
    app = Fake(is_job_running=lambda name: name == "RENDER" and {doing == "rendering"})
    context = Fake(window_manager=Fake(windows=[Fake(modal_operators=[dragged])]))
    def __getattr__(self, name): return getattr(real, name)
answer = []
addon.bpy, addon.edited_scene = Busy(), lambda: scene
try:
    for method, params in (("annotate", {{"clip": "x", "caption": "y", "step": "z"}}), ("undo", {{}})):
        line = __import__("json").dumps({{"jsonrpc": "2.0", "id": 1, "method": method, "params": params}})
        answer.append(addon.respond(line.encode(), 0.0)["error"])
finally:
    addon.bpy, addon.edited_scene = real, find
result = answer
""")
    assert all(answer["code"] == -32000 and doing in answer["message"] for answer in answers)
    assert revision(stage.host) == before
    place(stage.host, music, segment=span(0, 1))
