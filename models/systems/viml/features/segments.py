"""Segments of equal length: what belongs to which, and averaging (ViML, section 3.3).

A sequence is cut every `seconds` from its beginning. A rest at its end is a segment of its own, made of what is
there, if it lasts a second or is all there is; a shorter rest is left out. So 25 s are three segments of 10 s, the
last of 5 s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

import numpy as np
import numpy.typing as npt

LEAST = 1.0
"""Seconds of a rest that counts."""

T = TypeVar("T")


def bounds(rows: int, rate: float, seconds: float) -> list[tuple[int, int]]:
    """Give the row at which each segment of `rows` rows at `rate` a second begins, and the one behind its last."""
    parts: list[tuple[int, int]] = []
    first = 0
    while first < rows:
        last = max(first + 1, round((len(parts) + 1) * seconds * rate))
        if last > rows and parts and (rows - first) / rate < min(LEAST, seconds):
            break
        parts.append((first, min(last, rows)))
        first = last
    return parts


def average(rows: npt.NDArray[np.floating], rate: float, seconds: float) -> npt.NDArray[np.float32]:
    """Average [N, D] at `rate` rows a second over segments: float32 [S, D]."""
    return np.stack([rows[first:last].mean(0, dtype=np.float32) for first, last in bounds(len(rows), rate, seconds)])


def chunks(items: Iterable[T], rate: float, seconds: float) -> Iterator[list[T]]:
    """Cut a stream of items at `rate` a second into segments, holding one of them at a time."""
    rest, taken, number = iter(items), 0, 0
    while True:
        size = max(1, round((number + 1) * seconds * rate) - taken)
        part = list(islice(rest, size))
        taken, number = taken + len(part), number + 1
        if not part or (number > 1 and len(part) < size and len(part) / rate < min(LEAST, seconds)):
            return
        yield part
        if len(part) < size:
            return
