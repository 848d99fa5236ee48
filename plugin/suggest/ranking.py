"""The arithmetic of a ranking: one vector for a question of several aspects, and the best part of each track.

Conventions: N segments lie sorted by track and time; `offsets` [T] holds the row of each track's first
segment. Similarities are cosines. Scores are in standard deviations of the library's tracks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32] | NDArray[np.float64]
Doubles = NDArray[np.float64]
Rows = NDArray[np.int64]

SMALLEST_SPREAD = 1e-6
"""A spread below this is rounding, as in a library of one track: the aspect then cannot tell tracks apart."""


def fuse(queries: Doubles, weights: Doubles, centre: Doubles, covariance: Doubles) -> tuple[Doubles, float]:
    """Make one vector of all aspects, so that the score of a segment ``e`` is ``<v, e> - b``.

    A text and a piece of music may have cosines from 0.1 to 0.3, two pieces of music from 0.5 to 0.95: their
    plain sum would follow the music alone. So each aspect counts on the scale of the library's tracks,
    ``z[a] = (<q[a], e> - m[a]) / d[a]``, with ``m`` and ``d`` the mean and the standard deviation of the tracks'
    mean similarities, over all tracks and not only those that pass the filters: the score of a track then does
    not change with them. The score is ``sum_a w[a] z[a] / sum_a w[a]``: late fusion by a weighted sum of
    similarities, as in the ensembles of video and text models of McKee et al. 2023 (ViML).

    A track's mean similarity is the product with the mean of its vectors. With ``c`` and ``C`` the mean and the
    covariance of these, ``m[a] = <q[a], c>`` and ``d[a]^2 = <q[a], C q[a]>``: no segment is looked at for them.

    Parameters
    ----------
    queries : ndarray of float64, [A, D]
    weights : ndarray of float64, [A]
        From 0 up, not all 0.
    centre : ndarray of float64, [D]
    covariance : ndarray of float64, [D, D]

    Returns
    -------
    vector : ndarray of float64, [D]
    shift : float
    """
    spread = np.sqrt(np.maximum(np.einsum("ad,de,ae->a", queries, covariance, queries), 0.0))
    shares = weights / weights.sum() / np.where(spread > SMALLEST_SPREAD, spread, 1.0)
    vector = shares @ queries
    return vector, float(vector @ centre)


def best_windows(scores: Floats, offsets: Rows, length: int) -> Floats:
    """Find in each track the highest mean score of a run of segments.

    Parameters
    ----------
    scores : ndarray of float, [N]
    offsets : ndarray of int64, [T]
    length : int
        Segments in the run; a track with fewer is taken whole.

    Returns
    -------
    ndarray of float, [T]
    """
    per_track = sizes(offsets, len(scores))
    best = np.empty(len(offsets), scores.dtype)
    fits = per_track >= length
    if fits.any():
        sums = np.append(_running_sums(scores, length), scores.dtype.type(0))
        first = offsets[fits]
        # From the first run of a track to its last one, then on to the next track, which is not wanted.
        edges = np.stack([first, first + per_track[fits] - length + 1], axis=1).ravel()
        best[fits] = np.maximum.reduceat(sums, edges)[::2] / length
    if not fits.all():
        best[~fits] = (np.add.reduceat(scores, offsets) / per_track)[~fits]
    return best


def best_window(scores: Floats, length: int) -> tuple[int, int]:
    """Find the run with the highest mean score in one track, the earliest where several are equal.

    Returns
    -------
    first, end : int
        Places of its segments, ``first`` to ``end - 1``.
    """
    length = min(length, len(scores))
    first = int(np.argmax(_running_sums(scores, length)))
    return first, first + length


def sizes(offsets: Rows, count: int) -> Rows:
    """Give the number of segments of each track, [T]."""
    return np.diff(np.append(offsets, count))


def _running_sums(scores: Floats, length: int) -> Floats:
    """Give the sums of all runs of one length; from sums of 1, 2, 4 ... scores, which lose no digits as totals do."""
    count = len(scores) - length + 1
    power, size, at = scores, 1, 0
    total: Floats = np.zeros(count, scores.dtype)
    while True:
        if length & size:
            total += power[at : at + count]
            at += size
        if at == length:
            return total
        power = power[:-size] + power[size:]
        size *= 2
