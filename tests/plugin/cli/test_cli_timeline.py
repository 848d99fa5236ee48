"""Timeline files from the command line: read, captioned, scored and written anew."""

from __future__ import annotations

import csv
import io
import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest
from opentimelineio.opentime import RationalTime, TimeRange

from host_bridge.files.convert import contents
from host_bridge.files.host import FileHost
from host_bridge.timeline import cues, facts, make_clip, make_timeline, make_tracks, placed_clips
from plugin.decode.stereo import read_stereo

RATE = 25


def frames(count: int) -> RationalTime:
    return RationalTime(count, RATE)


@pytest.fixture
def edit(tmp_path: Path, music: Path) -> Path:
    """Two clips of sound on two timeline tracks, one whose media is gone, from 01:00:00:00."""
    low = make_clip("low one", music / "low.wav", TimeRange(frames(25), frames(100)), id="low")
    mid = make_clip("mid one", music / "mid.wav", TimeRange(frames(0), frames(250)), id="mid")
    gone = make_clip("gone one", tmp_path / "gone.wav", TimeRange(frames(0), frames(50)), id="gone")
    tracks = make_tracks("A1", "Audio", [(low, frames(0)), (gone, frames(300))], id="1")
    tracks += make_tracks("A2", "Audio", [(mid, frames(50))], id="2")
    path = tmp_path / "edit.otio"
    otio.adapters.write_to_file(make_timeline("Edit", tracks, rate=RATE, start=frames(90_000)), str(path))
    return path


def test_clips_are_listed_as_the_editor_shows_them(cuefinder, edit: Path) -> None:
    answer = cuefinder("timeline", edit, "clips", "--json").json
    assert [(c["name"], c["in"], c["out"], c["timeline_track"], c["online"]) for c in answer["clips"]] == [
        ("low one", "01:00:00:00", "01:00:04:00", "A1", True), ("gone one", "01:00:12:00", "01:00:14:00", "A1", False),
        ("mid one", "01:00:02:00", "01:00:12:00", "A2", True),
    ]  # fmt: skip
    shown = cuefinder("timeline", edit, "clips").out
    assert "offline" in shown and "low one" in shown


def test_captions_go_into_a_new_file_and_what_is_gone_is_named(cuefinder, edit: Path) -> None:
    before = edit.read_bytes()
    answer = cuefinder("timeline", edit, "caption", "--write")
    assert answer.status == 2
    assert "gone one" in answer.error and "is not there" in answer.error
    new = edit.with_name("edit.cuefinder.otio")
    assert f"written: {new}" in answer.out
    said = {p.clip.name: facts(p.clip).get("caption") for p in placed_clips(FileHost(new).timeline())}
    assert said["low one"] and said["mid one"] and said["low one"] != said["mid one"]
    assert said["gone one"] is None
    assert edit.read_bytes() == before


def test_one_clip_by_number_and_none_by_a_wrong_one(cuefinder, edit: Path) -> None:
    answer = cuefinder("timeline", edit, "caption", "--clip", "1", "--json").json
    assert list(answer["captions"]) == ["low"]
    assert answer["written"] is None
    assert "clips 1 to 3" in cuefinder("timeline", edit, "caption", "--clip", "9").error


def test_music_like_a_clip_without_a_picture(cuefinder, edit: Path, indexed: Path) -> None:
    answer = cuefinder("timeline", edit, "suggest", "--clip", "mid", "--json").json
    assert answer["length"] == pytest.approx(10.0)
    assert len(answer["results"]) >= 1


def test_a_cue_is_placed_at_a_timecode_with_its_fades_in_a_file_of_its_own(cuefinder, edit: Path, music: Path) -> None:
    arguments = ["--at", "01:00:05:00", "--start", "2", "--length", "4", "--fade-in", "1", "--gain", "-6", "--json"]
    answer = cuefinder("timeline", edit, "place", music / "mid.wav", *arguments).json
    assert (answer["in"], answer["out"]) == ("01:00:05:00", "01:00:09:00")
    (cue,) = cues(FileHost(Path(answer["written"])).timeline())
    assert (cue.record.start_time, cue.record.duration) == (frames(125), frames(100))
    sound, rate = read_stereo(Path(answer["rendered"]), 0.0, 4.0)
    source, _ = read_stereo(music / "mid.wav", 2.0, 6.0)
    body = slice(2 * rate, 3 * rate)
    level = 20 * np.log10(np.sqrt((sound[0, body] ** 2).mean() / (source[0, body] ** 2).mean()))
    assert level == pytest.approx(-6.0, abs=0.02)
    assert np.abs(sound[0, : rate // 50]).max() < 0.05 * np.abs(sound[0, body]).max()


def test_a_format_with_fades_keeps_them_itself(cuefinder, edit: Path, music: Path) -> None:
    new = edit.with_name("edit.mlt")
    rate = Fraction(RATE)
    new.write_bytes(contents(FileHost(edit).timeline(), new))
    answer = cuefinder(
        "timeline", new, "place", music / "mid.wav", "--at", "5", "--length", "4", "--fade-out", "1", "--json"
    )
    assert answer.json["rendered"] is None
    (cue,) = cues(FileHost(Path(answer.json["written"]), rate).timeline())
    assert cue.record.start_time == frames(125)


def test_to_the_end_of_the_music_or_of_the_timeline(cuefinder, edit: Path, music: Path) -> None:
    short = cuefinder("timeline", edit, "place", music / "low.wav", "--at", "0", "--start", "2", "--json").json
    assert short["out"] == "01:00:10:00", "the music is 12 s long"
    cut = cuefinder("timeline", edit, "place", music / "mid.wav", "--at", "10", "--json").json
    assert cut["out"] == "01:00:14:00", "the timeline ends there"


@pytest.mark.parametrize(("arguments", "match"), [
    (["--at", "00:00:05:00"], "before the timeline's start"), (["--at", "01:00:05:99"], "no timecode"),
    (["--at", "x"], "not a time"), (["--at", "5", "--start", "100"], "nothing plays from 100"),
    (["--at", "5", "--start", "20", "--length", "9"], "only 5.0 s are left"),
    (["--at", "5", "--length", "2", "--fade-in", "3"], "fades"), (["--at", "5", "--gain", "99"], "gain"),
])  # fmt: skip
def test_a_cue_that_cannot_be_placed_writes_nothing(
    cuefinder, edit: Path, music: Path, arguments: list[str], match: str
) -> None:
    before = sorted(edit.parent.iterdir())
    answer = cuefinder("timeline", edit, "place", music / "mid.wav", *arguments)
    assert answer.status == 2
    assert match in answer.error
    assert sorted(edit.parent.iterdir()) == before


def test_the_cue_sheet_of_what_was_placed(cuefinder, edit: Path, music: Path) -> None:
    new = cuefinder("timeline", edit, "place", music / "mid.wav", "--at", "5", "--length", "4", "--json").json[
        "written"
    ]
    rows = list(csv.DictReader(io.StringIO(cuefinder("timeline", new, "cuesheet").out)))
    assert [(r["Title"], r["Time in"], r["Time out"], r["Duration"], r["Usage"]) for r in rows] == [
        ("mid", "01:00:05:00", "01:00:09:00", "00:00:04:00", "BI")
    ]  # fmt: skip
    assert len(cuefinder("timeline", new, "cuesheet", "--all", "--json").json["cues"]) == 4
    page = edit.with_name("sheet.html")
    assert cuefinder("timeline", new, "cuesheet", "--output", page).status == 0
    assert "01:00:05:00" in page.read_text(encoding="utf-8")


def test_stems_are_named_in_a_new_file(cuefinder, edit: Path) -> None:
    dry = cuefinder("stems", edit, "--json").json
    assert [(t["name"], t["role"], t["proposed"]) for t in dry["tracks"]] == [
        ("A1", "pad", "Bass guitar"), ("A2", "pad", "Piano")
    ]  # fmt: skip
    assert dry["applied"] is None
    assert "nothing was changed" in cuefinder("stems", edit).out
    answer = cuefinder("stems", edit, "--apply")
    assert "2 timeline tracks named and coloured" in answer.out
    timeline = FileHost(edit.with_name("edit.cuefinder.otio")).timeline()
    assert [(t.name, facts(t)["colour"]) for t in timeline.tracks] == [("Bass guitar", "#3a8f85"), ("Piano", "#3a8f85")]


def test_a_silent_timeline_track_keeps_its_name(cuefinder, tmp_path: Path) -> None:
    quiet = tmp_path / "quiet.wav"
    with wave.open(str(quiet), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(2 * 8000 * 4))
    one = make_clip("q", quiet, TimeRange(frames(0), frames(100)))
    path = tmp_path / "quiet.otio"
    timeline = make_timeline("Q", make_tracks("Voice", "Audio", [(one, frames(0))], id="1"), rate=RATE)
    otio.adapters.write_to_file(timeline, str(path))
    (row,) = cuefinder("stems", path, "--json").json["tracks"]
    assert (row["role"], row["proposed"]) == ("silent", None)
    assert "no timeline track was sure enough" in cuefinder("stems", path, "--apply").out
    assert not path.with_name("quiet.cuefinder.otio").exists()
