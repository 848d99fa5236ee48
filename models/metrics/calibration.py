"""Whether scores are probabilities: of all that is scored 0.6, about 60 % should be right.

Conventions: scores are float [N], 0..1; right is bool [N]. Bins are half open, [low, high), and the last one holds 1.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np


class Bin(NamedTuple):
    """The scores of one range: its edges, how many there are, their mean, and the share that is right."""

    low: float
    high: float
    count: int
    score: float
    right: float


def reliability(scores: np.ndarray, right: np.ndarray, edges: np.ndarray) -> list[Bin]:
    """What became of the scores between each two edges [B + 1]; an empty bin has NaN for score and share.

    Raises
    ------
    ValueError
        The shapes differ, there are no scores, or one lies outside 0..1.
    """
    if scores.shape != right.shape or scores.ndim != 1 or not len(scores):
        raise ValueError(
            f"calibration: scores {scores.shape} and right {right.shape} must be two vectors of one length"
        )
    if not ((scores >= 0) & (scores <= 1)).all():
        raise ValueError("calibration: scores lie between 0 and 1")
    bins = []
    for low, high in pairwise(edges):
        inside = (scores >= low) & ((scores < high) | ((high == edges[-1]) & (scores <= high)))
        count = int(inside.sum())
        means = (float(scores[inside].mean()), float(right[inside].mean())) if count else (np.nan, np.nan)
        bins.append(Bin(float(low), float(high), count, *means))
    return bins


def expected_calibration_error(scores: np.ndarray, right: np.ndarray, bins: int = 10) -> float:
    """Mean distance of score and share of right ones, over equal bins weighted by their size (Guo et al. 2017)."""
    found = [part for part in reliability(scores, right, np.arange(bins + 1) / bins) if part.count]
    return sum(part.count * abs(part.score - part.right) for part in found) / len(scores)
