"""Times of MLT XML, and the frame rate of its profile."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from xml.etree import ElementTree as ET

from host_bridge.times import exact_rate

MAX_FRAMES = 10**8
CLOCK = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:[.,]\d*)?)$")
SMPTE = re.compile(r"(\d+):(\d+):(\d+)[:;](\d+)$")


def frames(text: str | None, rate: Fraction) -> int | None:
    """A time as a number of frames: a number, ``hh:mm:ss.mmm`` (comma too) or ``hh:mm:ss:ff``; None where it is none.

    Raises
    ------
    ValueError
        It is no time, or one beyond all reason.
    """
    if text is None or not text.strip():
        return None
    text = text.strip()
    if found := SMPTE.match(text):
        hours, minutes, whole, left = (int(part) for part in found.groups())
        base = math.ceil(rate)
        count = ((hours * 60 + minutes) * 60 + whole) * base + left
        if text[-3] == ";" and rate.denominator == 1001:
            total = hours * 60 + minutes
            count -= base // 15 * (total - total // 10)
    elif ":" in text and (clock := CLOCK.match(text)):
        hours, minutes = int(clock[1] or 0), int(clock[2] or 0)
        count = math.floor((hours * 3600 + minutes * 60 + Fraction(clock[3].replace(",", "."))) * rate + Fraction(1, 2))
    else:
        try:
            count = round(float(text))
        except (ValueError, OverflowError) as error:
            raise ValueError(f"{text[:30]!r} is no time") from error
    if abs(count) > MAX_FRAMES:
        raise ValueError(f"the time {text[:30]!r} is beyond all reason")
    return count


def rate_of_profile(root: ET.Element) -> Fraction:
    """Frames per second; 25 where it has no profile, as MLT has it.

    Raises
    ------
    ValueError
        The profile has no good rate.
    """
    profile = next(root.iter("profile"), None)
    if profile is None:
        return Fraction(25)
    try:
        number = int(profile.get("frame_rate_num", "25"))
        found = Fraction(number, int(profile.get("frame_rate_den", "1")))
        if not 1 <= found <= 1000:
            raise ValueError("the frame rate is out of range")
        return exact_rate(found)
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError("its profile has no good frame rate") from error
