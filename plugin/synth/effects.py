"""Random mastering: what happens to music between the studio and the listener, for training."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

PEAK_DB = (-12.0, -0.3)  # range of the peak afterwards, dBFS


def random_mastering(audio: NDArray[np.float32], rate: int, seed: int) -> NDArray[np.float32]:
    """
    Colour audio at random, so that it keeps its music: same length, tempo and key.

    Equaliser, compression, saturation, room, stereo width, slight detuning (at most 35 cents), band limits,
    lossy codec, noise and gain, each with its own probability.

    Parameters
    ----------
    audio : ndarray of float32 [2, N] or [1, N]
        At least 0.1 s.
    rate : int
        Samples per second.
    seed : int
        The same seed gives the same colour.

    Returns
    -------
    ndarray of float32, same shape
        Peak between -12 and -0.3 dBFS; silence stays silence.
    """
    import pedalboard

    pb: Any = pedalboard

    rng = np.random.default_rng([seed, 20_011])
    length = audio.shape[1]
    board: list[Any] = []
    if rng.random() < 0.7:
        board += _equaliser(pb, rate, rng)
    if rng.random() < 0.5:
        ratio = float(rng.uniform(1.5, 6.0))
        board.append(pb.Compressor(float(rng.uniform(-30, -12)), ratio, float(rng.uniform(1, 30)), 150.0))
    if rng.random() < 0.15:
        board.append(pb.Distortion(float(rng.uniform(2, 10))))
    if rng.random() < 0.4:
        wet = float(rng.uniform(0.03, 0.25))
        size, damping = float(rng.uniform(0.1, 0.8)), float(rng.uniform(0.2, 0.8))
        board.append(pb.Reverb(room_size=size, damping=damping, wet_level=wet, dry_level=1.0 - wet))
    if rng.random() < 0.12:
        board.append(pb.Chorus(rate_hz=float(rng.uniform(0.2, 1.2)), depth=float(rng.uniform(0.05, 0.2)), mix=0.3))
    result = _play(pb, board, _normalised(audio), rate)
    if rng.random() < 0.4:
        result = _detune(result, float(rng.uniform(-35.0, 35.0)))
    result = _width(result, rng)
    result = _carrier(pb, _normalised(result), rate, rng)
    if rng.random() < 0.3:
        result = result + _noise(result.shape, float(rng.uniform(-65, -38)), rng)
    return _normalised(_fit(result, length), float(rng.uniform(*PEAK_DB)))


def _play(pb: Any, board: list[Any], audio: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """Send audio through a chain of effects; an empty one changes nothing."""
    return np.asarray(pb.Pedalboard(board)(audio, rate), dtype=np.float32) if board else audio


def _equaliser(pb: Any, rate: int, rng: np.random.Generator) -> list[Any]:
    """Give shelves and bells that tilt the spectrum by a few dB."""
    bells = [
        pb.PeakFilter(float(np.exp(rng.uniform(np.log(150), np.log(6000)))), float(rng.normal(0, 3)), 0.8)
        for _ in range(int(rng.integers(1, 4)))
    ]
    low = pb.LowShelfFilter(float(rng.uniform(80, 300)), float(rng.normal(0, 4)))
    high = pb.HighShelfFilter(min(float(rng.uniform(2500, 8000)), rate * 0.4), float(rng.normal(0, 4)))
    return [low, *bells, high]


def _carrier(pb: Any, audio: NDArray[np.float32], rate: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Send audio through a medium: lossy codec, small speaker, old tape, or nothing."""
    draw = rng.random()
    if draw < 0.25 and rate in (32000, 44100, 48000):
        # quality 2 is about 190 kbit/s, 9.5 about 50 kbit/s
        coded = pb.MP3Compressor(vbr_quality=float(rng.uniform(2.0, 9.5)))
        return _play(pb, [coded], audio, rate)
    if draw < 0.33:
        band = [
            pb.HighpassFilter(float(rng.uniform(100, 350))),
            pb.LowpassFilter(float(rng.uniform(2800, 6500))),
        ]
        return _play(pb, band, audio, rate)
    if draw < 0.45:
        limit = min(float(rng.uniform(5000, 15000)), rate * 0.45)
        return _play(pb, [pb.LowpassFilter(limit)], audio, rate)
    return audio


def _detune(audio: NDArray[np.float32], cents: float) -> NDArray[np.float32]:
    """Play faster or slower by less than 2.1 %, as a turntable does, and keep the length."""
    length = audio.shape[1]
    places = np.arange(length) * 2.0 ** (cents / 1200.0)
    places = places[places <= length - 1]
    samples = np.arange(length)
    return _fit(np.stack([np.interp(places, samples, row) for row in audio]).astype(np.float32), length)


def _width(audio: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Change the stereo width; some recordings are mono."""
    if len(audio) < 2:
        return audio
    width = 0.0 if rng.random() < 0.15 else float(rng.uniform(0.5, 1.3))
    middle, side = (audio[0] + audio[1]) / 2, (audio[0] - audio[1]) / 2
    return np.stack([middle + width * side, middle - width * side]).astype(np.float32)


def _noise(shape: tuple[int, ...], level_db: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Give hiss at a level below full scale, white or brown."""
    noise = rng.standard_normal(shape, dtype=np.float32)
    if rng.random() < 0.5:
        smooth = np.cumsum(noise, axis=1)
        noise = noise + 0.05 * (smooth - np.mean(smooth, axis=1, keepdims=True)) / np.sqrt(shape[1])
    return np.asarray(noise / np.abs(noise).max() * 10 ** (level_db / 20), dtype=np.float32)


def _normalised(audio: NDArray[np.float32], peak_db: float = -1.0) -> NDArray[np.float32]:
    peak = float(np.abs(audio).max()) if audio.size else 0.0
    return (audio * (10 ** (peak_db / 20) / peak)).astype(np.float32) if peak > 0 else audio


def _fit(audio: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """Cut, or fill with silence, to `length` samples."""
    if audio.shape[1] >= length:
        return audio[:, :length]
    return np.pad(audio, ((0, 0), (0, length - audio.shape[1])))
