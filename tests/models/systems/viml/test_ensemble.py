from __future__ import annotations

import numpy as np
import pytest

from models.errors import ConfigError
from models.systems.viml.ensemble import ensemble, search_alpha
from models.systems.viml.evaluation import pooled


def test_an_ensemble_is_a_weighted_sum():
    one, two = np.array([[1.0, 0.0]]), np.array([[0.0, 2.0]])
    assert ensemble([one, two], [0.75, 0.25]) == pytest.approx(np.array([[0.75, 0.5]]))


def test_an_ensemble_refuses_what_does_not_fit():
    with pytest.raises(ConfigError, match="2 models, 1 weights"):
        ensemble([np.eye(2), np.eye(2)], [1.0])
    with pytest.raises(ConfigError, match="same queries"):
        ensemble([np.eye(2), np.eye(3)], [0.5, 0.5])


def test_alpha_is_found_where_only_both_together_are_right():
    rng = np.random.default_rng(0)
    # The first model knows the tens, the second the ones, each with little noise; alone each leaves a tie of ten.
    tens, ones = np.arange(100) // 10, np.arange(100) % 10
    first = 1.0 * (tens[:, None] == tens) + 0.01 * rng.random((100, 100))
    second = 1.0 * (ones[:, None] == ones) + 0.01 * rng.random((100, 100))
    alpha, score = search_alpha(first, second, np.arange(100))
    assert 0.02 < alpha < 0.98
    assert score == 1.0


def test_alpha_is_zero_for_a_useless_partner():
    rng = np.random.default_rng(0)
    alpha, score = search_alpha(np.eye(50), rng.random((50, 50)), np.arange(50))
    assert (alpha, score) == (0.0, 1.0)


def test_a_pool_as_large_as_the_split_is_the_split():
    similarity = np.random.default_rng(0).random((8, 8))
    rows, truth = pooled(similarity, 8)
    assert np.array_equal(rows, similarity)
    assert truth.tolist() == list(range(8))


def test_a_smaller_pool_holds_the_own_track_and_others_once():
    count = 30
    similarity = np.arange(count * count, dtype=float).reshape(count, count)
    rows, truth = pooled(similarity, 7)
    assert rows.shape == (count, 7)
    for query in range(count):
        columns = rows[query] - query * count
        assert columns[truth[query]] == query
        assert len(set(columns)) == 7
    assert np.array_equal(rows, pooled(similarity, 7)[0])
