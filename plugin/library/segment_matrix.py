"""All segments of one embedding space as a matrix, for exact search.

In a large library the vectors are turned onto the principal axes of the library and split in a head, the few
coordinates that hold nearly all of their length, and a tail. A product with the heads bounds all scores from
above: ``<q, e> <= <q_head, e_head> + |q_tail| |e_tail|``. Only tracks that the bound does not rule out need
their tails, so the answer is exact, and most of the matrix is never read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Rows = NDArray[np.int64]

SPAN_DTYPE = np.dtype([("track", "<i8"), ("start", "<f8"), ("end", "<f8")])


@dataclass(frozen=True, slots=True)
class SegmentMatrix:
    """The segments of the tracks that can be suggested, sorted by track and time.

    Parameters
    ----------
    spans : ndarray of `SPAN_DTYPE`, [N]
        Track id, start and end in seconds of each segment.
    offsets : ndarray of int64, [T]
        Row of each track's first segment.
    ids : ndarray of int64, [T]
        Ids of the tracks, rising.
    axes : ndarray of float32, [D, D]
        Rows at right angles and of unit norm, by which all vectors here are turned: ``e' = axes @ e``.
    head : ndarray of float32, [N, K]
        The first coordinates of a vector of unit norm for each segment.
    tail : ndarray of float32, [N, D - K]
        The other coordinates; in a small library there are none.
    tail_norms : ndarray of float32, [T]
        Norm of the longest tail of each track.
    centre : ndarray of float64, [D]
    covariance : ndarray of float64, [D, D]
        Of the mean vectors of the tracks, turned.
    """

    spans: NDArray[np.void]
    offsets: Rows
    ids: Rows
    axes: Floats
    head: Floats
    tail: Floats
    tail_norms: Floats
    centre: Doubles
    covariance: Doubles

    def __len__(self) -> int:
        return len(self.spans)

    def turned(self, vectors: NDArray[Any]) -> Doubles:
        """Give vectors, [..., D], in the coordinates of the matrix."""
        return np.asarray(vectors, np.float64) @ self.axes.T

    def products(self, vectors: NDArray[Any], rows: slice = slice(None)) -> Floats:
        """Multiply turned vectors with segments: the cosine, where they are of unit norm.

        Parameters
        ----------
        vectors : ndarray, [A, D]
        rows : slice
            Segments, R of them.

        Returns
        -------
        ndarray of float32, [A, R]
        """
        width = self.head.shape[1]
        head, tail, vectors = self.head[rows], self.tail[rows], vectors.astype(np.float32)
        # A product for each vector: with so few of them it is faster than one of matrices.
        return np.stack([head @ vector[:width] + tail @ vector[width:] for vector in vectors])

    def rows_of(self, ids: Rows) -> Rows:
        """Find tracks by their ids, as places in `ids`; those that the matrix does not hold are left out."""
        places: Rows = np.searchsorted(self.ids, ids)
        known = places < len(self.ids)
        known[known] = self.ids[places[known]] == ids[known]
        return places[known]
