"""Knowing a recording again: files of one recording have nearly the same embedding and the same length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SAME_COSINE = 0.999
SAME_SECONDS = 1.0
"""Two files hold one recording when their embeddings are this close and their lengths too."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Recording:
    """A piece of music as far as it takes to know it again: unit embedding [D] and length in seconds."""

    embedding: Floats
    duration: float

    def same_as(self, other: Recording) -> bool:
        """Whether both are one recording."""
        near = abs(self.duration - other.duration) <= SAME_SECONDS
        return near and float(self.embedding @ other.embedding) > SAME_COSINE


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
            block = np.stack([recordings[number - first].embedding for number in numbers])
            for near in (length - 1, length, length + 1):
                rows = self._lengths.get(near)
                if rows is None:
                    continue
                for at, row in np.argwhere(block @ rows.embeddings.T > SAME_COSINE).tolist():
                    number, other = numbers[at], rows.numbers[row]
                    if other < number and recordings[number - first].same_as(rows.recordings[row]):
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
