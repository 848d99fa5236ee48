"""The arithmetic of the ranking, against slow and plain versions of itself."""

from __future__ import annotations

import numpy as np
import pytest

from plugin.suggest.ranking import best_windows, combine, sizes, standardise

OFFSETS = np.array([0, 3, 4, 9])
COUNT = 12


@pytest.fixture
def similarities() -> np.ndarray:
    rng = np.random.default_rng(3)
    scale = np.array([[0.02], [0.3], [0.1]])
    return (rng.standard_normal((3, COUNT)) * scale + np.array([[0.2], [0.5], [-0.1]])).astype(np.float32)


def per_track(values: np.ndarray) -> list[np.ndarray]:
    return np.split(values, OFFSETS[1:], axis=-1)


def test_sizes_add_up() -> None:
    assert sizes(OFFSETS, COUNT).tolist() == [3, 1, 5, 3]


def test_standardised_tracks_have_mean_0_and_deviation_1_in_each_aspect(similarities) -> None:
    means = np.stack([part.mean(axis=1) for part in per_track(standardise(similarities, OFFSETS))])
    np.testing.assert_allclose(means.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(means.std(axis=0), 1, rtol=1e-5)


def test_scale_and_offset_of_an_aspect_do_not_matter(similarities) -> None:
    other = similarities * np.array([[10], [0.1], [3]]) + np.array([[1], [-2], [0]])
    np.testing.assert_allclose(
        standardise(similarities, OFFSETS), standardise(other.astype(np.float32), OFFSETS), atol=1e-3
    )


def test_aspect_that_cannot_tell_tracks_apart_adds_nothing() -> None:
    constant = np.full((1, COUNT), 0.7, np.float32)
    np.testing.assert_allclose(standardise(constant, OFFSETS), 0, atol=1e-6)
    one_track = standardise(np.array([[0.1, 0.9]], np.float32), np.array([0]))
    assert one_track[0, 1] > one_track[0, 0]  # its best segment is still found


def test_combination_is_the_weighted_mean(similarities) -> None:
    z = standardise(similarities, OFFSETS)
    np.testing.assert_allclose(combine(z, np.array([1.0, 0.0, 3.0])), (z[0] + 3 * z[2]) / 4)


@pytest.mark.parametrize("length", [1, 2, 3, 4, 100])
def test_best_windows_are_those_of_a_plain_search(similarities, length) -> None:
    scores = similarities[0].astype(np.float64)
    best, first, last = best_windows(scores, OFFSETS, length)
    for track, (start, part) in enumerate(zip(OFFSETS, per_track(scores), strict=True)):
        size = min(length, len(part))
        means = [part[i : i + size].mean() for i in range(len(part) - size + 1)]
        assert best[track] == pytest.approx(max(means))
        assert (first[track], last[track]) == (start + np.argmax(means), start + np.argmax(means) + size)


def test_earliest_of_equal_windows_is_taken() -> None:
    _, first, _ = best_windows(np.zeros(COUNT), OFFSETS, 2)
    assert first.tolist() == OFFSETS.tolist()
