"""The role of a stem: from how its likeliest instruments, its harmony and its movement go together.

A flute may hold chords and strings may play the tune, so the instrument alone does not tell. The read-out is a linear
one over ten values, learnt from arrangements that are played part by part (`benchmarks/stems.py --fit`); voices are
told by their tags.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from plugin.stems.levels import Array, sounding

GROUPS = {
    "drums": ("drums", "drum machine"),
    "percussion": ("percussion", "congas", "timpani", "steel drums"),
    "bass": ("bass guitar", "double bass", "synth bass", "slap bass", "tuba"),
    "held": ("strings", "synth pad", "choir"),
    "chordal": ("guitar", "acoustic guitar", "electric guitar", "distorted guitar", "piano", "electric piano", "organ",
                "accordion", "harpsichord", "harp", "banjo"),
}  # fmt: skip
"""Instruments that speak for a role; the highest score of each group counts."""
FEATURES = (*GROUPS, "best", "harmony", "movement", "height", "always")
_FRAME = 0.05
"""Seconds of a frame whose spectrum is taken."""
_LOWEST, _HIGHEST = 20.0, 8000.0
"""Hz; what lies above did not count when the read-out was learnt."""


class PitchMeter:
    """Measures how high a sound lies, as its blocks come.

    Parameters
    ----------
    rate : int
        Samples a second of the blocks, each float32 [N].
    """

    def __init__(self, rate: int) -> None:
        self._size = round(_FRAME * rate)
        frequencies = np.fft.rfftfreq(self._size, 1 / rate)
        self._counted = frequencies <= _HIGHEST
        self._octaves = np.log2(np.maximum(frequencies[self._counted], _LOWEST))
        self._power = np.zeros(len(self._octaves))

    def feed(self, block: Array) -> None:
        """Take the next samples; what is left at the end of a block does not count."""
        frames = block[: len(block) // self._size * self._size].reshape(-1, self._size)
        power = (np.abs(np.fft.rfft(frames * np.hanning(self._size), axis=1)) ** 2).sum(0)
        self._power += power[self._counted]

    def finish(self) -> float:
        """Give the mean frequency by power, as its binary logarithm."""
        total = float(self._power.sum())
        return float((self._power * self._octaves).sum()) / total if total else 0.0


def describe(scores: Mapping[str, float], chroma: Array, levels: Array, height: float) -> npt.NDArray[np.float64]:
    """Put into numbers what tells the role.

    Parameters
    ----------
    scores : mapping of str to float
        Of instruments and voices.
    chroma : float32 [U, 12]
        Shares of the pitch classes.
    levels : float32 [T]
        dBFS of each 50 ms.
    height : float
        From `PitchMeter`.

    Returns
    -------
    float64 [10]
        In the order of `FEATURES`: the best score of each group and of all; evenness of the pitch classes (one note at
        a time is low, chords and noise high); change of level; height; 1.
    """
    groups = [max((scores.get(name, 0.0) for name in names), default=0.0) for names in GROUPS.values()]
    heard = chroma[chroma.sum(1) > 1e-6]
    shares = heard / heard.sum(1, keepdims=True) if len(heard) else np.full((1, 12), 1 / 12)
    evenness = float(-(shares * np.log(shares + 1e-9)).sum(1).mean() / np.log(12))
    sounds = sounding(levels)
    steps = np.abs(np.diff(levels))[sounds[1:] & sounds[:-1]]
    movement = float(steps.mean()) if len(steps) else 0.0
    best = max(scores.values(), default=0.0)
    return np.array([*groups, best, 10 * evenness - 8.2, np.log(movement + 0.1) - 0.8, height - 8.5, 1.0])


def likeliest_role(features: npt.NDArray[np.float64]) -> str:
    """Give the role that numbers from `describe` speak for."""
    roles, weights = _table()
    return roles[int(np.argmax(weights @ features))]


@cache
def _table() -> tuple[tuple[str, ...], npt.NDArray[np.float64]]:
    text = resources.files("plugin.stems").joinpath("roles.toml").read_text("utf-8")
    table: dict[str, dict[str, float]] = tomllib.loads(text)
    return tuple(table), np.array([[row[name] for name in FEATURES] for row in table.values()])
