"""A formant singer: sung melodies with known truth, since no recordings of singing with a free label are at hand."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

VOWELS = {
    "a": ((730, 1090, 2440, 3400, 4500), (1.0, 0.5, 0.18, 0.12, 0.06)),
    "e": ((530, 1840, 2480, 3500, 4500), (1.0, 0.35, 0.25, 0.12, 0.06)),
    "i": ((290, 2290, 3010, 3600, 4600), (1.0, 0.25, 0.2, 0.12, 0.06)),
    "o": ((500, 900, 2400, 3300, 4400), (1.0, 0.45, 0.08, 0.08, 0.04)),
    "u": ((320, 870, 2240, 3200, 4300), (1.0, 0.3, 0.06, 0.05, 0.03)),
}
"""Formant frequencies (Hz, a man's) and levels; after Peterson and Barney 1952."""
BANDWIDTHS = np.array([70.0, 100.0, 140.0, 200.0, 260.0])
FEMALE = 1.17


def sing(notes: npt.NDArray[np.float64], seconds: float, *, rate: int, female: bool, seed: int) -> Array:
    """Sing a melody.

    Parameters
    ----------
    notes : float64 [n, 4]
        Start (s), duration (s), MIDI pitch, velocity; moved by octaves into the singer's range.
    seconds : float
        Length of the result.
    rate : int
        Samples a second.
    female : bool
        Formants and range of a woman (A3 to E5) or of a man (A2 to E4).

    Returns
    -------
    float32 [N]
        Peak 1 where anything is sung.
    """
    rng = np.random.default_rng(seed)
    out = np.zeros(round(seconds * rate) + rate, np.float32)
    low, high = (57, 76) if female else (45, 64)
    ends = 0.0
    for start, duration, pitch, velocity in notes:
        if start < ends - 0.02:
            continue  # one voice: notes of a chord under the melody are left out
        while pitch > high:
            pitch -= 12
        while pitch < low:
            pitch += 12
        length = min(float(duration) * 1.02 + 0.04, seconds - float(start))
        if length < 0.06:
            continue
        ends = float(start) + length
        note = _note(float(pitch), length, rate, female, rng) * (velocity / 127.0)
        at = round(float(start) * rate)
        out[at : at + len(note)] += note
    out = out[: round(seconds * rate)]
    peak = float(np.abs(out).max(initial=0.0))
    return out / peak if peak > 0 else out


def _note(pitch: float, length: float, rate: int, female: bool, rng: np.random.Generator) -> Array:
    """One sung syllable: an optional consonant, then a vowel that may glide to another, with vibrato and breath."""
    t = np.arange(round(length * rate)) / rate
    vibrato = (
        rng.uniform(0.1, 0.45)
        * np.clip((t - 0.15) / 0.25, 0, 1)
        * np.sin(2 * np.pi * (rng.uniform(4.8, 6.4) * t + rng.uniform()))
    )
    scoop = -rng.uniform(0, 1.5) * np.exp(-t / 0.05)
    drift = np.convolve(rng.normal(0, 1, len(t) // 400 + 2).repeat(400)[: len(t)], np.ones(800) / 800, "same") * 0.15
    f0 = 440.0 * 2 ** ((pitch + vibrato + scoop + drift - 69) / 12)
    phase = 2 * np.pi * np.cumsum(f0) / rate
    first, second = rng.choice(list(VOWELS), 2)
    glide = np.clip((t / length - rng.uniform(0.3, 0.9)) * 8, 0, 1)
    scale = (FEMALE if female else 1.0) * rng.uniform(0.95, 1.06)
    formants = [np.array(VOWELS[v][0]) * scale for v in (first, second)]
    levels = [np.array(VOWELS[v][1]) for v in (first, second)]
    voice = np.zeros(len(t))
    slope = rng.uniform(0.9, 1.5)
    for harmonic in range(1, int(min(7500.0, rate * 0.45) / f0.mean()) + 1):
        gain = np.zeros(2)
        for k in range(2):
            distance = (harmonic * f0.mean() - formants[k]) / BANDWIDTHS
            gain[k] = (levels[k] / (1 + distance**2)).sum() + 0.01
        voice += ((1 - glide) * gain[0] + glide * gain[1]) * harmonic**-slope * np.sin(harmonic * phase)
    breath = rng.normal(0, 1, len(t)) * 0.01 * rng.uniform(0.3, 2.0)
    envelope = np.minimum(1, t / rng.uniform(0.02, 0.08)) * np.minimum(1, (length - t) / 0.06)
    syllable = (voice + breath) * envelope
    if rng.random() < 0.6:  # a hissed or struck consonant
        size = min(len(t), round(rng.uniform(0.02, 0.09) * rate))
        noise = np.diff(rng.normal(0, 1, size + 1)) * np.hanning(size) * rng.uniform(0.02, 0.12)
        syllable[:size] = syllable[:size] * np.linspace(0, 1, size) + noise * np.abs(voice).max()
    return syllable.astype(np.float32)
