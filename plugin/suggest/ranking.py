"""From similarities to ranked tracks and their best segments; plain functions on arrays.

Conventions: N segments lie sorted by track and time; `offsets` [T] holds the row of each track's first
segment. Similarities are cosines. Scores are in standard deviations of the library's tracks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Rows = NDArray[np.int64]

SMALLEST_SPREAD = 1e-6
"""A spread below this is rounding, as in a library of one track: the aspect then cannot tell tracks apart."""


def standardise(similarities: Floats, offsets: Rows) -> Doubles:
    """Put the similarities of each aspect on the scale of the library's tracks.

    A text and a piece of music may have cosines from 0.1 to 0.3, two pieces of music from 0.5 to 0.95: their
    plain sum would follow the music alone. So each aspect becomes ``z = (s - m) / d``, with ``m`` and ``d``
    the mean and the standard deviation of the tracks' mean similarities, over all tracks and not only
    those that pass the filters: the score of a track then does not change with them.

    Parameters
    ----------
    similarities : ndarray of float32, [A, N]
    offsets : ndarray of int64, [T]

    Returns
    -------
    ndarray of float64, [A, N]
    """
    means = np.add.reduceat(similarities, offsets, axis=1, dtype=np.float64) / sizes(offsets, similarities.shape[1])
    centre = means.mean(axis=1, keepdims=True)
    spread = means.std(axis=1, keepdims=True)
    return np.asarray((similarities - centre) / np.where(spread > SMALLEST_SPREAD, spread, 1.0))


def combine(standardised: Doubles, weights: Doubles) -> Doubles:
    """Add the aspects up: ``sum_a w[a] z[a] / sum_a w[a]``.

    Late fusion by a weighted sum of similarities, as in the ensembles of video and text models of McKee et
    al. 2023 (ViML); the division keeps the scores of different questions on one scale.

    Parameters
    ----------
    standardised : ndarray of float64, [A, N]
    weights : ndarray of float64, [A]
        From 0 up, not all 0.

    Returns
    -------
    ndarray of float64, [N]
    """
    return np.asarray(weights @ standardised / weights.sum())


def best_windows(scores: Doubles, offsets: Rows, length: int) -> tuple[Doubles, Rows, Rows]:
    """Find in each track the run of segments with the highest mean score.

    Parameters
    ----------
    scores : ndarray of float64, [N]
    offsets : ndarray of int64, [T]
    length : int
        Segments in the run; a track with fewer is taken whole.

    Returns
    -------
    best : ndarray of float64, [T]
        The mean score of the run.
    first, last : ndarray of int64, [T]
        Rows of its segments, ``first`` to ``last - 1``. The earliest run, where several are equal.
    """
    count = len(scores)
    per_track = sizes(offsets, count)
    window = np.minimum(length, per_track)
    rows = np.arange(count)
    ends = rows + np.repeat(window, per_track)
    fits = ends <= np.repeat(offsets + per_track, per_track)
    sums = np.concatenate([[0.0], np.cumsum(scores)])
    means = np.full(count, -np.inf)
    means[fits] = (sums[ends[fits]] - sums[rows[fits]]) / (ends - rows)[fits]
    best = np.maximum.reduceat(means, offsets)
    is_best = means == np.repeat(best, per_track)
    first = np.minimum.reduceat(np.where(is_best, rows, count), offsets)
    return best, first, first + window


def sizes(offsets: Rows, count: int) -> Rows:
    """Give the number of segments of each track, [T]."""
    return np.diff(np.append(offsets, count))
