"""One whole file as a stream of events: what it is, its sound block by block, its loudness."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from plugin.decode.audio import blocks
from plugin.decode.info import MediaInfo, describe
from plugin.decode.loudness import LoudnessMeter
from plugin.decode.media import longest, open_media
from plugin.decode.resample import Samples
from plugin.decode.sound import Sound
from plugin.errors import DecodeError


@dataclass(frozen=True)
class Started:
    """A file was opened; its sound follows."""

    path: Path
    info: MediaInfo


@dataclass(frozen=True, eq=False)
class Block:
    """The next part of a file's sound: mono float32 [N], beginning ``start`` seconds into the file."""

    path: Path
    start: float
    samples: Samples


@dataclass(frozen=True)
class Finished:
    """A file was read to its end.

    Attributes
    ----------
    path : pathlib.Path
    duration : float
        Seconds really there.
    loudness : float or None
        Integrated, in LUFS; None for silence and under 0.4 s.
    peak : float
        Highest magnitude of the mono samples; full scale is 1.
    warnings : tuple of str
        What was lost or is odd, in plain words; empty for a sound file.
    """

    path: Path
    duration: float
    loudness: float | None
    peak: float
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Failed:
    """A file could not be read; the reason is one line without the path."""

    path: Path
    reason: str


Event = Started | Block | Finished | Failed


def decode_file(path: Path, rate: int, block_seconds: float) -> Iterator[Event]:
    """Decode a whole file once, for its sound and its loudness.

    Parameters
    ----------
    path : pathlib.Path
    rate : int
        Samples per second of the blocks.
    block_seconds : float
        Length of the blocks but the last.

    Yields
    ------
    Started, Block, ..., Block, Finished

    Raises
    ------
    DecodeError
        The file cannot be read, has no sound, or more than its bytes can hold.
    """
    meter = LoudnessMeter()
    peak = 0.0
    with open_media(path) as media:
        sound = Sound(media, rate, meter=meter)
        most = longest(media.path)
        yield Started(path, describe(media))
        position = 0
        for samples in blocks(sound, round(block_seconds * rate)):
            yield Block(path, position / rate, samples)
            position += samples.size
            if position > most * rate:
                raise DecodeError(path, f"damaged: more than {most / 3600:.1f} h of sound in so small a file")
            peak = max(peak, float(np.abs(samples).max()))
        yield Finished(path, sound.duration, meter.finish(), peak, sound.warnings())
