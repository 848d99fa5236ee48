"""The excerpt from about the middle of a sound, however it comes and however long it is."""

from __future__ import annotations

import numpy as np
import pytest

from plugin.runtime.excerpt import KEPT, Excerpt

SIZE = 50


def excerpt_of(length: int, block: int) -> tuple[np.ndarray, Excerpt]:
    excerpt = Excerpt(SIZE)
    for start in range(0, length, block):
        excerpt.feed(np.arange(start, min(start + block, length), dtype=np.float32))
    sound = excerpt.sound()
    assert sound is not None
    return sound, excerpt


@pytest.mark.parametrize("block", [1, 7, 50, 333, 100_000])
@pytest.mark.parametrize("length", [1, 49, 50, 51, 99, 100, 175, 1000, 4321])
def test_it_is_one_piece_from_about_the_middle(length, block) -> None:
    sound, _ = excerpt_of(length, block)
    assert len(sound) == min(SIZE, length)
    assert (np.diff(sound) == 1).all()
    away = abs(sound[0] + len(sound) / 2 - length / 2)
    assert away <= max(SIZE, length / 4)


def test_a_long_sound_takes_no_more_memory_than_a_short_one() -> None:
    _, excerpt = excerpt_of(100_000, 40)
    assert sum(len(piece) for pieces in excerpt._kept.values() for piece in pieces) <= (KEPT + 1) * SIZE


def test_nothing_is_kept_for_nobody() -> None:
    excerpt = Excerpt(0)
    excerpt.feed(np.ones(100, np.float32))
    assert excerpt.sound() is None and Excerpt(SIZE).sound() is None
