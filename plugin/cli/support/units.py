"""Times, ranges and weights as users write and read them."""

from __future__ import annotations

import math
import re

from plugin.errors import InputError

_CLOCK = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d*)?|\.\d+)")


def seconds(text: str) -> float:
    """Read a time: ``90``, ``1:30``, ``1:30.5`` or ``1:02:03``.

    Raises
    ------
    InputError
        The text is none of these.
    """
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise InputError(f"'{text}' is not a time: write seconds (90) or minutes (1:30)")
    hours, minutes, rest = match.groups()
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(rest)


def clock(value: float) -> str:
    """Write a time as ``m:ss`` or ``h:mm:ss``, to the nearest second."""
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def span(start: float, end: float) -> str:
    """Write a range of time."""
    return f"{clock(start)}-{clock(end)}"


def tempo_range(text: str) -> tuple[float, float]:
    """Read a range of tempi: ``80-110``, ``80-`` or ``-110``.

    Raises
    ------
    InputError
        The text is no range, or an empty one.
    """
    low, dash, high = text.strip().partition("-")
    try:
        tempi = (float(low) if low.strip() else 0.0, float(high) if high.strip() else math.inf)
    except ValueError:
        tempi = (math.nan, math.nan)
    if not dash or not (low.strip() or high.strip()) or not 0 <= tempi[0] <= tempi[1]:
        raise InputError(f"'{text}' is not a range of tempi: write it in BPM, low to high, as 80-110")
    return tempi


def weight(text: str) -> tuple[str, float]:
    """Read a weight: ``text=0.7``.

    Raises
    ------
    InputError
        The text is no name, ``=`` and number.
    """
    name, equals, value = text.partition("=")
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not equals or math.isnan(number):
        raise InputError(f"'{text}' is not a weight: write it as text=0.7")
    return name.strip(), number
