"""Tempo and key from onset strength and chroma.

The graph `rhythm` of the pack gives both curves from the same 16 kHz audio that the music encoder hears, so no second
decode and no second front-end is needed. The two read-outs below are a few lines of numpy. librosa would do the same
(and is what `benchmarks/tempo_key.py` compares with) at the price of numba, scipy and scikit-learn at run time.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

ONSET_RATE = 100.0
"""Onset-strength values a second."""
SLOWEST, FASTEST = 50.0, 210.0
PREFERRED, SPREAD = 112.0, 0.85
"""Centre (BPM) and width (octaves) of the log-normal prior over tempi that listeners tap (van Noorden and Moelants
1999; the centre as measured on our renderings)."""

NOTES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


def estimate_tempo(onset: Array) -> float | None:
    """Tempo in beats a minute, or None where there is no pulse to follow.

    Autocorrelation of the onset strength over windows of 12 s, scored at each tempo's first four multiples and
    weighted by the prior (Ellis 2007, section 3).

    Parameters
    ----------
    onset : float32 [T]
        100 values a second; at least 4 s.
    """
    if len(onset) < 4 * ONSET_RATE or float(onset.max()) <= 0.0:
        return None
    size = int(min(len(onset), 12 * ONSET_RATE))
    smooth = np.convolve(onset, np.hanning(7) / np.hanning(7).sum(), "same")
    local = np.convolve(smooth, np.ones(50) / 50, "same")
    curve = np.maximum(smooth - local, 0.0)
    total = np.zeros(size)
    for start in range(0, len(curve) - size + 1, size // 2):
        part = curve[start : start + size] - curve[start : start + size].mean()
        spectrum = np.fft.rfft(part, 2 * size)
        power = np.fft.irfft(np.abs(spectrum) ** 2)[:size] / np.arange(size, 0, -1)
        if power[0] > 0:
            total += power / power[0]
    if total[0] <= 0:
        return None
    tempi = np.exp(np.arange(np.log(SLOWEST), np.log(FASTEST), 0.004))
    period = 60.0 * ONSET_RATE / tempi
    lags = np.arange(size)
    pulse = np.zeros(len(tempi))
    for multiple, weight in ((1, 1.0), (2, 0.7), (3, 0.25), (4, 0.5)):
        pulse += weight * np.interp(period * multiple, lags, total, right=0.0)
    prior = np.exp(-0.5 * (np.log2(tempi / PREFERRED) / SPREAD) ** 2)
    best = int(np.argmax(np.maximum(pulse, 0.0) * prior))
    if pulse[best] / total[0] < 0.1:
        return None
    return round(float(tempi[best]), 1)


def estimate_key(chroma: Array, major: Array, minor: Array) -> str | None:
    """Name the key ("A minor") whose profile correlates best with the mean chroma.

    Krumhansl's template matching (1990, chapter 4) with profiles learnt by `models.training.key`.

    Parameters
    ----------
    chroma : float32 [T, 12]
        Pitch-class shares of each frame, C first.
    major, minor : float32 [12]
        Profiles on tonic C.
    """
    mean = chroma.mean(0)
    if not float(mean.sum()) > 0.1:
        return None
    mean = mean - mean.mean()
    scores = [
        float(np.dot(np.roll(profile - profile.mean(), tonic), mean))
        for profile in (major, minor)
        for tonic in range(12)
    ]
    best = int(np.argmax(scores))
    return f"{NOTES[best % 12]} {'major' if best < 12 else 'minor'}"
