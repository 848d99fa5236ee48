"""Cues and exports with the real Audacity: what is heard, and where."""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from opentimelineio.opentime import RationalTime

from host_bridge.audacity.host import AudacityHost
from host_bridge.audacity.pipe import Pipe
from host_bridge.errors import HostError, TimelineError
from host_bridge.host import CueOptions, TrackEdit
from host_bridge.timeline import (
    facts,
    find_clip,
    placed_clips,
    timeline_tracks,
)
from host_bridge.times import seconds
from tests.host_bridge.audacity.listening import content, loudness
from tests.host_bridge.conformance import RATE, marker, place, span, tone, write_wav


def test_a_cue_is_heard_where_it_was_placed(host: AudacityHost, music: Path, tmp_path: Path) -> None:
    placed = place(host, music, at=10.25, segment=span(1.5, 3))  # sounds from 10.75 to 11.75
    heard = loudness(host.export_range(span(10.25, 3), tmp_path / "out.wav", placed.timeline_track))
    assert [round(level, 2) for level in heard] == [0, 0.28, 0.28, 0, 0, 0]
    with_all = loudness(host.export_range(span(10.25, 3), tmp_path / "all.wav"))
    assert with_all == pytest.approx(heard, abs=0.001)


def test_a_cue_placed_before_the_segments_own_time(host: AudacityHost, music: Path, tmp_path: Path) -> None:
    placed = place(host, music, at=0, segment=span(2, 1))
    heard = loudness(host.export_range(span(0, 1.5), tmp_path / "out.wav", placed.timeline_track))
    assert [round(level, 2) for level in heard] == [0.28, 0.28, 0]


def test_fades_and_level_are_heard(host: AudacityHost, tmp_path: Path) -> None:
    music = write_wav(tmp_path / "tone.wav", tone(8))
    placed = place(host, music, at=20, segment=span(1, 4), gain_db=-20, fade_in=Fraction(1), fade_out=Fraction(2))
    heard = np.array(loudness(host.export_range(span(20, 4), tmp_path / "out.wav", placed.timeline_track)))
    linear = np.array([1 / 4, 3 / 4, 1, 1, 7 / 8, 5 / 8, 3 / 8, 1 / 8])  # in the middle of each half second
    assert heard == pytest.approx(0.1 * 0.4 / np.sqrt(2) * linear, abs=0.002)


def test_a_cue_may_be_very_quiet(host: AudacityHost, tmp_path: Path) -> None:
    music = write_wav(tmp_path / "tone.wav", tone(2))
    placed = place(host, music, at=20, segment=span(0, 2), gain_db=-96)
    assert max(loudness(host.export_range(span(20, 2), tmp_path / "out.wav", placed.timeline_track))) < 0.0001


def test_a_cue_on_a_timeline_track_that_is_there_spares_its_clips(
    host: AudacityHost, music: Path, tmp_path: Path
) -> None:
    before = loudness(host.export_range(span(0, 3), tmp_path / "before.wav", 'Bässe "A"'))
    placed = place(host, music, at=5.5, segment=span(2, 1), timeline_track='Bässe "A"')
    assert (placed.timeline_track, placed.created) == ('Bässe "A"', False)
    assert len(timeline_tracks(host.timeline())) == 2
    after = loudness(host.export_range(span(0, 3), tmp_path / "after.wav", 'Bässe "A"'))
    assert after == pytest.approx(before, abs=0.0001)  # an export has a little noise, on purpose
    heard = loudness(host.export_range(span(5, 2), tmp_path / "cue.wav", 'Bässe "A"'))
    assert [round(level, 2) for level in heard] == [0, 0.28, 0.28, 0]
    host.undo()
    assert len(placed_clips(host.timeline())) == 3


@pytest.mark.parametrize("channels", [2, 6])
def test_music_of_more_channels_gets_one_timeline_track(host: AudacityHost, tmp_path: Path, channels: int) -> None:
    path = tmp_path / "many.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, RATE, 0, "NONE", ""))
        file.writeframes((np.repeat(tone(3), channels) / channels * 32767).astype("<i2").tobytes())
    placed = place(host, path, segment=span(0, 2), timeline_track="drums", at=30)
    assert placed.created is (channels == 2), "a stereo clip has no place on a mono track; more channels are mixed"
    assert len(timeline_tracks(host.timeline())) == (3 if channels == 2 else 2)
    assert max(loudness(host.export_range(span(30, 2), tmp_path / "out.wav", placed.timeline_track))) > 0.1


@pytest.mark.parametrize("name", ["a\\nb.wav", " lead 🎸 .wav" + "x" * 200, 'q"'])
def test_files_of_any_name_are_placed(host: AudacityHost, tmp_path: Path, name: str) -> None:
    placed = place(host, write_wav(tmp_path / name, tone(2)), segment=span(0, 1))
    assert placed.timeline_track == "Our cue"


def test_music_that_ends_before_the_segment_changes_nothing(host: AudacityHost, pipe: Pipe, music: Path) -> None:
    before = content(pipe)
    with pytest.raises(TimelineError, match=r"ends after 8\.000 s"):
        place(host, music, segment=span(9, 2))
    assert content(pipe) == before


def test_a_segment_that_goes_beyond_the_music_ends_with_it(host: AudacityHost, music: Path) -> None:
    placed = place(host, music, segment=span(6, 20), at=2)
    assert seconds(placed.record.duration) == 2


def test_an_export_beyond_the_end_is_silent_there(host: AudacityHost, pipe: Pipe, tmp_path: Path) -> None:
    heard = loudness(host.export_range(span(6, 1.5), tmp_path / "edge.wav"))
    assert [round(level, 2) for level in heard] == [0.28, 0, 0]
    assert loudness(host.export_range(span(50, 1), tmp_path / "behind.wav")) == [0, 0]
    assert seconds(facts(host.timeline())["playhead"]) == Fraction("4.6")


def test_a_muted_timeline_track_is_not_exported(host: AudacityHost, pipe: Pipe, tmp_path: Path) -> None:
    host.edit_tracks([TrackEdit("1:drums", name="muted")])  # so that the project is made anew for the next test
    pipe.request("SelectTracks: Track=1 Mode=Set")
    pipe.request("SetTrack: Mute=1")
    with pytest.raises(HostError, match="muted"):
        host.export_range(span(4.5, 1), tmp_path / "out.wav", "muted")
    assert max(loudness(host.export_range(span(4.5, 1), tmp_path / "all.wav"))) == 0
    pipe.request("SelectTracks: Track=0 Mode=Set")
    pipe.request("SetTrack: Mute=1")
    with pytest.raises(HostError, match="all its timeline tracks are muted"):
        host.export_range(span(4.5, 1), tmp_path / "none.wav")
    with pytest.raises(HostError, match="no timeline track"):
        host.export_range(span(4.5, 1), tmp_path / "none.wav", "nobody")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all.wav"]


def test_an_empty_project_takes_a_cue(host: AudacityHost, pipe: Pipe, music: Path, tmp_path: Path) -> None:
    pipe.request("SelectAll:")
    pipe.request("RemoveTracks:")
    timeline = host.timeline()
    assert len(timeline.tracks) == 0
    assert "playhead" not in facts(timeline)
    with pytest.raises(HostError, match="no audio track"):
        host.add_markers([marker("a", 1)])
    with pytest.raises(HostError, match="no audio track"):
        host.export_range(span(0, 1), tmp_path / "out.wav")
    placed = place(host, music)
    assert find_clip(host.timeline(), placed.clip).record == placed.record
    host.undo()
    assert len(timeline_tracks(host.timeline())) == 0


def test_the_sound_that_was_placed_needs_its_file_no_more(host: AudacityHost, music: Path, tmp_path: Path) -> None:
    placed = host.insert_cue(music, span(2, 1), RationalTime(7, 1), CueOptions(name="copied"))
    music.unlink()
    heard = loudness(host.export_range(span(7, 1), tmp_path / "out.wav", placed.timeline_track))
    assert [round(level, 2) for level in heard] == [0.28, 0.28]
