"""A cue that is placed and read back is where it was put, to the frame or sample, at every rate that editors use."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from bridge_panel import Panel
from conformance import tone, write_wav
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentimelineio.opentime import RationalTime, TimeRange
from scripted import ScriptedHost

from host_bridge.files.convert import contents
from host_bridge.files.formats import FORMATS
from host_bridge.files.host import FileHost
from host_bridge.host import Capability, CueOptions
from host_bridge.reaper.rpp_host import RppHost
from host_bridge.remote import RemoteHost
from host_bridge.timeline import VIDEO, find_clip, make_clip, make_timeline, make_tracks, placed_clips
from host_bridge.times import at_rate, exact_rate, seconds

FRAME_RATES = [Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(60000, 1001)]
HOURS_24 = 24 * 3600
EXAMPLES = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_wav(tmp_path_factory.mktemp("music") / "tone.wav", tone(30))


@pytest.fixture
def remote(panel: Panel) -> Iterator[tuple[ScriptedHost, RemoteHost]]:
    scripted = ScriptedHost(panel.server.folder)
    yield scripted, panel.came.get(timeout=10)
    scripted.close()


@EXAMPLES
@given(
    rate=st.sampled_from([*FRAME_RATES, Fraction(48_000), Fraction(44_100)]), at=st.integers(0, HOURS_24 * 1000),
    start=st.integers(0, 20 * 48_000), length=st.integers(4_800, 9 * 48_000),
)  # fmt: skip
def test_over_the_protocol(
    remote: tuple[ScriptedHost, RemoteHost], music: Path, rate: Fraction, at: int, start: int, length: int
) -> None:
    """Milliseconds become the nearest frame, and there is never more music than was asked for."""
    scripted, host = remote
    scripted.project = {"name": "P", "rate": [rate.numerator, rate.denominator], "tracks": [], "markers": []}
    segment = TimeRange(RationalTime(start, 48_000), RationalTime(length, 48_000))
    placed = host.insert_cue(music, segment, RationalTime(at, 1000), CueOptions())
    found = find_clip(host.timeline(), placed.clip)
    assert found.record == placed.record
    assert exact_rate(found.record.start_time.rate) == rate
    assert abs(seconds(found.record.start_time) - Fraction(at, 1000)) <= Fraction(1, 2) / rate
    assert 0 <= Fraction(length, 48_000) - seconds(found.record.duration) < 1 / rate
    assert found.clip.source_range.start_time == RationalTime(start, 48_000)


def project(path: Path, rate: Fraction, start: int) -> Path:
    """A timeline file with one clip of ten seconds."""
    float_rate = float(rate)
    clip = make_clip(
        "shot", path.parent / "shot.mov", TimeRange(RationalTime(0, float_rate), at_rate(Fraction(10), rate))
    )
    tracks = make_tracks("V1", VIDEO, [(clip, RationalTime(0, float_rate))])
    timeline = make_timeline("Edit", tracks, rate=rate, start=RationalTime(start, float_rate))
    path.write_bytes(contents(timeline, path))
    return path


PLACES = {"rate": st.sampled_from(FRAME_RATES), "at": st.integers(0, 200_000), "first": st.integers(0, 500),
          "length": st.integers(2, 200), "start": st.sampled_from([0, 1])}  # fmt: skip
SLOW = {".aaf"}
"""Formats of which a file takes seconds: a few examples are enough of them."""


@pytest.mark.parametrize("suffix", [f.suffix for f in FORMATS if Capability.INSERT_CUE in f.capabilities])
def test_in_files(tmp_path_factory: pytest.TempPathFactory, music: Path, suffix: str) -> None:
    @settings(EXAMPLES, max_examples=3 if suffix in SLOW else 25)
    @given(**PLACES)
    def place_and_read(rate: Fraction, at: int, first: int, length: int, start: int) -> None:
        check_place(tmp_path_factory.mktemp("files") / f"edit{suffix}", music, rate, at, first, length, start)

    place_and_read()


def check_place(path: Path, music: Path, rate: Fraction, at: int, first: int, length: int, start: int) -> None:
    """On frames that the timeline has, the place and the part of the music are the very same after saving."""
    project(path, rate, start * 3600 * round(rate))
    host = FileHost(path, rate)
    float_rate = float(rate)
    segment = TimeRange(RationalTime(first, float_rate), RationalTime(length, float_rate))
    placed = host.insert_cue(music, segment, RationalTime(at, float_rate), CueOptions(name="cue"))
    assert placed.record == TimeRange(RationalTime(at, float_rate), RationalTime(length, float_rate))
    again = FileHost(host.save(), rate).timeline()
    (found,) = [p for p in placed_clips(again) if p.clip.name != "shot" and p.timeline_track.kind == "Audio"]
    assert (int(found.record.start_time.value), int(found.record.duration.value)) == (at, length)
    assert abs(seconds(found.clip.source_range.start_time) - first / rate) <= Fraction(1, 2) / rate


@EXAMPLES
@given(rate=st.sampled_from([44_100, 48_000, 96_000]), at=st.integers(0, 10**9), length=st.integers(100, 400_000))
def test_in_projects_of_reaper_to_the_sample(
    tmp_path_factory: pytest.TempPathFactory, music: Path, rate: int, at: int, length: int
) -> None:
    path = tmp_path_factory.mktemp("rpp") / "edit.rpp"
    path.write_text(f'<REAPER_PROJECT 0.1 "7.0" 0\n  SAMPLERATE {rate} 1 0\n>\n')
    host = RppHost(path)
    segment = TimeRange(RationalTime(480, 48_000), RationalTime(length, rate))
    placed = host.insert_cue(music, segment, RationalTime(at, rate), CueOptions(name="cue"))
    (found,) = placed_clips(RppHost(host.save()).timeline())
    assert (found.record.start_time, found.record.duration) == (RationalTime(at, rate), RationalTime(length, rate))
    assert placed.record == found.record
