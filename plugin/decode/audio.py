"""The sound of any media file as float32 mono at any rate, by range and in blocks."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np

from plugin.decode.media import open_media
from plugin.decode.resample import Samples
from plugin.decode.sound import Sound
from plugin.errors import InputError


def audio_blocks(
    path: str | os.PathLike[str],
    rate: int,
    *,
    start: float = 0.0,
    end: float | None = None,
    block_seconds: float = 60.0,
) -> Iterator[Samples]:
    """Stream the sound of a media file.

    Parameters
    ----------
    path : str or os.PathLike
        Sound or video.
    rate : int
        Samples per second of the output.
    start, end : float
        Range in seconds; None is the file's end.
    block_seconds : float
        Length of a block.

    Yields
    ------
    ndarray, float32 [N]
        Mono, full scale 1; all blocks are of ``round(block_seconds * rate)`` samples but the last.

    Raises
    ------
    DecodeError
        The file cannot be read or has no sound.
    InputError
        The range is empty or outside the file. That the end is outside shows only at the file's end.
    """
    with open_media(path) as media:
        yield from blocks(Sound(media, rate, start, end), round(block_seconds * rate))


def read_audio(path: str | os.PathLike[str], rate: int, *, start: float = 0.0, end: float | None = None) -> Samples:
    """Read the sound of a media file, or of a range of it, at once.

    Parameters and errors are those of :func:`audio_blocks`.

    Returns
    -------
    ndarray, float32 [N]
        Mono, full scale 1.
    """
    return np.concatenate(list(audio_blocks(path, rate, start=start, end=end)))


def blocks(sound: Sound, length: int) -> Iterator[Samples]:
    """Cut a sound into arrays of exactly ``length`` samples but the last."""
    if length < 1:
        raise InputError("a block must hold at least one sample")
    block, filled = np.empty(length, np.float32), 0
    for piece in sound:
        while piece.size:
            taken = piece[: length - filled]
            block[filled : filled + taken.size] = taken
            filled += taken.size
            piece = piece[taken.size :]
            if filled == length:
                yield block
                block, filled = np.empty(length, np.float32), 0
    if filled:
        yield block[:filled]
