"""The arithmetic of the ranking, against slow and plain versions of itself."""

from __future__ import annotations

import numpy as np
import pytest

from plugin.suggest.ranking import best_window, best_windows, fuse, sizes

OFFSETS = np.array([0, 3, 4, 9])
COUNT = 12
SIZE = 6


@pytest.fixture
def rows() -> np.ndarray:
    found = np.random.default_rng(3).standard_normal((COUNT, SIZE)) + np.arange(SIZE)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


@pytest.fixture
def queries() -> np.ndarray:
    return np.random.default_rng(4).standard_normal((3, SIZE)) * np.array([[0.1], [1.0], [0.4]])


def per_track(values: np.ndarray) -> list[np.ndarray]:
    return np.split(values, OFFSETS[1:], axis=0)


def scores_of(rows: np.ndarray, queries: np.ndarray, weights: list[float]) -> np.ndarray:
    means = np.stack([part.mean(axis=0) for part in per_track(rows)])
    vector, shift = fuse(queries, np.array(weights), means.mean(axis=0), np.cov(means.T, bias=True))
    return rows @ vector - shift


def standardised(rows: np.ndarray, query: np.ndarray) -> np.ndarray:
    similarities = rows @ query
    means = np.array([part.mean() for part in per_track(similarities)])
    return (similarities - means.mean()) / means.std()


def test_sizes_add_up() -> None:
    assert sizes(OFFSETS, COUNT).tolist() == [3, 1, 5, 3]


def test_scores_are_the_weighted_mean_of_standardised_similarities(rows, queries) -> None:
    z = [standardised(rows, query) for query in queries]
    np.testing.assert_allclose(scores_of(rows, queries, [1.0, 0.0, 3.0]), (z[0] + 3 * z[2]) / 4)


def test_scale_and_offset_of_an_aspect_do_not_matter(rows, queries) -> None:
    weights = [1.0, 2.0, 3.0]
    scaled = queries * np.array([[10.0], [0.1], [3.0]])
    np.testing.assert_allclose(scores_of(rows, scaled, weights), scores_of(rows, queries, weights))
    equal = np.hstack([rows, np.ones((COUNT, 1))])  # the same for all, times what the queries make of it
    offset = np.hstack([queries, [[1.0], [-2.0], [0.0]]])
    np.testing.assert_allclose(scores_of(equal, offset, weights), scores_of(rows, queries, weights))


def test_aspect_that_cannot_tell_tracks_apart_adds_nothing(queries) -> None:
    constant = np.tile(np.eye(SIZE)[0], (COUNT, 1))
    np.testing.assert_allclose(scores_of(constant, queries[:1], [1.0]), 0, atol=1e-6)
    # In a library of one track, its best segment is still found.
    two = np.eye(SIZE)[:2]
    vector, shift = fuse(np.array([[0.1, 0.9, 0, 0, 0, 0]]), np.ones(1), two.mean(axis=0), np.zeros((SIZE, SIZE)))
    assert (two @ vector - shift).argmax() == 1


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 7, 100])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_best_windows_are_those_of_a_plain_search(length, dtype) -> None:
    scores = np.random.default_rng(5).standard_normal(COUNT).astype(dtype)
    best = best_windows(scores, OFFSETS, length)
    for found, part in zip(best, per_track(scores), strict=True):
        size = min(length, len(part))
        means = [part[i : i + size].mean() for i in range(len(part) - size + 1)]
        assert found == pytest.approx(max(means), rel=1e-5)
        assert best_window(part, length) == (np.argmax(means), np.argmax(means) + size)


def test_earliest_of_equal_windows_is_taken() -> None:
    assert best_window(np.zeros(5), 2) == (0, 2)


def test_a_long_library_loses_no_digits() -> None:
    scores = np.full(300_000, 1000.0, np.float32)
    scores[-2] += 1
    assert best_windows(scores, np.arange(0, 300_000, 3), 2)[-1] == np.float32(1000.5)
