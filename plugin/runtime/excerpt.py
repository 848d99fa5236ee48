"""A bounded excerpt from about the middle of a sound whose length is not known beforehand."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
KEPT = 3
"""Excerpts that are held at most, and one more while it is being filled."""


class Excerpt:
    """Takes the blocks of a sound as they come and keeps a few excerpts, evenly spaced, however long it is.

    When they become too many, every second one is dropped and the distance of the others doubled.

    Parameters
    ----------
    size : int
        Samples of the excerpt; 0 keeps nothing.
    """

    def __init__(self, size: int) -> None:
        self._size = self._stride = size
        self._heard = 0
        self._kept: dict[int, list[Array]] = {}
        """Pieces of each excerpt, by the sample that it begins with."""

    def feed(self, block: Array) -> None:
        """Take the next samples, float32 [N]."""
        if not self._size:
            return
        end = self._heard + len(block)
        for start in range(-(-self._heard // self._stride) * self._stride, end, self._stride):
            self._kept.setdefault(start, [])
        for start, pieces in self._kept.items():
            first, last = max(start, self._heard), min(start + self._size, end)
            if first < last:
                pieces.append(block[first - self._heard : last - self._heard].copy())
        self._heard = end
        while len(self._kept) > KEPT + 1:
            self._stride *= 2
            self._kept = {start: pieces for start, pieces in self._kept.items() if start % self._stride == 0}

    def sound(self) -> Array | None:
        """Give the whole excerpt that lies nearest the middle; all of a sound that is shorter; None without sound."""
        if not self._kept:
            return None
        middle = max(0, self._heard - self._size) / 2
        whole = [start for start in self._kept if start + self._size <= self._heard] or [0]
        return np.concatenate(self._kept[min(whole, key=lambda start: abs(start - middle))])
