"""Silence and bleed, on stems of known making."""

from __future__ import annotations

import numpy as np
import pytest

from plugin.stems.levels import Bleed, LevelMeter, find_bleed, silent_share

RATE = 16000


def levels(sound: np.ndarray) -> np.ndarray:
    meter = LevelMeter(RATE)
    meter.feed(sound.astype(np.float32))
    return meter.finish()


def notes(seed: int, seconds: int = 30, rests: tuple[tuple[int, int], ...] = ()) -> np.ndarray:
    """Struck notes at random times, none in the rests (seconds)."""
    rng = np.random.default_rng(seed)
    sound = np.zeros(seconds * RATE)
    time = np.arange(RATE) / RATE
    for at in np.sort(rng.uniform(0, seconds - 1, seconds * 3)):
        if not any(start - 0.5 <= at < stop for start, stop in rests):
            tone = np.sin(2 * np.pi * rng.uniform(200, 900) * time) * np.exp(-time * rng.uniform(5, 15))
            sound[int(at * RATE) : int(at * RATE) + RATE] += rng.uniform(0.1, 0.5) * tone
    return sound


RESTS = ((5, 12), (20, 26))


def test_levels_do_not_depend_on_the_blocks() -> None:
    sound = notes(1).astype(np.float32)
    meter = LevelMeter(RATE)
    for part in np.split(sound, [7, 1000, 70_001]):
        meter.feed(part)
    assert np.allclose(meter.finish(), levels(sound), atol=1e-3)


def test_silence_is_a_share_of_the_time_at_any_level() -> None:
    sound = 0.1 * np.random.default_rng(0).standard_normal(30 * RATE)
    assert silent_share(levels(sound)) == 0.0
    sound[: 15 * RATE] = 0
    assert silent_share(levels(sound)) == pytest.approx(0.5)
    assert silent_share(levels(0.01 * sound)) == pytest.approx(0.5)
    assert silent_share(np.zeros(0, np.float32)) == 1.0


@pytest.mark.parametrize("level", [-22.0, -30.0, -38.0])
def test_bleed_is_found_with_its_source_and_level(level: float) -> None:
    voice, drums, bass = notes(1, rests=RESTS), notes(2), notes(3)
    leaking = voice + 10 ** (level / 20) * drums
    found = find_bleed([levels(leaking), levels(drums), levels(bass)])
    assert found[1:] == [None, None], "stems without pauses cannot be judged"
    assert found[0] is not None
    assert found[0].source == 1
    assert found[0].level_db == pytest.approx(level, abs=1.5)


def test_noise_in_pauses_is_no_bleed() -> None:
    voice = notes(1, rests=RESTS)
    noisy = voice + 0.003 * np.random.default_rng(9).standard_normal(len(voice))
    others = [levels(notes(seed)) for seed in (2, 3, 4)]
    assert find_bleed([levels(voice), *others]) == [None] * 4
    assert find_bleed([levels(noisy), *others]) == [None] * 4


def test_stems_of_different_lengths_and_empty_ones() -> None:
    voice, drums = notes(1, rests=RESTS), notes(2)
    found = find_bleed([levels(voice + 0.03 * drums)[:500], levels(drums), np.zeros(0, np.float32)])
    assert isinstance(found[0], Bleed)
    assert found[1:] == [None, None]
