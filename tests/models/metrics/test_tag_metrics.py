"""Tag metrics against their definitions and against scikit-learn."""

from __future__ import annotations

import logging
import re

import numpy as np
import pytest

from models.metrics import tags


def slow_roc_auc(targets, scores) -> float:
    """All pairs of a piece with the tag and one without."""
    won = [
        (a > b) + 0.5 * (a == b) for a, t in zip(scores, targets, strict=True) if t
        for b, u in zip(scores, targets, strict=True) if not u
    ]  # fmt: skip
    return sum(won) / len(won)


def slow_pr_auc(targets, scores) -> float:
    """Steps of recall times precision, over all thresholds from the highest."""
    area, recall = 0.0, 0.0
    for threshold in sorted(set(scores), reverse=True):
        chosen = [t for t, s in zip(targets, scores, strict=True) if s >= threshold]
        reached = sum(chosen) / sum(targets)
        area += (reached - recall) * sum(chosen) / len(chosen)
        recall = reached
    return area


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("levels", [2, 5, 1000])
def test_equal_their_definitions_and_scikit_learn(seed, levels):
    rng = np.random.default_rng(seed)
    targets = rng.random(60) < 0.3
    scores = rng.integers(0, levels, 60) / levels + 0.2 * (levels > 100) * targets
    assert tags.roc_auc(targets, scores) == pytest.approx(slow_roc_auc(targets, scores))
    assert tags.pr_auc(targets, scores) == pytest.approx(slow_pr_auc(targets, scores))
    sklearn = pytest.importorskip("sklearn.metrics")
    assert tags.roc_auc(targets, scores) == pytest.approx(sklearn.roc_auc_score(targets, scores))
    assert tags.pr_auc(targets, scores) == pytest.approx(sklearn.average_precision_score(targets, scores))


def test_by_hand():
    targets, scores = np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])
    assert tags.roc_auc(targets, scores) == pytest.approx(0.75)
    assert tags.pr_auc(targets, scores) == pytest.approx(1 / 2 * 1 + 1 / 2 * 2 / 3)


def test_perfect_inverted_and_constant_scores():
    targets = np.array([1, 0, 1, 0, 0])
    assert (tags.roc_auc(targets, targets), tags.pr_auc(targets, targets)) == (1, 1)
    assert tags.roc_auc(targets, -targets) == 0
    assert tags.roc_auc(targets, np.ones(5)) == 0.5
    assert tags.pr_auc(targets, np.ones(5)) == pytest.approx(0.4)


def test_macro_means_and_tags_of_one_class(caplog):
    targets = np.array([[1, 0, 1, 0], [0, 0, 1, 1], [1, 0, 1, 0]])
    scores = np.array([[0.9, 0.1, 0.2, 0.4], [0.1, 0.3, 0.4, 0.5], [0.2, 0.5, 0.6, 0.6]])
    with caplog.at_level(logging.WARNING):
        found = tags.evaluate(targets, scores, ["rock", "oboe", "music", "calm"])
    assert "oboe, music" in caplog.text
    assert found == pytest.approx(
        {
            "roc_auc": (1 + 0.5) / 2,
            "pr_auc": (1 + 0.5) / 2,
            "chance_pr_auc": (2 / 3 + 1 / 3) / 2,
            "chance_roc_auc": 0.5,
            "tags": 2,
            "tags_left_out": 2,
        }
    )
    by_tag, left_out = tags.per_tag(targets, scores, ["rock", "oboe", "music", "calm"])
    assert list(by_tag) == ["rock", "calm"]
    assert left_out == ["oboe", "music"]


def test_a_constant_model_scores_at_chance():
    targets = np.random.default_rng(3).random((50, 6)) < 0.4
    found = tags.evaluate(targets, np.zeros((50, 6)))
    assert found["roc_auc"] == found["chance_roc_auc"]
    assert found["pr_auc"] == pytest.approx(found["chance_pr_auc"])


@pytest.mark.parametrize(
    ("targets", "scores", "names", "message"),
    [
        (np.zeros((2, 3)), np.zeros((3, 2)), None, "differ in shape"),
        (np.full((2, 2), 0.4), np.zeros((2, 2)), None, "0 or 1"),
        (np.eye(2), np.array([[0, np.nan], [0, 0]]), None, "scores: NaN in row 0"),
        (np.zeros((0, 2)), np.zeros((0, 2)), None, "at least one row"),
        (np.eye(2), np.eye(2), ["a"], "1 names for 2 tags"),
        (np.ones((2, 2)), np.eye(2), None, "nothing can be scored"),
    ],
)
def test_bad_input_is_one_line(targets, scores, names, message):
    with pytest.raises(ValueError, match=re.escape(message)) as error:
        tags.evaluate(targets, scores, names)
    assert "\n" not in str(error.value)


def test_one_class_has_no_curve():
    with pytest.raises(ValueError, match="no curve"):
        tags.roc_auc(np.ones(3), np.arange(3))
