"""Cutting a sound that comes in blocks into the segments that models hear."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]


class SegmentCutter:
    """Takes blocks of any length and never holds more than two segments of sound.

    Parameters
    ----------
    size : int
        Samples of a segment.

    Attributes
    ----------
    new : float
        Share of the segment that :meth:`rest` gave which no segment before it has, 0 to 1; 1 where it gave none.
    repeats : bool
        That segment repeats a file shorter than it.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._pending = np.zeros(0, np.float32)
        self._last = np.zeros(0, np.float32)
        self.new, self.repeats = 1.0, False

    def cut(self, block: Array) -> Array:
        """Take the next samples, float32 [N]; give the segments that they complete, float32 [n, size]."""
        joined = np.concatenate([self._pending, block])
        whole = len(joined) // self._size * self._size
        if whole:
            self._last = joined[whole - self._size : whole].copy()
        self._pending = joined[whole:].copy()
        return joined[:whole].reshape(-1, self._size)

    def rest(self) -> Array:
        """Give what is left as the last segment, float32 [0 or 1, size].

        It is the last seconds of the sound, or a sound shorter than that repeated until it fills a segment.
        """
        rest, self._pending = self._pending, np.zeros(0, np.float32)
        if not len(rest):
            return rest.reshape(0, self._size)
        self.new, self.repeats = len(rest) / self._size, not len(self._last)
        if self.repeats:
            return np.tile(rest, -(-self._size // len(rest)))[None, : self._size]
        return np.concatenate([self._last, rest])[None, -self._size :]
