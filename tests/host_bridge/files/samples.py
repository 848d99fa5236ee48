"""Timelines and files that the tests of file hosts share."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from host_bridge.files.convert import contents
from host_bridge.files.formats import FORMATS
from host_bridge.files.matrix import sample

NTSC = Fraction(30000, 1001)
SUFFIXES = tuple(one.suffix for one in FORMATS)
MEDIA = Path("/media/my films & sound")
"""Where the sample's clips say that their media are; nothing is there."""


@lru_cache
def sample_bytes(suffix: str, rate: Fraction = NTSC, drop_frame: bool = False) -> bytes:
    return contents(sample(MEDIA, rate, drop_frame), MEDIA / f"film{suffix}")


def sample_file(path: Path, rate: Fraction = NTSC, drop_frame: bool = False) -> Path:
    path.write_bytes(sample_bytes(path.suffix, rate, drop_frame))
    return path
