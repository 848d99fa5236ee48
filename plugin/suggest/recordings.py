"""Knowing a recording again: its files have the same length, and nearly the same embedding and outline.

Copies of the same sound have all but equal embeddings. Lossy encodings move them, to where alike pieces of one style
and length may lie too; the outlines of the waveforms tell these apart (`benchmarks/copies.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plugin.analysis import PEAKS

EQUAL_COSINE = 0.999
"""Embeddings as close as this are of one recording."""
NEAR_COSINE, SAME_OUTLINE = 0.95, 0.85
"""So are embeddings that are near where the outlines correlate by so much."""
SAME_SECONDS = 1.0
"""The lengths of one recording's files differ by no more."""
STEADY = 1e-3
"""An outline that varies by less of its level tells nothing."""
PAIRS = 4096
"""That are compared by their outlines at once."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Recording:
    """A piece of music as far as it takes to know it again.

    Attributes
    ----------
    embedding : float32 [D]
        Of unit norm.
    duration : float
        Seconds.
    outline : float32 [P]
        Of `outline_of`.
    """

    embedding: Floats
    duration: float
    outline: Floats

    def same_as(self, other: Recording) -> bool:
        """Whether both are one recording."""
        if abs(self.duration - other.duration) > SAME_SECONDS:
            return False
        near = float(self.embedding @ other.embedding)
        return near > EQUAL_COSINE or (
            near > NEAR_COSINE and float(alike(self.outline[None], other.outline[None])[0]) > SAME_OUTLINE
        )


def outline_of(peaks: bytes) -> Floats:
    """Give a waveform's outline without its level: of zero mean and unit norm, or all zero where it does not vary."""
    outline = np.zeros(PEAKS, np.float32)
    if len(peaks) == PEAKS:
        values = np.frombuffer(peaks, np.uint8).astype(np.float32)
        moves = values - values.mean()
        size = float(np.linalg.norm(moves))
        if size > STEADY * float(np.linalg.norm(values)):
            outline = moves / size
    return outline


def alike(one: Floats, other: Floats) -> Floats:
    """Correlate outlines [N, P] row by row, where they lie best: an encoder may begin a little later."""
    shifts = ((one, other), (one[:, 1:], other[:, :-1]), (one[:, :-1], other[:, 1:]))
    return np.asarray(np.max([np.einsum("np,np->n", a, b) for a, b in shifts], axis=0), np.float32)


class Recordings:
    """Recordings in the order in which they were taken in.

    A list of thousands is compared by products of matrices, and only with what is as long: in a library of production
    music ten thousand tracks may be 30 s long.
    """

    def __init__(self) -> None:
        self._lengths: dict[int, _Rows] = {}
        self._count = 0

    def take_in(self, recordings: Sequence[Recording]) -> list[list[int]]:
        """Take in recordings; gives for each the numbers of the same recording before it, in rising order."""
        first, self._count = self._count, self._count + len(recordings)
        by_length: dict[int, list[int]] = {}
        for number, recording in enumerate(recordings, first):
            by_length.setdefault(int(recording.duration / SAME_SECONDS), []).append(number)
        for length, numbers in by_length.items():
            self._lengths.setdefault(length, _Rows()).add(numbers, [recordings[number - first] for number in numbers])
        found: list[list[int]] = [[] for _ in recordings]
        for length, numbers in by_length.items():
            own = [recordings[number - first] for number in numbers]
            block = np.stack([recording.embedding for recording in own])
            for near in (length - 1, length, length + 1):
                rows = self._lengths.get(near)
                if rows is None:
                    continue
                for at, row in rows.same(own, block):
                    number, other = numbers[at], rows.numbers[row]
                    if other < number:
                        found[number - first].append(other)
        return [sorted(others) for others in found]


class _Rows:
    """Recordings of one length, with their embeddings as a matrix that grows by doubling."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.recordings: list[Recording] = []
        self._space = np.empty((0, 0), np.float32)

    @property
    def embeddings(self) -> Floats:
        return self._space[: len(self.numbers)]

    def same(self, own: Sequence[Recording], block: Floats) -> Iterator[tuple[int, int]]:
        """Give the pairs, a place in `own` and a row, that hold one recording; `block` are the embeddings of `own`."""
        cosines = block @ self.embeddings.T
        pairs = np.argwhere(cosines > NEAR_COSINE)
        lengths = np.array([recording.duration for recording in self.recordings])
        apart = np.abs(np.array([recording.duration for recording in own])[pairs[:, 0]] - lengths[pairs[:, 1]])
        pairs = pairs[apart <= SAME_SECONDS]
        for first in range(0, len(pairs), PAIRS):
            some = pairs[first : first + PAIRS]
            outlines = alike(
                np.stack([own[at].outline for at in some[:, 0]]),
                np.stack([self.recordings[row].outline for row in some[:, 1]]),
            )
            is_same = (cosines[some[:, 0], some[:, 1]] > EQUAL_COSINE) | (outlines > SAME_OUTLINE)
            yield from map(tuple, some[is_same].tolist())

    def add(self, numbers: Sequence[int], recordings: Sequence[Recording]) -> None:
        old = self.embeddings
        count = len(old) + len(numbers)
        if count > len(self._space):
            self._space = np.empty((max(8, 2 * count), len(recordings[0].embedding)), np.float32)
            if len(old):
                self._space[: len(old)] = old
        self._space[len(old) : count] = [recording.embedding for recording in recordings]
        self.numbers += numbers
        self.recordings += recordings
