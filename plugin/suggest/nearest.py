"""The tracks of a library in the order of their best parts, found only as far as they are asked for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from plugin.library.segment_matrix import SegmentMatrix
from plugin.suggest.ranking import Rows, best_window, best_windows, sizes

FIRST = 256
"""Tracks that are scored exactly at first; each time four times as many."""
GATHERED = 8
"""From one in so many segments on, reading all of them in a row is faster than some of them one by one."""
ROUNDING = 1e-5
"""What a score in single precision may be off, as a share of the vector's norm."""


class Nearest:
    """Tracks by the score of their best run of segments, the best first.

    All tracks get a bound that their scores cannot exceed. Those with the highest bounds are scored, until as many as
    are wanted have scores above the bounds of all that are left (as in the threshold algorithm of Fagin et al. 2001):
    the order is that of a search through everything.

    Parameters
    ----------
    matrix : SegmentMatrix
    vector : ndarray of float64, [D]
        In the coordinates of the matrix.
    length : int
        Segments in a run.
    places : ndarray of int64
        The tracks to rank, as places in ``matrix.ids``.
    """

    def __init__(self, matrix: SegmentMatrix, vector: NDArray[np.float64], length: int, places: Rows) -> None:
        self._matrix = matrix
        self._vector = vector
        self._length = length
        width = matrix.head.shape[1]
        self._tail = vector[width:].astype(np.float32)
        self._rough = matrix.head @ vector[:width].astype(np.float32)
        bounds = best_windows(self._rough, matrix.offsets, length)
        if len(self._tail):
            slack = float(np.linalg.norm(self._tail)) * matrix.tail_norms
            bounds = bounds + slack + np.float32(ROUNDING * np.linalg.norm(vector))
        self._exact = None if len(self._tail) else bounds
        self._todo, self._bounds = places, bounds[places]
        self._places, self._scores = places[:0], bounds[:0]
        self._sure = 0
        self._size = FIRST
        self._count = len(places)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, part: slice) -> list[int]:
        """Give the ids of tracks from one rank to another."""
        first, end, _ = part.indices(self._count)
        self._rank(end)
        ids: list[int] = self._matrix.ids[self._places[first:end]].tolist()
        return ids

    def score(self, rank: int) -> float:
        """Give the mean product of the vector with the best run of a track that was given already."""
        return float(self._scores[rank])

    def rows(self, rank: int) -> slice:
        """Give the segments of the best run of a track that was given already."""
        place = int(self._places[rank])
        first = int(self._matrix.offsets[place])
        end = int(self._matrix.offsets[place + 1]) if place + 1 < len(self._matrix.offsets) else len(self._matrix)
        (scores,) = self._matrix.products(self._vector[None], slice(first, end))
        begin, stop = best_window(scores, self._length)
        return slice(first + begin, first + stop)

    def _rank(self, count: int) -> None:
        while self._sure < count:
            now, limit = self._next()
            places = np.concatenate([self._places, now])
            scores = np.concatenate([self._scores, self._scored(now)])
            order = np.lexsort((places, -scores))
            self._places, self._scores = places[order], scores[order]
            self._sure = int(np.count_nonzero(self._scores > limit)) if len(self._todo) else self._count

    def _next(self) -> tuple[Rows, float]:
        """Take the tracks with the highest bounds out of those to do; gives them, and the highest bound left."""
        todo, size = self._todo, self._size
        self._size *= 4
        if size >= len(todo):
            self._todo, self._bounds = todo[:0], self._bounds[:0]
            return todo, -np.inf
        order = np.argpartition(-self._bounds, size)
        now, self._todo = todo[order[:size]], todo[order[size:]]
        self._bounds = self._bounds[order[size:]]
        return np.sort(now), float(self._bounds[0])

    def _scored(self, places: Rows) -> NDArray[np.float32]:
        if self._exact is None:
            offsets = self._matrix.offsets
            per_track = sizes(offsets, len(self._matrix))[places]
            starts = np.cumsum(per_track) - per_track
            if per_track.sum() * GATHERED < len(self._matrix):
                rows = np.repeat(offsets[places] - starts, per_track) + np.arange(per_track.sum())
                scores = self._rough[rows] + self._matrix.tail[rows] @ self._tail
                return np.asarray(best_windows(scores, starts, self._length), np.float32)
            self._exact = best_windows(self._rough + self._matrix.tail @ self._tail, offsets, self._length)
        return np.asarray(self._exact[places], np.float32)
