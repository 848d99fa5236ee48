from __future__ import annotations

from fractions import Fraction

import pytest
from opentimelineio.opentime import RationalTime, TimeRange

from host_bridge.times import at_rate, end_of, exact_rate, from_timecode, make_range, overlap, seconds, timecode

FILM, NTSC, DOUBLE = Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001)


@pytest.mark.parametrize(("written", "exact"), [
    (23.976, FILM), (23.98, FILM), (23.976023976023978, FILM), (24.0, 24), (25, 25), (29.97, NTSC), (30.0, 30),
    (59.94, DOUBLE), (59.94005994, DOUBLE), (47.952, Fraction(48000, 1001)), (119.88, Fraction(120000, 1001)),
    (44100, 44100), (48000.0, 48000), (12.5, Fraction(25, 2)), (1.0, 1), (1e6, 10**6), (Fraction(30000, 1001), NTSC),
])  # fmt: skip
def test_rates_as_editors_write_them(written: float, exact: Fraction) -> None:
    assert exact_rate(written) == exact


@pytest.mark.parametrize("rate", [0, -24, float("nan"), float("inf")])
def test_a_rate_that_is_none(rate: float) -> None:
    with pytest.raises(ValueError, match="above zero"):
        exact_rate(rate)


@pytest.mark.parametrize("rate", [FILM, Fraction(25), NTSC, DOUBLE, Fraction(48000)])
def test_frames_of_a_day_are_exact(rate: Fraction) -> None:
    for count in (0, 1, 1000, 107_892, 2_589_408, 4_147_200_000):
        time = RationalTime(count, float(rate))
        assert seconds(time) == count / rate
        assert at_rate(seconds(time), rate).value == count


def test_half_a_frame_goes_up_and_down_never_passes_the_end() -> None:
    assert at_rate(Fraction(1, 2), 1).value == 1
    assert at_rate(Fraction(-1, 2), 1).value == 0
    assert at_rate(Fraction(999, 1000), 24, "down").value == 23
    assert at_rate(Fraction(1, 1000), 24, "up").value == 1


def test_neighbours_still_meet_after_rounding_from_samples_to_frames() -> None:
    cut = Fraction(123_457, 48_000)
    first, second = make_range(Fraction(0), cut, FILM), make_range(cut, Fraction(1), FILM)
    assert end_of(first) == seconds(second.start_time)
    assert not overlap(first, second)


def test_overlap_is_more_than_an_edge() -> None:
    first = TimeRange(RationalTime(0, 24), RationalTime(24, 24))
    assert not overlap(first, TimeRange(RationalTime(48_000, 48_000), RationalTime(1, 48_000)))
    assert overlap(first, TimeRange(RationalTime(47_999, 48_000), RationalTime(1, 48_000)))


@pytest.mark.parametrize(("count", "rate", "drop", "text"), [
    (1799, NTSC, True, "00:00:59;29"), (1800, NTSC, True, "00:01:00;02"), (17_982, NTSC, True, "00:10:00;00"),
    (107_892, NTSC, True, "01:00:00;00"), (3600, DOUBLE, True, "00:01:00;04"), (1800, NTSC, False, "00:01:00:00"),
    (86_400, FILM, False, "01:00:00:00"), (86_400, FILM, True, "01:00:00:00"),
    (90_000, Fraction(25), False, "01:00:00:00"),
    (61 * 48_000 + 240, Fraction(48_000), False, "00:01:01.005"),
])  # fmt: skip
def test_timecode_and_back(count: int, rate: Fraction, drop: bool, text: str) -> None:
    assert timecode(RationalTime(count, float(rate)), drop_frame=drop) == text
    assert from_timecode(text, rate).value == count


def test_every_drop_frame_of_the_first_twenty_minutes_comes_back() -> None:
    seen = set()
    for count in range(36_000):
        text = timecode(RationalTime(count, float(NTSC)), drop_frame=True)
        assert from_timecode(text, NTSC).value == count
        seen.add(text)
    assert len(seen) == 36_000
    assert "00:01:00;00" not in seen
    assert "00:10:00;00" in seen


def test_the_start_timecode() -> None:
    start = RationalTime(86_400, float(FILM))
    assert timecode(RationalTime(36, float(FILM)), start=start) == "01:00:01:12"
    assert from_timecode("01:00:01:12", FILM, start=start).value == 36
    with pytest.raises(ValueError, match="before the timeline's start"):
        from_timecode("00:59:59:00", FILM, start=start)


@pytest.mark.parametrize("text", ["1:2", "90", "", "01:00:00:24", "01:60:00:00", "a:b:c:d", "01:00:00:-1"])
def test_what_is_no_timecode(text: str) -> None:
    with pytest.raises(ValueError, match="timecode"):
        from_timecode(text, 24)
