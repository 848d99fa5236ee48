"""Mixing and random mastering colour the sound and keep the music."""

from __future__ import annotations

import numpy as np
import pytest

from plugin.synth.arranger import arrange
from plugin.synth.effects import random_mastering
from plugin.synth.mix import MIXES, mixed
from plugin.synth.render import render_builtin
from plugin.synth.styles import STYLES

RATE = 32_000


@pytest.fixture(scope="module")
def music() -> np.ndarray:
    return render_builtin(arrange("rock", 1, 6.0), rate=RATE)


def envelope(sound: np.ndarray) -> np.ndarray:
    """Give the level of every 50 ms."""
    mono = sound.mean(axis=0)
    size = RATE // 20
    return np.sqrt(np.mean(mono[: len(mono) // size * size].reshape(-1, size) ** 2, axis=1))


@pytest.mark.parametrize("seed", range(25))
def test_mastering_keeps_shape_range_and_music(seed: int, music: np.ndarray) -> None:
    before = music.copy()
    result = random_mastering(music, RATE, seed)
    assert np.array_equal(music, before)
    assert result.shape == music.shape and result.dtype == np.float32
    assert np.isfinite(result).all()
    peak = 20 * np.log10(float(np.abs(result).max()))
    assert -12.1 <= peak <= -0.2
    assert np.corrcoef(envelope(music), envelope(result))[0, 1] > 0.5


def test_mastering_depends_on_the_seed_alone(music: np.ndarray) -> None:
    assert np.array_equal(random_mastering(music, RATE, 5), random_mastering(music, RATE, 5))
    assert not np.array_equal(random_mastering(music, RATE, 5), random_mastering(music, RATE, 6))


@pytest.mark.parametrize("rate", [16_000, 22_050, 44_100, 48_000])
def test_mastering_works_at_any_rate(rate: int) -> None:
    noise = np.random.default_rng(0).normal(0.0, 0.1, (2, rate)).astype(np.float32)
    for seed in range(12):
        assert np.isfinite(random_mastering(noise, rate, seed)).all()


def test_mono_stays_mono_and_silence_silent(music: np.ndarray) -> None:
    assert random_mastering(music[:1], RATE, 3).shape == (1, music.shape[1])
    quiet = [random_mastering(np.zeros((2, RATE), np.float32), RATE, seed) for seed in range(10)]
    assert all(np.isfinite(sound).all() for sound in quiet)


def test_every_mix_is_used_by_a_style_and_stays_finite() -> None:
    by_mix = {style.mix: name for name, style in STYLES.items()}
    assert set(by_mix) == set(MIXES)
    rng = np.random.default_rng(0)
    for name in by_mix.values():
        score = arrange(name, 0, 5.0)
        sound = rng.normal(0.0, 0.1, (2, 5 * RATE)).astype(np.float32)
        result = mixed(sound, RATE, score, 0)
        assert result.shape == sound.shape and result.dtype == np.float32
        assert np.isfinite(result).all()


def test_clubs_duck_under_the_kick() -> None:
    score = arrange("house", 3, 20.0)
    kicks = np.concatenate([p.notes[np.isin(p.notes[:, 2], (35, 36)), 0] for p in score.parts if p.is_drum])
    steady = np.full((2, 20 * RATE), 0.1, np.float32) * np.sin(np.arange(20 * RATE) * 0.2).astype(np.float32)
    result = np.abs(mixed(steady, RATE, score, 0)[0])
    kick = kicks[(kicks > 2.0) & (kicks < 18.0)][0]
    under = result[round((kick + 0.06) * RATE) : round((kick + 0.1) * RATE)].mean()
    after = result[round((kick + 0.3) * RATE) : round((kick + 0.4) * RATE)].mean()
    assert under < 0.85 * after
