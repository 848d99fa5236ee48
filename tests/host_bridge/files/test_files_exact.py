"""Times are exact at all rates, in all formats, with a start timecode."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from opentimelineio.opentime import RationalTime, TimeRange

from host_bridge.files.formats import read
from host_bridge.files.host import FileHost
from host_bridge.host import CueOptions
from host_bridge.timeline import cues, rate_of
from host_bridge.times import seconds, timecode
from tests.host_bridge.conformance import tone, write_wav
from tests.host_bridge.files.samples import NTSC, SUFFIXES, sample_file

RATES = [(Fraction(24000, 1001), False), (Fraction(25), False), (NTSC, True), (Fraction(60000, 1001), False)]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(("rate", "drop_frame"), RATES)
def test_times_are_exact(tmp_path: Path, rate: Fraction, drop_frame: bool, suffix: str) -> None:
    music = write_wav(tmp_path / "music.wav", tone(3))
    path = sample_file(tmp_path / f"film{suffix}", rate, drop_frame)
    host = FileHost(path, rate=rate)
    frame = 17_982 if drop_frame else 12_345  # drop frame timecode jumps at the tenth minute: 17,982 is 00:10:00;00
    at = RationalTime(frame, float(rate))
    host.insert_cue(
        music, TimeRange(RationalTime(7, float(rate)), RationalTime(48, float(rate))), at, CueOptions(key="k")
    )
    found = read(host.save(), rate)
    (cue,) = cues(found)
    assert rate_of(found) == rate
    assert (cue.record.start_time.value, cue.record.duration.value) == (frame, 48)
    assert seconds(cue.clip.source_range.start_time) == Fraction(7) / rate
    shown = timecode(cue.record.start_time, start=found.global_start_time, drop_frame=drop_frame)
    assert seconds(found.global_start_time) == Fraction(107_892 if drop_frame else round(rate) * 3600) / rate
    assert shown == {24: "01:08:34:09", 25: "01:08:13:20", 30: "01:10:00;00", 60: "01:03:25:45"}[round(rate)]
