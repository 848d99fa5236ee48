"""Spectra of held instruments: amplitude of each harmonic `k` (1, 2 ...) of a tone of `f` Hz."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Spectrum = Callable[[NDArray[np.float64], float], NDArray[np.float64]]


def saw(k: NDArray[np.float64], f: float) -> NDArray[np.float64]:
    """Bowed synthesiser: every harmonic."""
    return 1.0 / k


def square(k: NDArray[np.float64], f: float) -> NDArray[np.float64]:
    """Odd harmonics alone."""
    return np.where(k % 2 == 1, 1.0, 0.0) / k


def hollow(k: NDArray[np.float64], f: float) -> NDArray[np.float64]:
    """Clarinet: odd harmonics, few even ones."""
    return np.where(k % 2 == 1, 1.0, 0.12 + 0.02 * k) / k**1.1


def nasal(k: NDArray[np.float64], f: float) -> NDArray[np.float64]:
    """Oboe, harmonica, bagpipes: strong around 1.3 and 2.9 kHz."""
    return k**-0.5 * (0.3 + bump(k * f, 1300.0, 700.0) + 0.5 * bump(k * f, 2900.0, 600.0))


def reedy(k: NDArray[np.float64], f: float) -> NDArray[np.float64]:
    """Free reeds, saxophone, bassoon."""
    return k**-0.75 * (0.4 + bump(k * f, 700.0, 500.0) + 0.5 * bump(k * f, 2000.0, 900.0))


def pipe(k: NDArray[np.float64], f: float) -> NDArray[np.float64]:
    """Flutes: little above the first harmonics."""
    return k**-2.2


def bowed(k: NDArray[np.float64], f: float) -> NDArray[np.float64]:
    """Strings: a saw through the body of a violin."""
    body = 0.4 + bump(k * f, 300.0, 150.0) + bump(k * f, 1000.0, 500.0) + 0.8 * bump(k * f, 2600.0, 900.0)
    return body / k


def drawbars(k: NDArray[np.float64], f: float) -> NDArray[np.float64]:
    """Tone wheels of an electric organ."""
    bars = {1: 0.7, 2: 1.0, 3: 0.8, 4: 0.6, 6: 0.35, 8: 0.5, 10: 0.1, 12: 0.15, 16: 0.3}
    return np.array([bars.get(int(n), 0.0) for n in k])


def principal(k: NDArray[np.float64], f: float) -> NDArray[np.float64]:
    """Ranks of organ pipes at 8, 4, 2 2/3, 2 and 1 feet."""
    ranks = sum((np.where(k % n == 0, (n / k) ** 1.4, 0.0) for n in (1, 2, 3, 4, 8)), np.zeros_like(k))
    return np.asarray(ranks, dtype=np.float64)


def ah(k: NDArray[np.float64], f: float) -> NDArray[np.float64]:
    """Voices on "ah"."""
    return (
        bump(k * f, 750.0, 180.0) + 0.7 * bump(k * f, 1150.0, 180.0) + 0.2 * bump(k * f, 2700.0, 400.0) + 0.05
    ) / k**0.4


def oo(k: NDArray[np.float64], f: float) -> NDArray[np.float64]:
    """Voices on "oo"."""
    return (bump(k * f, 380.0, 150.0) + 0.5 * bump(k * f, 850.0, 180.0) + 0.05) / k**0.8


def bump(f: NDArray[np.float64], centre: float, width: float) -> NDArray[np.float64]:
    """Give a resonance of this centre and width in Hz."""
    return np.asarray(np.exp(-0.5 * ((f - centre) / width) ** 2), dtype=np.float64)
