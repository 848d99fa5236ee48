"""Knowing a recording again, against a plain comparison of every pair."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.suggest.recordings import Recording, Recordings, alike, outline_of

PEAKS = np.random.default_rng(1).integers(0, 255, 400, np.uint8).tobytes()
WAVE, OTHER = outline_of(PEAKS), outline_of(PEAKS[::-1])


@given(
    st.lists(st.tuples(st.integers(0, 3), st.floats(0, 5)), max_size=24),
    st.lists(st.integers(1, 7), min_size=24, max_size=24),
    st.integers(0, 9),
)
def test_all_pairs_are_found_however_they_are_taken_in(pieces, portions, seed: int) -> None:
    rng = np.random.default_rng(seed)
    sounds, outlines = rng.standard_normal((4, 6)), rng.integers(0, 255, (4, 400), np.uint8)
    recordings = []
    for sound, duration in pieces:
        vector = sounds[sound] + rng.standard_normal(6) * rng.choice([0.0, 0.05, 0.2])
        outline = outline_of(outlines[rng.choice([sound, 0])].tobytes())
        recordings.append(Recording((vector / np.linalg.norm(vector)).astype(np.float32), duration, outline))
    known = Recordings()
    found: list[list[int]] = []
    for portion in portions:
        found += known.take_in(recordings[len(found) : len(found) + portion])
    assert found == [
        [number for number in range(at) if recordings[at].same_as(recordings[number])] for at in range(len(recordings))
    ]


def test_both_sound_and_length_count() -> None:
    one, other = np.eye(2, dtype=np.float32)
    assert Recording(one, 30.0, WAVE).same_as(Recording(one, 31.0, WAVE))
    assert not Recording(one, 30.0, WAVE).same_as(Recording(one, 31.5, WAVE))
    assert not Recording(one, 30.0, WAVE).same_as(Recording(other, 30.0, WAVE))


def test_where_the_embedding_is_only_near_the_outline_decides() -> None:
    one, near, far = (np.array([np.cos(angle), np.sin(angle)], np.float32) for angle in (0.0, 0.2, 0.4))
    softer = outline_of(bytes(value // 2 for value in PEAKS))
    later = outline_of(PEAKS[:1] + PEAKS[:-1])
    for outline in (WAVE, softer, later):
        assert Recording(one, 30.0, WAVE).same_as(Recording(near, 30.0, outline))
    assert not Recording(one, 30.0, WAVE).same_as(Recording(near, 30.0, OTHER))
    assert not Recording(one, 30.0, WAVE).same_as(Recording(far, 30.0, WAVE))
    assert Recording(one, 30.0, WAVE).same_as(Recording(one, 30.0, OTHER)), "all but equal is enough"


def test_an_outline_that_does_not_vary_tells_nothing() -> None:
    for peaks in (bytes([255] * 400), bytes(400), b"", PEAKS[:-1]):
        assert not outline_of(peaks).any()
    assert np.linalg.norm(WAVE) == pytest.approx(1.0, abs=1e-5)
    assert alike(WAVE[None], WAVE[None])[0] > 0.999
