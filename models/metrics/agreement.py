"""Agreement of two taggers over the same tracks.

Conventions: scores are float [T, V], tracks by tags, the same tags in both. A tag that one of them scores alike for
all tracks has no correlation and is left out, and counted.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Agreement(NamedTuple):
    """How alike two taggers hear.

    Attributes
    ----------
    across_tracks : float
        Pearson correlation over tracks, mean over tags.
    within_track : float
        Pearson correlation over tags, mean over tracks.
    top_five : float
        Share of each track's five highest tags that are the same, mean over tracks.
    """

    across_tracks: float
    within_track: float
    top_five: float


def _correlations(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Pearson correlation of each row of [N, M] with its row in the other; NaN where a row does not vary."""
    left, right = left - left.mean(1, keepdims=True), right - right.mean(1, keepdims=True)
    scale = np.sqrt((left**2).sum(1) * (right**2).sum(1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(scale > 1e-12, (left * right).sum(1) / scale, np.nan)


def agreement(ours: np.ndarray, theirs: np.ndarray) -> Agreement:
    """Compare two taggers.

    Raises
    ------
    ValueError
        The shapes differ, or there are fewer than two tracks or five tags.
    """
    if ours.shape != theirs.shape or ours.ndim != 2 or ours.shape[0] < 2 or ours.shape[1] < 5:
        raise ValueError(f"scores must be two arrays [tracks, tags] of one shape, not {ours.shape} and {theirs.shape}")
    best_ours, best_theirs = np.argsort(-ours, axis=1)[:, :5], np.argsort(-theirs, axis=1)[:, :5]
    shared = [len(set(a) & set(b)) / 5 for a, b in zip(best_ours.tolist(), best_theirs.tolist(), strict=True)]
    return Agreement(
        float(np.nanmean(_correlations(ours.T, theirs.T))), float(np.nanmean(_correlations(ours, theirs))),
        float(np.mean(shared)),
    )  # fmt: skip


def chance_agreement(ours: np.ndarray, theirs: np.ndarray, *, times: int = 20, seed: int = 0) -> Agreement:
    """What is left of the agreement when each track is compared with another: the mean over `times` shuffles.

    The tracks are turned by random steps after one shuffle, so that none meets itself.
    """
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(times):
        order = rng.permutation(len(theirs))
        others = np.empty(len(theirs), np.int64)
        others[order] = np.roll(order, rng.integers(1, len(theirs)))
        found.append(agreement(ours, theirs[others]))
    return Agreement(*(float(np.mean(column)) for column in zip(*found, strict=True)))
