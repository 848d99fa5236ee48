"""From similarities with segments to similarities with tracks, as the engine's suggestions make them."""

from __future__ import annotations

import numpy as np

WINDOW = 3
"""Segments that the engine looks for when the question gives no length: 30 s."""


def unit(vectors: np.ndarray) -> np.ndarray:
    """Rows [N, D] scaled to length 1."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9))


def best_window(similarity: np.ndarray, track: np.ndarray, length: int = WINDOW) -> np.ndarray:
    """Highest mean over `length` neighbouring segments of each track.

    Parameters
    ----------
    similarity : float [Q, S]
    track : int [S]
        Number of the track, rising.
    length : int
        Segments in the window; a track with fewer is taken whole.

    Returns
    -------
    float [Q, T]
    """
    sums = np.concatenate([np.zeros((len(similarity), 1)), np.cumsum(similarity, axis=1)], axis=1)
    starts = np.unique(track, return_index=True)[1]
    out = []
    for start, end in zip(starts, [*starts[1:], len(track)], strict=True):
        window = min(length, end - start)
        first = np.arange(start, end - window + 1)
        out.append(((sums[:, first + window] - sums[:, first]) / window).max(1))
    return np.stack(out, axis=1)


def standardise(similarity: np.ndarray, track: np.ndarray) -> np.ndarray:
    """Each query's similarities [Q, S] in standard deviations of the tracks' means."""
    starts = np.unique(track, return_index=True)[1]
    means = np.add.reduceat(similarity, starts, axis=1) / np.diff([*starts, len(track)])
    spread = means.std(1, keepdims=True)
    return np.asarray((similarity - means.mean(1, keepdims=True)) / np.where(spread > 1e-6, spread, 1.0))
