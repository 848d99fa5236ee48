"""Times of Final Cut Pro's XML: rational seconds on the edges of frames, such as ``1001/30000s``."""

from __future__ import annotations

import re
from fractions import Fraction

TIME = re.compile(r"(-?\d+)(?:/(\d+))?s$")
MAX_SECONDS = 10**6
NAMED_RATES = {"2398": Fraction(24000, 1001), "24": Fraction(24), "25": Fraction(25), "2997": Fraction(30000, 1001),
               "30": Fraction(30), "50": Fraction(50), "5994": Fraction(60000, 1001), "60": Fraction(60)}  # fmt: skip


def time_of(text: str | None, default: Fraction = Fraction(0)) -> Fraction:
    """A time such as ``1001/30000s`` in seconds.

    Raises
    ------
    ValueError
    """
    if text is None:
        return default
    if found := TIME.match(text.strip()):
        value = Fraction(int(found[1]), int(found[2] or 1))
    elif re.fullmatch(r"-?\d+\.\d+s", text.strip()):
        value = Fraction(text.strip()[:-1])
    else:
        raise ValueError(f"{text[:30]!r} is no time")
    if abs(value) > MAX_SECONDS:
        raise ValueError(f"the time {text[:30]!r} is beyond all reason")
    return value


def named_rate(format: str) -> Fraction | None:
    """Frames per second of a format that says them by its name alone: ``FFVideoFormat1080p2997``."""
    found = re.search(r"[pi](2398|24|25|2997|30|50|5994|60)$", format)
    return NAMED_RATES[found[1]] if found else None


def written(frames: float, rate: Fraction) -> str:
    """A number of frames as Final Cut writes it, on a frame's edge: ``2002/30000s``."""
    count = round(frames)
    return f"{count * rate.denominator}/{rate.numerator}s" if count else "0s"


def exactly(time: Fraction, rate: Fraction) -> str:
    """Seconds, on the frame's edge where they lie on one; a parent may have begun between frames, and that stays."""
    count = time * rate
    return written(int(count), rate) if count.denominator == 1 else f"{time.numerator}/{time.denominator}s"
