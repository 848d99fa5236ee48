"""Another tempo at the same pitch, for sound that comes piece by piece.

The stretcher (Rubber Band's finest engine, through pedalboard) wants its sound at once. So it gets a few seconds at a
time, with some sound before and after them; the stretched pieces are joined where they are most alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, repeat
from typing import Any

import numpy as np

from plugin.decode.stereo import Stereo

FIRST = (1.5, 1.5, 3.0)
"""Seconds of the first pieces: short, so that something is soon heard, and what follows is ready before that ends."""
PIECE = 6.0
AROUND = 0.5
"""Seconds before and after a piece."""
SEAM = 0.05
REACH = 0.015
"""Seconds that a piece may be moved to be alike."""


def stretched(pieces: Iterator[Stereo], rate: int, tempo: float) -> Iterator[Stereo]:
    """Play sound at another tempo.

    Parameters
    ----------
    pieces : iterator of ndarray, float32 [2, N]
    rate : int
        Samples per second.
    tempo : float
        1.1 is a tenth faster.

    Yields
    ------
    ndarray, float32 [2, N]
        In all as many samples as came, over the tempo, give or take `REACH`.
    """
    import pedalboard

    pb: Any = pedalboard
    around, seam, reach = round(AROUND * rate), round(SEAM * rate), round(REACH * rate)
    held, origin, begin, ended = np.zeros((2, 0), np.float32), 0, 0, False
    before: Stereo | None = None
    for seconds in chain(FIRST, repeat(PIECE)):
        stop = begin + round(seconds * rate)
        waiting = [held]
        have = origin + held.shape[1]
        while have < stop + around and not ended:
            piece = next(pieces, None)
            if piece is None:
                ended = True
            else:
                waiting.append(piece)
                have += piece.shape[1]
        held = np.concatenate(waiting, 1)
        if have <= begin:
            break
        left = max(0, begin - around)
        done = ended and have <= stop + around
        window = held[:, left - origin : have - origin if done else stop + around - origin]
        found: Stereo = pb.time_stretch(np.ascontiguousarray(window), rate, tempo)
        at = round((begin - left) / tempo)
        size = round(stop / tempo) - round(begin / tempo)
        if before is not None and found.shape[1] > at + reach + seam:
            at += _nearest(before, found[:, at - reach : at + reach + seam]) - reach
            found[:, at : at + seam] = _joined(before, found[:, at : at + seam])
        yield found[:, at:] if done else found[:, at : at + size]
        if done:
            return
        before = found[:, at + size : at + size + seam]
        keep = max(0, stop - around)
        held, origin, begin = held[:, keep - origin :], keep, stop


def _nearest(wanted: Stereo, place: Stereo) -> int:
    """Give where in a longer sound the wanted one is most alike."""
    short, long = wanted.sum(0, dtype=np.float64), place.sum(0, dtype=np.float64)
    alike = np.correlate(long, short, "valid")
    energy = np.convolve(long**2, np.ones(short.size), "valid")
    return int((alike / np.sqrt(energy + 1e-12)).argmax())


def _joined(first: Stereo, second: Stereo) -> Stereo:
    """Fade over from one to the other at a steady power, however alike they are."""
    rise = np.linspace(0, 1, first.shape[1], dtype=np.float32)
    power = float(np.sqrt((first**2).sum() * (second**2).sum()))
    alike = float((first * second).sum()) / power if power else 1.0
    steady = np.sqrt(rise**2 + (1 - rise) ** 2 + 2 * max(0.0, alike) * rise * (1 - rise))
    joined: Stereo = ((first * (1 - rise) + second * rise) / steady).astype(np.float32)
    return joined
