"""Knowing a recording again, against a plain comparison of every pair."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from plugin.suggest.recordings import Recording, Recordings


@given(
    st.lists(st.tuples(st.integers(0, 3), st.floats(0, 5)), max_size=24),
    st.lists(st.integers(1, 7), min_size=24, max_size=24),
    st.integers(0, 9),
)
def test_all_pairs_are_found_however_they_are_taken_in(pieces, portions, seed: int) -> None:
    rng = np.random.default_rng(seed)
    sounds = rng.standard_normal((4, 6))
    recordings = []
    for sound, duration in pieces:
        vector = sounds[sound] + rng.standard_normal(6) * rng.choice([0.0, 0.01, 0.05])
        recordings.append(Recording((vector / np.linalg.norm(vector)).astype(np.float32), duration))
    known = Recordings()
    found: list[list[int]] = []
    for portion in portions:
        found += known.take_in(recordings[len(found) : len(found) + portion])
    assert found == [
        [number for number in range(at) if recordings[at].same_as(recordings[number])] for at in range(len(recordings))
    ]


def test_both_sound_and_length_count() -> None:
    one, other = np.eye(2, dtype=np.float32)
    assert Recording(one, 30.0).same_as(Recording(one, 31.0))
    assert not Recording(one, 30.0).same_as(Recording(one, 31.5))
    assert not Recording(one, 30.0).same_as(Recording(other, 30.0))
