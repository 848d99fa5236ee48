from __future__ import annotations

import numpy as np
import pytest

from plugin.rhythm import ONSET_RATE, estimate_key, estimate_tempo

MAJOR = np.array([2, -1, 0.5, -1, 1, 0.5, -1, 1.5, -1, 0.5, -1, 0], np.float32)
MINOR = np.array([2, -1, 0.5, 1, -1, 0.5, -1, 1.5, 0.5, -1, 0.3, -0.5], np.float32)


def pulses(bpm: float, seconds: float = 60.0, noise: float = 0.05) -> np.ndarray:
    rng = np.random.default_rng(0)
    onset = np.abs(rng.normal(0, noise, round(seconds * ONSET_RATE))).astype(np.float32)
    beats = np.arange(0.2, seconds - 0.1, 60.0 / bpm)
    onset[(beats * ONSET_RATE).astype(int)] += 1.0
    return onset


@pytest.mark.parametrize("bpm", [72.0, 90.0, 110.0, 128.0, 150.0])
def test_tempo_of_a_steady_beat(bpm: float) -> None:
    tempo = estimate_tempo(pulses(bpm))
    assert tempo is not None and abs(tempo / bpm - 1) < 0.02


def test_no_tempo_without_a_pulse() -> None:
    assert estimate_tempo(np.zeros(3000, np.float32)) is None
    assert estimate_tempo(np.ones(100, np.float32)) is None
    noise = np.abs(np.random.default_rng(1).normal(0, 1, 6000)).astype(np.float32)
    assert estimate_tempo(noise) is None


@pytest.mark.parametrize(("tonic", "name"), [(0, "C major"), (9, "A major"), (3, "Eb major")])
def test_key_of_a_major_scale(tonic: int, name: str) -> None:
    chroma = np.tile(np.roll(np.maximum(MAJOR, 0), tonic), (10, 1)).astype(np.float32)
    assert estimate_key(chroma, MAJOR, MINOR) == name


def test_key_of_a_minor_scale_and_of_nothing() -> None:
    chroma = np.tile(np.roll(np.maximum(MINOR, 0), 9), (10, 1)).astype(np.float32)
    assert estimate_key(chroma, MAJOR, MINOR) == "A minor"
    assert estimate_key(np.zeros((5, 12), np.float32), MAJOR, MINOR) is None
