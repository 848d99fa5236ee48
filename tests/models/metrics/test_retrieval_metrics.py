"""Retrieval metrics against hand-worked examples, all orders of a tie, and chance."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from models.metrics import retrieval

SIMILARITY = np.array([[0.9, 0.1, 0.5, 0.3], [0.2, 0.4, 0.6, 0.8], [0.1, 0.2, 0.3, 0.4]])
TRUTH = np.array([0, 1, 0])  # ranks 1, 3, 4


def test_by_hand():
    assert retrieval.ranks(SIMILARITY, TRUTH).tolist() == [1, 3, 4]
    scores = retrieval.evaluate(SIMILARITY, TRUTH, (1, 3))
    assert scores == pytest.approx(
        {
            "recall@1": 100 / 3,
            "chance_recall@1": 25,
            "recall@3": 200 / 3,
            "chance_recall@3": 75,
            "median_rank": 3,
            "chance_median_rank": 2.5,
            "mrr": (1 + 1 / 3 + 1 / 4) / 3,
            "chance_mrr": (1 + 1 / 2 + 1 / 3 + 1 / 4) / 4,
            "pool": 4,
            "queries": 3,
        }
    )


@pytest.mark.parametrize("pool", [1, 2, 7, 100])
def test_a_constant_model_scores_at_chance(pool):
    scores = retrieval.evaluate(np.zeros((5, pool)), np.arange(5) % pool, (1, 5, 10))
    for name in ("recall@1", "recall@5", "recall@10", "median_rank", "mrr"):
        assert scores[name] == pytest.approx(scores[f"chance_{name}"])
    relevance = np.random.default_rng(0).random((5, pool)) < 0.4
    relevance[:, 0] = True
    scores = retrieval.precision_recall_at(np.ones((5, pool)), relevance, (1, 5, 10))
    for name in ("precision@1", "recall@1", "precision@5", "recall@5", "precision@10", "recall@10"):
        assert scores[name] == pytest.approx(scores[f"chance_{name}"])


def test_chance_is_what_random_scores_give():
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 20, 4000)
    scores = retrieval.evaluate(rng.random((4000, 20)), truth, (1, 5))
    assert scores["recall@1"] == pytest.approx(scores["chance_recall@1"], abs=1.5)
    assert scores["recall@5"] == pytest.approx(scores["chance_recall@5"], abs=3)
    assert scores["median_rank"] == pytest.approx(scores["chance_median_rank"], abs=1)
    assert scores["mrr"] == pytest.approx(scores["chance_mrr"], abs=0.015)


def test_ties_are_the_mean_over_all_orders():
    """Every way to order a pool whose scores tie, one after another."""
    scores = np.array([2.0, 1.0, 1.0, 1.0, 0.0])
    relevance = np.array([False, True, False, True, True])
    found = {(name, k): [] for name in ("recall", "precision", "hit") for k in (1, 2, 3, 4)}
    reciprocal, rank = [], []
    for order in itertools.permutations(range(5)):
        ranking = sorted(order, key=lambda item: -scores[item])  # sorted is stable: ties stay in the drawn order
        rank.append(ranking.index(3) + 1)
        reciprocal.append(1 / rank[-1])
        for k in (1, 2, 3, 4):
            hits = sum(relevance[item] for item in ranking[:k])
            found["recall", k].append(hits / 3)
            found["precision", k].append(hits / k)
            found["hit", k].append(3 in ranking[:k])
    truth = np.array([3])
    several = retrieval.precision_recall_at(scores[None], relevance[None], (1, 2, 3, 4))
    assert retrieval.ranks(scores[None], truth).tolist() == [np.mean(rank)]
    assert retrieval.mean_reciprocal_rank(scores[None], truth) == pytest.approx(np.mean(reciprocal))
    for k in (1, 2, 3, 4):
        assert retrieval.recall_at(scores[None], truth, k) == pytest.approx(100 * np.mean(found["hit", k]))
        assert several[f"recall@{k}"] == pytest.approx(100 * np.mean(found["recall", k]))
        assert several[f"precision@{k}"] == pytest.approx(100 * np.mean(found["precision", k]))


def test_precision_and_recall_of_one_right_item_are_recall_at():
    rng = np.random.default_rng(2)
    similarity, truth = rng.integers(0, 6, (30, 15)).astype(float), rng.integers(0, 15, 30)
    several = retrieval.precision_recall_at(similarity, np.eye(15)[truth], (1, 5, 20))
    for k in (1, 5, 20):
        assert several[f"recall@{k}"] == pytest.approx(retrieval.recall_at(similarity, truth, k))
        assert several[f"precision@{k}"] == pytest.approx(retrieval.recall_at(similarity, truth, k) / k)


def test_queries_without_a_right_item_are_counted():
    relevance = np.array([[True, False], [False, False]])
    scores = retrieval.precision_recall_at(np.array([[1.0, 0.0], [1.0, 0.0]]), relevance, (1,))
    assert scores["precision@1"] == scores["recall@1"] == 100
    assert (scores["queries"], scores["unanswerable"]) == (1, 1)


def test_retrieval_through_captions():
    captions = np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]])
    queries = np.array([[3.0, 0.1], [0.0, 1.0], [1.0, 0.1]])  # near the first, the second, the first
    scores = retrieval.through_captions(queries, captions, np.array([0, 1, 2]), (1, 2))
    assert scores["recall@1"] == pytest.approx(200 / 3)
    assert scores["recall@2"] == pytest.approx(100)
    assert scores["precision@2"] == pytest.approx(50)
    assert scores["pool"] == 3


def test_a_zero_vector_is_like_nothing():
    assert retrieval.cosines(np.zeros((1, 2)), np.ones((1, 2))).tolist() == [[0.0]]


@pytest.mark.parametrize(
    ("similarity", "truth", "message"),
    [
        (np.zeros(3), np.array([0]), "not shape (3,)"),
        (np.zeros((0, 3)), np.zeros(0, int), "at least one row"),
        (np.array([[0.0, 1.0], [np.nan, 0.0]]), np.array([0, 0]), "NaN in row 1"),
        (np.zeros((2, 3)), np.array([0]), "one integer a query (2)"),
        (np.zeros((1, 3)), np.array([0.0]), "float64"),
        (np.zeros((2, 3)), np.array([0, 3]), "query 1 is 3, outside the pool of 3"),
        (np.zeros((1, 3)), np.array([-1]), "outside the pool"),
    ],
)
@pytest.mark.parametrize("metric", [retrieval.ranks, retrieval.evaluate, retrieval.mean_reciprocal_rank])
def test_bad_input_is_one_line(metric, similarity, truth, message):
    with pytest.raises(ValueError, match=re.escape(message)) as error:
        metric(similarity, truth)
    assert "\n" not in str(error.value)


def test_bad_cutoffs_shapes_and_vectors():
    with pytest.raises(ValueError, match="cutoffs"):
        retrieval.evaluate(SIMILARITY, TRUTH, (0,))
    with pytest.raises(ValueError, match="shape"):
        retrieval.precision_recall_at(SIMILARITY, np.ones((2, 2)))
    with pytest.raises(ValueError, match="no query has a relevant item"):
        retrieval.precision_recall_at(SIMILARITY, np.zeros_like(SIMILARITY))
    with pytest.raises(ValueError, match="2 and of 3 numbers"):
        retrieval.cosines(np.ones((1, 2)), np.ones((1, 3)))
