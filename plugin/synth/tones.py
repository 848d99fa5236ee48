"""
Physical and classical ways to make one tone, vectorised.

Every function gives float32 mono [n]; `frequency` is the fundamental in Hz, `rate` samples per second,
`loud` 0 (soft) to 1 (loud), which brightens as it does on instruments.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
_TABLE = 4096  # samples of one period
_TOP = 0.45  # highest partial as a part of the sample rate


def time_axis(samples: int, rate: int) -> Samples:
    """Give the time of each sample in seconds."""
    return np.arange(samples, dtype=np.float32) / np.float32(rate)


def plucked(
    frequency: float,
    samples: int,
    rate: int,
    loud: float,
    *,
    ring: float,
    bright: float,
    pick: float,
    buzz: float = 0.0,
    strings: int = 1,
) -> Samples:
    """
    Pluck or strike a string (Karplus and Strong's loop, solved for every harmonic and period at once).

    Parameters
    ----------
    ring : float
        Seconds to fall by 60 dB at 220 Hz; higher strings ring shorter.
    bright : float
        Harmonic where the spectrum has fallen by half.
    pick : float
        Place of the pluck as a part of the string; takes out every 1/pick-th harmonic.
    buzz : float
        How slowly high harmonics fade, 0 to 1.
    strings : int
        Strings of one note, a little out of tune with each other.
    """
    out = np.zeros(samples, dtype=np.float32)
    period = max(8, round(rate / frequency))
    harmonic = np.arange(period // 2 + 1)
    start = np.abs(np.sin(np.pi * harmonic * pick)) / np.maximum(harmonic, 1)
    start /= 1.0 + (harmonic / (bright * (0.6 + 0.8 * loud))) ** 2
    start[0] = 0.0
    start[harmonic * frequency > _TOP * rate] = 0.0
    seconds = ring * (220.0 / frequency) ** 0.5
    per_period = -6.9 / (seconds * frequency)
    damping = per_period * (1.0 + (1.0 - buzz) * (harmonic / 6.0) ** 1.3)
    phases = np.exp(1j * 2.399963 * harmonic**2)  # spread, so that the attack is no click
    for string in range(strings):
        detune = 1.0 + 0.0006 * (string - (strings - 1) / 2)
        exact = rate / (frequency * detune)
        count = int(np.ceil(samples / exact)) + 2
        decays = np.exp(np.maximum(damping[None, :] * np.arange(count)[:, None], -40.0))
        wave = np.fft.irfft(start * phases * decays, n=period, axis=1).ravel()
        places = np.arange(samples) * (period / exact)
        out += np.interp(places, np.arange(len(wave)), wave).astype(np.float32)
    return out


def periodic(amplitudes: NDArray[np.float64], phases: NDArray[np.float64] | None = None) -> NDArray[np.float32]:
    """Give one period whose harmonics, from the first, have these amplitudes."""
    spectrum = np.zeros(_TABLE // 2 + 1, dtype=np.complex128)
    turn = np.exp(1j * phases) if phases is not None else -1j
    spectrum[1 : len(amplitudes) + 1] = amplitudes * turn
    return np.fft.irfft(spectrum, n=_TABLE).astype(np.float32) * (_TABLE / 2)


def sustained(
    frequency: float,
    samples: int,
    rate: int,
    soft: NDArray[np.float64],
    hard: NDArray[np.float64],
    *,
    fade: float,
    vibrato: float,
    speed: float,
    unison: int,
    detune: float,
    rng: np.random.Generator,
) -> Samples:
    """
    Play a period again and again, from the `hard` spectrum to the `soft` one.

    Parameters
    ----------
    soft, hard : ndarray
        Amplitudes of the harmonics once settled, and at the attack.
    fade : float
        Seconds in which the attack's spectrum fades by two thirds.
    vibrato, speed : float
        Depth in cents and rate in Hz; comes in during the first half second.
    unison, detune : int, float
        Players at once, and how far apart they are in cents.
    """
    t = time_axis(samples, rate)
    top = int(min(len(soft), _TOP * rate / frequency))
    settled, attack = periodic(soft[: max(1, top)]), periodic(hard[: max(1, top)])
    mix = np.exp(-t / np.float32(fade))
    out = np.zeros(samples, dtype=np.float32)
    for player in range(unison):
        cents = detune * (player - (unison - 1) / 2) if unison > 1 else 0.0
        turns = frequency * 2.0 ** (cents / 1200.0) * np.arange(samples) / rate + float(rng.random())
        if vibrato:
            own = speed * float(rng.uniform(0.9, 1.1))
            depth = frequency * (2.0 ** (vibrato / 1200.0) - 1.0) / (2 * np.pi * own)
            swing = np.cos(2 * np.pi * own * t + np.float32(rng.uniform(0, 6.28)))
            turns += depth * np.minimum(t / 0.5, 1.0) * swing
        index = ((turns % 1.0) * _TABLE).astype(np.int32) % _TABLE
        dark = settled[index]
        out += dark + mix * (attack[index] - dark)
    return out / np.float32(unison)


def struck(
    frequency: float,
    samples: int,
    rate: int,
    loud: float,
    ratios: Sequence[float],
    levels: Sequence[float],
    rings: Sequence[float],
) -> Samples:
    """
    Strike a bar, bell or skin: partials at `ratios` of the fundamental that each ring for their own seconds.

    A partial above the range of hearing is left out; the higher ones are weaker when struck softly.
    """
    t = time_axis(samples, rate)
    out = np.zeros(samples, dtype=np.float32)
    for order, (ratio, level, ring) in enumerate(zip(ratios, levels, rings, strict=True)):
        if frequency * ratio > _TOP * rate:
            continue
        weight = level * (0.5 + 0.5 * loud) ** order
        out += np.float32(weight) * np.exp(-t * np.float32(6.9 / ring)) * _sine(frequency * ratio, t)
    return out


def modulated(
    frequency: float, samples: int, rate: int, loud: float, *, ratio: float, index: float, ring: float, fall: float
) -> Samples:
    """
    Modulate the phase of a sine by another (Chowning): electric pianos, bells, basses.

    Parameters
    ----------
    ratio : float
        Frequency of the modulator against the fundamental.
    index : float
        Strength of the modulation at the attack of a loud note.
    ring, fall : float
        Seconds to fall by 60 dB, of the level and of the modulation.
    """
    t = time_axis(samples, rate)
    depth = np.float32(index * (0.4 + 0.6 * loud)) * np.exp(-t * np.float32(6.9 / fall))
    if frequency * ratio > _TOP * rate:
        depth = np.zeros_like(t)
    modulator = depth * _sine(frequency * ratio, t)
    carrier = np.sin(np.float32(2 * np.pi * frequency) * t + modulator)
    return np.asarray(np.exp(-t * np.float32(6.9 / ring)) * carrier, dtype=np.float32)


def noise(samples: int, rate: int, low: float, high: float, rng: np.random.Generator) -> Samples:
    """Give noise between two frequencies in Hz, with soft edges and root-mean-square 1."""
    size = max(64, samples)
    spectrum = np.fft.rfft(rng.standard_normal(size))
    f = np.fft.rfftfreq(size, 1.0 / rate)
    shape = 1.0 / (1.0 + (f / min(high, _TOP * rate)) ** 6) / (1.0 + (low / np.maximum(f, 1.0)) ** 6)
    wave = np.fft.irfft(spectrum * shape, n=size)[:samples]
    return np.asarray(wave / max(1e-9, float(np.sqrt(np.mean(wave**2)))), dtype=np.float32)


def sweep(samples: int, rate: int, start: float, end: float, seconds: float, ring: float) -> Samples:
    """Give a sine that falls from `start` to `end` Hz: the skin of a drum."""
    t = time_axis(samples, rate)
    turns = end * t + (start - end) * seconds * (1.0 - np.exp(-t / np.float32(seconds)))
    return np.asarray(np.sin(2 * np.pi * turns) * np.exp(-t * np.float32(6.9 / ring)), dtype=np.float32)


def _sine(frequency: float, t: Samples) -> Samples:
    return np.asarray(np.sin(np.float32(2 * np.pi * frequency) * t), dtype=np.float32)
