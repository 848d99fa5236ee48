"""Sample rate, channels and length of a sound file from its head: what Ardour's session file says of a file.

Only what Ardour plays in place is read (WAV, RF64, AIFF, FLAC, Ogg); for the rest there is None: Ardour must convert.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

HEAD = 65_536


@dataclass(frozen=True)
class Sound:
    """Samples per second, channels, and samples of each channel (None where the head does not say)."""

    rate: int
    channels: int
    frames: int | None


def read_sound(path: Path) -> Sound | None:
    """What a file's head says; None for other formats, and for damaged files."""
    try:
        with path.open("rb") as file:
            magic = file.read(12)
            file.seek(0)
            if magic[:4] in (b"RIFF", b"RF64") and magic[8:] == b"WAVE":
                found = _wav(file)
            elif magic[:4] == b"FORM" and magic[8:] in (b"AIFF", b"AIFC"):
                found = _aiff(file)
            elif magic[:4] == b"fLaC":
                found = _flac(file.read(42))
            elif magic[:4] == b"OggS":
                found = _ogg(file.read(HEAD))
            else:
                return None
    except (OSError, struct.error, IndexError, ValueError, OverflowError):
        return None
    return found if found and found.rate > 0 and found.channels > 0 else None


def _chunks(file: BinaryIO, order: str) -> dict[bytes, tuple[bytes, int]]:
    """The first 64 bytes and the size of each chunk."""
    file.seek(12)
    found: dict[bytes, tuple[bytes, int]] = {}
    while len(head := file.read(8)) == 8 and len(found) < 64:
        name, (size,) = head[:4], struct.unpack(order + "I", head[4:])
        start = file.tell()
        found.setdefault(name, (file.read(min(size, 64)), size))
        file.seek(start + size + size % 2)
    return found


def _wav(file: BinaryIO) -> Sound | None:
    chunks = _chunks(file, "<")
    form, _ = chunks.get(b"fmt ", (b"", 0))
    channels, rate, _, block = struct.unpack("<HIIH", form[2:14])
    frames = None
    if b"data" in chunks and block and b"ds64" not in chunks:
        frames = chunks[b"data"][1] // block
    return Sound(rate, channels, frames)


def _aiff(file: BinaryIO) -> Sound | None:
    common, _ = _chunks(file, ">").get(b"COMM", (b"", 0))
    channels, frames, _, exponent, mantissa = struct.unpack(">HIHHQ", common[:18])
    rate = mantissa * math.ldexp(1.0, (exponent & 0x7FFF) - 16383 - 63)  # an 80-bit float
    return Sound(round(rate), channels, frames)


def _flac(head: bytes) -> Sound | None:
    packed = int.from_bytes(head[18:26], "big")
    frames = packed & (1 << 36) - 1
    return Sound(packed >> 44, (packed >> 41 & 7) + 1, frames or None)


def _ogg(head: bytes) -> Sound | None:
    body = 27 + head[26]
    if head[body : body + 7] == b"\x01vorbis":
        channels, rate = struct.unpack("<BI", head[body + 11 : body + 16])
        return Sound(rate, channels, None)
    if head[body : body + 5] == b"\x7fFLAC":
        return _flac(head[body + 9 : body + 51])
    return None
