"""When a stem sounds, how much of it is silence, and whether other stems bleed into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

STEP = 0.05
"""Seconds of one level."""
FLOOR = -90.0
"""dBFS of digital silence."""
INAUDIBLE = 60.0
"""dB below a stem's playing level where it counts as silent."""
PAUSE = 20.0
"""dB below its playing level where a stem does not play any more, though something may remain."""
LEAST = 40
"""Levels in pauses (2 s) that are needed to judge of bleed."""
ALIKE, SOFTER, STEADY = 0.4, -8.0, 6.0
"""What tells another stem's sound: correlation of the levels; dB that it is softer at least; dB that the distance of
both scatters at most. Chosen on the stems that `benchmarks/stems.py` fits on, measured on others."""


@dataclass(frozen=True, slots=True)
class Bleed:
    """Sound of another stem in the pauses of one.

    Attributes
    ----------
    source : int
        Place of the other stem in the list.
    level_db : float
        Against that stem's own level.
    """

    source: int
    level_db: float


class LevelMeter:
    """Takes blocks of mono sound as they come.

    Parameters
    ----------
    rate : int
        Samples a second; blocks may have any length.
    """

    def __init__(self, rate: int) -> None:
        self._size = round(STEP * rate)
        self._rest = np.zeros(0, np.float32)
        self._powers: list[Array] = []

    def feed(self, block: Array) -> None:
        """Take the next samples, float32 [N]."""
        joined = np.concatenate([self._rest, block])
        whole = len(joined) // self._size * self._size
        self._powers.append(np.square(joined[:whole].reshape(-1, self._size)).mean(1))
        self._rest = joined[whole:].copy()

    def finish(self) -> Array:
        """Give the root-mean-square levels, dBFS, of each whole 50 ms."""
        power = np.concatenate([*self._powers, np.zeros(0, np.float32)])
        levels: Array = np.maximum(10 * np.log10(power + 1e-12), FLOOR).astype(np.float32)
        return levels


def playing_level(levels: Array) -> float:
    """Level, dBFS, that a stem has where it plays: the 95th percentile of levels [T]."""
    return float(np.percentile(levels, 95)) if len(levels) else FLOOR


def sounding(levels: Array) -> npt.NDArray[np.bool_]:
    """Say of each level whether anything can be heard there."""
    return levels > max(playing_level(levels) - INAUDIBLE, FLOOR + 10)


def silent_share(levels: Array) -> float:
    """Share of the time, 0 to 1, in which nothing can be heard."""
    return 1.0 - float(sounding(levels).mean()) if len(levels) else 1.0


def find_bleed(levels: Sequence[Array]) -> list[Bleed | None]:
    """Find stems in whose pauses another one goes on quietly.

    In the pauses of a stem its remaining level is compared with the level of each other stem at the same time: remains
    that rise and fall with another stem are its sound. Noise does not, nor do the stem's own dying notes.

    Parameters
    ----------
    levels : sequence of float32 [T]
        Of stems that begin together; what is longer than the shorter of two is not compared.
    """
    return [_bleed(number, levels) for number in range(len(levels))]


def _bleed(number: int, levels: Sequence[Array]) -> Bleed | None:
    own = levels[number]
    top = playing_level(own)
    best, found = ALIKE, None
    for source, other in enumerate(levels):
        if source == number:
            continue
        size = min(len(own), len(other))
        if size < LEAST:
            continue
        mine, theirs = own[:size], other[:size]
        paused = _settled(mine < top - PAUSE) & (mine > FLOOR + 10)
        if paused.sum() < LEAST:
            continue
        a, b = mine[paused], theirs[paused]
        spread = float(a.std() * b.std())
        alike = float(((a - a.mean()) * (b - b.mean())).mean()) / spread if spread > 0.25 else 0.0
        loud = b > np.percentile(b, 40)  # where the other stem is soft, what remains is noise
        if alike <= best or not loud.any():
            continue
        distance = float(np.median(a[loud] - b[loud]))
        if distance < SOFTER and _scatter(a[loud] - b[loud]) <= min(STEADY, _scatter(b[loud])):
            best, found = alike, Bleed(source, round(distance, 1))
    return found


def _settled(paused: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Leave the first 0.3 s of each pause out, in which the last note still dies away."""
    late = round(0.3 / STEP)
    padded = np.concatenate([np.zeros(late, bool), paused])
    windows = np.lib.stride_tricks.sliding_window_view(padded, late + 1)
    return np.asarray(windows.all(1))


def _scatter(values: Array) -> float:
    """Median distance from the median."""
    return float(np.median(np.abs(values - np.median(values))))
