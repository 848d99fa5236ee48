"""A range of a file's sound in two channels at its own rate, to be heard again rather than analysed."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
from av.audio import AudioFrame
from av.error import FFmpegError
from numpy.typing import NDArray

from plugin.decode.chain import Chain
from plugin.decode.clock import Clock
from plugin.decode.media import Damage, check_range, frames, open_media
from plugin.decode.resample import silence_garbage
from plugin.errors import DecodeError, InputError, printable


def read_stereo(path: str | os.PathLike[str], start: float, end: float) -> tuple[NDArray[np.float32], int]:
    """Read a range.

    Parameters
    ----------
    start, end : float
        Seconds.

    Returns
    -------
    ndarray, float32 [2, N]
        Left and right, full scale 1; mono is on both, more channels are mixed down. Where the file ends before the
        range does, silence.
    int
        Samples per second, those of the file.

    Raises
    ------
    DecodeError
        The file cannot be read or has no sound.
    InputError
        The range is empty or begins after the sound ends.
    """
    check_range(start, end)
    with open_media(path) as media:
        if media.sound is None:
            raise DecodeError(path, "no sound in it")
        clock, chain, rate, at = Clock(media.zero + start), None, 0, 0
        out = np.zeros((2, 0), np.float32)
        reached = False
        for frame in frames(media, media.sound, start, Damage()):
            begin, hole = clock.place(frame)
            if not rate:
                rate = frame.sample_rate
                out = np.zeros((2, max(1, round((end - start) * rate))), np.float32)
            if chain is None or hole or not chain.fits(frame):
                if chain is not None:
                    at = _put(out, at, chain.flush())
                at = round(begin * rate)
                filters = [("aresample", f"{rate}:ochl=stereo:osf=fltp:rematrix_maxval=1")]
                if frame.layout.nb_channels == 1:  # swresample would play it 3 dB softer on each side
                    filters.insert(0, ("pan", "stereo|c0=c0|c1=c0"))
                try:
                    chain = Chain(frame, filters)
                except FFmpegError as error:
                    reason = f"cannot mix its channels to stereo ({frame.layout.name})"
                    raise DecodeError(path, reason) from error
            at = _put(out, at, chain.push(frame))
            reached = reached or at > 0
            if at >= out.shape[1]:
                return out, rate
        if chain is not None:
            at = _put(out, at, chain.flush())
    if at <= 0 and not reached:
        raise InputError(f"{printable(path)}: no sound after {start:g} s: the range is outside the file")
    return out, rate


def _put(out: NDArray[np.float32], at: int, pieces: Iterator[AudioFrame]) -> int:
    """Write frames at a place that may lie before the range or reach beyond it; gives the next place."""
    for piece in pieces:
        samples = np.asarray(piece.to_ndarray(), np.float32)
        silence_garbage(samples)
        first, last = max(at, 0), min(at + samples.shape[1], out.shape[1])
        if first < last:
            out[:, first:last] = samples[:, first - at : last - at]
        at += samples.shape[1]
    return at
