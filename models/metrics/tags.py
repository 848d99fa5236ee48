"""How well scores of tags separate the pieces that have them from those that have not.

Conventions
-----------
`targets` is [N, T], pieces by tags, 1 or 0; `scores` is [N, T], higher is likelier, on any scale, no NaN. Areas are
between 0 and 1. Equal scores are one step of both curves: no order is read into a tie. A tag that all pieces have or
none has no curve: it is left out, counted and named in the log.

Metrics
-------
* :func:`roc_auc`: area under the receiver operating characteristic, for one tag; chance is 0.5
* :func:`pr_auc`: average precision, the area under the precision-recall curve without interpolation (what the tagging
  literature and scikit-learn call PR-AUC), for one tag; chance is the share of pieces with the tag
* :func:`per_tag`: both for every tag that has both classes
* :func:`evaluate`: their means over tags (macro), with chance levels
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np

from models.metrics._order import matrix, places

log = logging.getLogger(__name__)


def validate(
    targets: np.ndarray, scores: np.ndarray, names: Sequence[str] | None = None
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Give targets bool [N, T], scores float64 [N, T] and T names; ValueError with one line where they do not fit."""
    truth, scores = matrix(targets, "tags: targets"), matrix(scores, "tags: scores")
    if truth.shape != scores.shape:
        raise ValueError(f"tags: targets {truth.shape} and scores {scores.shape} differ in shape")
    if not np.isin(truth, (0, 1)).all():
        raise ValueError("tags: targets are 0 or 1; choose a threshold for tags with confidences first")
    names = [str(tag) for tag in range(truth.shape[1])] if names is None else list(names)
    if len(names) != truth.shape[1]:
        raise ValueError(f"tags: {len(names)} names for {truth.shape[1]} tags")
    return truth.astype(bool), scores, names


def _column(targets: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One tag's targets bool [N] and scores [N], both classes there."""
    truth, column, _ = validate(np.reshape(targets, (-1, 1)), np.reshape(scores, (-1, 1)))
    if truth.all() or not truth.any():
        raise ValueError("tags: a tag that all pieces have or none has no curve")
    return truth[:, 0], column[:, 0]


def roc_auc(targets: np.ndarray, scores: np.ndarray) -> float:
    """Probability that a piece with the tag scores higher than one without, a tie counting half; inputs [N]."""
    truth, column = _column(targets, scores)
    better, equal = places(column)
    ranks = len(column) - better - (equal - 1) / 2  # from 1 for the lowest, the mean in a tie
    with_tag = int(truth.sum())
    above = ranks[truth].sum() - with_tag * (with_tag + 1) / 2
    return float(above / (with_tag * (len(truth) - with_tag)))


def pr_auc(targets: np.ndarray, scores: np.ndarray) -> float:
    """Average precision: the precision at the score of each piece with the tag, averaged over them; inputs [N]."""
    truth, column = _column(targets, scores)
    better, equal = places(column)
    better_with, equal_with = places(column[truth])
    return float(((better_with + equal_with) / (better + equal)[truth]).mean())


def per_tag(
    targets: np.ndarray, scores: np.ndarray, names: Sequence[str] | None = None
) -> tuple[dict[str, dict[str, float]], list[str]]:
    """Both areas by tag.

    Returns
    -------
    tuple of dict and list
        roc_auc, pr_auc and chance_pr_auc by name of tag; the names of the tags left out.
    """
    truth, values, names = validate(targets, scores, names)
    scored, left_out = {}, []
    for name, column, row in zip(names, truth.T, values.T, strict=True):
        if column.all() or not column.any():
            left_out.append(name)
            continue
        scored[name] = {
            "roc_auc": roc_auc(column, row),
            "pr_auc": pr_auc(column, row),
            "chance_pr_auc": float(column.mean()),
        }
    return scored, left_out


def evaluate(targets: np.ndarray, scores: np.ndarray, names: Sequence[str] | None = None) -> dict[str, float]:
    """Macro means over the tags.

    Returns
    -------
    dict of str to float
        roc_auc, chance_roc_auc (0.5), pr_auc, chance_pr_auc (mean share of pieces with a tag), tags (scored) and
        tags_left_out (of one class; the log names them).

    Raises
    ------
    ValueError
        Where no tag has both classes, or shapes do not fit.
    """
    scored, left_out = per_tag(targets, scores, names)
    if left_out:
        log.warning("%d tags that all pieces have or none are left out: %s", len(left_out), ", ".join(left_out))
    if not scored:
        raise ValueError("tags: every tag is on all pieces or on none, so nothing can be scored")
    means = {name: float(np.mean([tag[name] for tag in scored.values()])) for name in next(iter(scored.values()))}
    return means | {"chance_roc_auc": 0.5, "tags": float(len(scored)), "tags_left_out": float(len(left_out))}
