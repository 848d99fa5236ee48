"""One loudness for all tracks."""

from __future__ import annotations

from math import log10

from plugin.treatment import GAIN_DB

LIMITED_DB = 3.0
"""How far a quiet track's peaks may be raised over full scale; the limiter takes that much without being heard."""


def matching_gain(loudness: float | None, peak: float | None, target: float) -> float:
    """Give the change of level, in dB, that brings a track to a loudness.

    Parameters
    ----------
    loudness : float or None
        Of the track, in LUFS; where it is not known, nothing is changed.
    peak : float or None
        Highest magnitude, 1 is full scale; where it is not known, full scale.
    target : float
        LUFS. Not reached by a track whose peaks would go more than `LIMITED_DB` over full scale.
    """
    if loudness is None:
        return 0.0
    most = LIMITED_DB - 20 * log10(peak or 1.0)
    gain = min(target - loudness, max(most, 0.0))
    return min(max(gain, GAIN_DB[0]), GAIN_DB[1])
