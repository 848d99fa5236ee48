"""The last step of a rendering: the room and the loudness that belong to a style."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from plugin.synth.score import Score
from plugin.synth.styles import STYLES

Audio = NDArray[np.float32]
MIXES = ("room", "hall", "space", "loud", "club", "tape")


def mixed(audio: Audio, rate: int, score: Score, seed: int) -> Audio:
    """
    Give a rendering the mix of its style.

    Parameters
    ----------
    audio : ndarray of float32 [2, N]
        The instruments together.
    rate : int
        Samples per second.
    score : Score
        Its style names the mix: room (as it is), hall and space (reverberation), loud (compressed),
        club (loud, and ducking under the kick), tape (dull, with hiss and crackle).
    seed : int
        For the noise of the tape.

    Returns
    -------
    ndarray of float32 [2, N]
        Not normalised.
    """
    import pedalboard

    pb: Any = pedalboard
    kind = STYLES[score.style].mix
    if kind in ("hall", "space"):
        size, wet = (0.75, 0.16) if kind == "hall" else (0.95, 0.35)
        # soundfonts have some direct current, which a long reverberation would pile up
        chain = [pb.HighpassFilter(35.0), pb.HighpassFilter(35.0)]
        chain += [pb.Reverb(room_size=size, damping=0.4, wet_level=wet, dry_level=1.0 - wet, width=1.0)]
        if kind == "space":
            beat = 60.0 / score.tempo
            chain.insert(2, pb.Delay(delay_seconds=0.75 * beat, feedback=0.35, mix=0.2))
        return _play(pb, chain, audio, rate)
    if kind == "club":
        audio = audio * _ducking(score, audio.shape[1], rate)
    if kind in ("club", "loud"):
        glue = pb.Compressor(threshold_db=-18.0, ratio=3.0, attack_ms=8.0, release_ms=120.0)
        return _driven(_play(pb, [pb.HighpassFilter(28.0), glue], audio, rate), -12.5)
    if kind == "tape":
        dull = [pb.HighpassFilter(50.0), *(pb.LowpassFilter(min(f, 0.45 * rate)) for f in (5500.0, 7500.0))]
        chorus = pb.Chorus(rate_hz=0.4, depth=0.04, mix=0.3)
        return _driven(_play(pb, [*dull, chorus], audio, rate), -16.0) + _crackle(audio.shape[1], rate, seed)
    return audio


def _play(pb: Any, chain: list[Any], audio: Audio, rate: int) -> Audio:
    return np.asarray(pb.Pedalboard(chain)(audio, rate), dtype=np.float32)


def _driven(audio: Audio, level_db: float) -> Audio:
    """Raise to a root-mean-square level in dBFS; peaks are rounded off."""
    power = float(np.sqrt(np.mean(audio**2)))
    return np.tanh(audio * np.float32(10 ** (level_db / 20.0) / power)) if power > 0 else audio


def _ducking(score: Score, length: int, rate: int) -> Audio:
    """Give the gain that falls after every kick and comes back before the next, as by a side chain."""
    gain = np.ones(length, dtype=np.float32)
    size = round(0.26 * rate)
    t = np.linspace(0.0, 1.0, size, dtype=np.float32)
    # the kick itself, the first tenth, is left alone
    dip = 1.0 - np.float32(0.55) * np.clip((t - 0.1) / 0.15, 0.0, 1.0) * (1.0 - t) ** 0.7
    for part in score.parts:
        if part.is_drum:
            for start in part.notes[np.isin(part.notes[:, 2], (35, 36)), 0]:
                begin = round(start * rate)
                end = min(length, begin + size)
                gain[begin:end] = np.minimum(gain[begin:end], dip[: max(0, end - begin)])
    return gain


def _crackle(length: int, rate: int, seed: int) -> Audio:
    """Give the hiss and the clicks of an old record."""
    rng = np.random.default_rng([seed, 78])
    sound = 0.0015 * rng.standard_normal((2, length)).astype(np.float32)
    clicks = rng.integers(0, length, size=max(1, 8 * length // rate))
    sound[:, clicks] += rng.normal(0.0, 0.06, size=(1, len(clicks))).astype(np.float32)
    return sound
