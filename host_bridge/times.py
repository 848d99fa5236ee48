"""Exact times: OpenTimelineIO's rational times, as fractions of seconds where they are reckoned with.

OpenTimelineIO keeps a rate as a float, so 24000/1001 is not exact in it; here a rate is put back to the fraction that
it stands for, and sums are made of fractions. All times on the bridge count from the first frame of the timeline; its
start timecode is added for people alone.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Literal

from opentimelineio.opentime import RationalTime, TimeRange, to_timecode

Rounding = Literal["nearest", "down", "up"]
CLOSE = 0.005
"""How far a rate may be from n * 1000/1001: editors write 23.976 and even 23.98."""
HIGHEST_FRAME_RATE = 300


def exact_rate(rate: float | Fraction) -> Fraction:
    """The rate, in units per second, that a number stands for: 23.98, 23.976 and 23.976023976 are all 24000/1001.

    Raises
    ------
    ValueError
        The rate is not above zero.
    """
    if not (rate > 0 and math.isfinite(rate)):
        raise ValueError(f"a rate must be above zero, not {rate}")
    whole = round(rate)
    if whole and abs(float(rate) - whole) < 1e-6:
        return Fraction(whole)
    ntsc = Fraction(round(float(rate) * 1.001) * 1000, 1001)
    if ntsc and rate < HIGHEST_FRAME_RATE and abs(float(ntsc) - float(rate)) < CLOSE:
        return ntsc
    return Fraction(rate).limit_denominator(1_000_000)


def seconds(time: RationalTime) -> Fraction:
    """A time in seconds, exact."""
    return Fraction(time.value) / exact_rate(time.rate)


def at_rate(time: Fraction, rate: float | Fraction, rounding: Rounding = "nearest") -> RationalTime:
    """Seconds as a whole number of frames or samples.

    Parameters
    ----------
    time : Fraction
        Seconds.
    rate : float or Fraction
        Frames or samples per second.
    rounding : str
        "nearest" (a half goes up), "down" (never past the end of what is read) or "up".
    """
    units = time * exact_rate(rate)
    value = {"nearest": math.floor(units + Fraction(1, 2)), "down": math.floor(units), "up": math.ceil(units)}[rounding]
    return RationalTime(value, float(exact_rate(rate)))


def make_range(start: Fraction, duration: Fraction, rate: float | Fraction) -> TimeRange:
    """A range whose ends lie on the frames nearest to `start` and `start + duration`: seconds."""
    first = at_rate(start, rate)
    return TimeRange(first, at_rate(start + duration, rate) - first)


def end_of(span: TimeRange) -> Fraction:
    """End of a range in seconds, exclusive and exact even where start and duration have different rates."""
    return seconds(span.start_time) + seconds(span.duration)


def overlap(a: TimeRange, b: TimeRange) -> bool:
    """Whether two ranges share more than an edge."""
    return seconds(a.start_time) < end_of(b) and seconds(b.start_time) < end_of(a)


def timecode(time: RationalTime, *, start: RationalTime | None = None, drop_frame: bool = False) -> str:
    """A time as an editor reads it: ``01:00:02:12`` at frame rates, ``00:00:02.500`` at sample rates.

    Parameters
    ----------
    time : RationalTime
        Counted from the timeline's first frame.
    start : RationalTime, optional
        The timeline's start timecode.
    drop_frame : bool
        Count as 29.97 and 59.94 drop frames do; written with a semicolon.
    """
    rate = exact_rate(time.rate)
    whole = seconds(time) + (seconds(start) if start is not None else 0)
    if rate > HIGHEST_FRAME_RATE:
        milli = math.floor(whole * 1000 + Fraction(1, 2))
        return f"{milli // 3_600_000:02d}:{milli // 60_000 % 60:02d}:{milli // 1000 % 60:02d}.{milli % 1000:03d}"
    frames = at_rate(whole, rate)
    drops = drop_frame and rate.denominator == 1001 and round(rate) % 30 == 0
    if drops:
        return str(to_timecode(frames, frames.rate, True))
    count, base = int(frames.value), math.ceil(rate)
    return f"{count // base // 3600:02d}:{count // base // 60 % 60:02d}:{count // base % 60:02d}:{count % base:02d}"


CLOCK = re.compile(r"(\d+):(\d\d):(\d\d)[:;.](\d+)")


def from_timecode(text: str, rate: float | Fraction, *, start: RationalTime | None = None) -> RationalTime:
    """The time, from the timeline's first frame, that a timecode names; with a semicolon it counts drop frames.

    Raises
    ------
    ValueError
        It is no timecode, names a frame that the rate does not have, or lies before the timeline's start.
    """
    match, exact = CLOCK.fullmatch(text.strip()), exact_rate(rate)
    if match is None:
        raise ValueError(f"'{text}' is no timecode: write it as 01:00:10:12")
    hours, minutes, whole, last = (int(part) for part in match.groups())
    base = math.ceil(exact)
    if exact > HIGHEST_FRAME_RATE:
        named = hours * 3600 + minutes * 60 + whole + Fraction(last, 10 ** len(match.group(4)))
        time = at_rate(Fraction(named), exact)
    elif last >= base or minutes > 59 or whole > 59:
        raise ValueError(f"'{text}' is no timecode at {float(exact):.3f} frames a second")
    else:
        count = (hours * 3600 + minutes * 60 + whole) * base + last
        if ";" in text:
            total = hours * 60 + minutes
            count -= (total - total // 10) * round(exact) // 15  # two a minute at 29.97, four at 59.94, not each tenth
        time = RationalTime(count, float(exact))
    if start is not None:
        time = at_rate(seconds(time) - seconds(start), exact)
    if time.value < 0:
        raise ValueError(f"'{text}' lies before the timeline's start")
    return time
