"""How a file is made again from the one that replaced it.

Tags grow or shrink at one or a few places and the sound between them only moves: nearly every block of the old file is
in the new one at the same distance from the head, or from the end. What is not is kept in the recipe.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Marks = NDArray[np.bool_]
BLOCK = 64
CHUNK = BLOCK << 16
COPY = 1 << 20
KEPT, FROM_HEAD, FROM_END = 0, 1, 2


class SupportsWrite(Protocol):
    """What a file is restored into."""

    def write(self, data: bytes, /) -> object:
        """Take the next bytes."""


@dataclass(frozen=True)
class Recipe:
    """Steps to an old file from a new one.

    Attributes
    ----------
    steps : int64 [N, 3]
        What is done (`KEPT`: take the next bytes kept here; else copy out of the new file), and the first and the last
        place but one in the old file.
    shift : int
        Size of the new file less that of the old one, bytes.
    kept : bytes
    """

    steps: NDArray[np.int64]
    shift: int
    kept: bytes

    def as_json(self) -> dict[str, Any]:
        """Give it as values that JSON can hold."""
        return {"shift": self.shift, "steps": _text(self.steps.astype("<i8").tobytes()), "kept": _text(self.kept)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Recipe:
        """Read what `as_json` gave; raises KeyError, TypeError, ValueError or zlib.error on anything else."""
        steps = np.frombuffer(_bytes(values["steps"]), "<i8").reshape(-1, 3).astype(np.int64)
        return cls(steps, int(values["shift"]), _bytes(values["kept"]))

    def restore(self, new: Path, out: SupportsWrite) -> str:
        """Write the old file; gives the SHA-256 of what was written."""
        digest, at = hashlib.sha256(), 0
        with new.open("rb") as source:
            for kind, start, stop in self.steps.tolist():
                if kind == KEPT:
                    parts = [self.kept[at : at + stop - start]]
                    at += stop - start
                else:
                    source.seek(start + (self.shift if kind == FROM_END else 0))
                    sizes = [min(COPY, stop - place) for place in range(start, stop, COPY)]
                    parts = (source.read(size) for size in sizes)  # type: ignore[assignment]
                for part in parts:
                    digest.update(part)
                    out.write(part)
        return digest.hexdigest()


def make_recipe(old: Path, new: Path) -> Recipe:
    """Compare two files block by block; neither may be empty."""
    before, after = (np.memmap(path, np.uint8, "r") for path in (old, new))
    shift = len(after) - len(before)
    kinds = []
    for start in range(0, len(before), CHUNK):
        stop = min(start + CHUNK, len(before))
        kind = np.where(_same(before, after, shift, start, stop), FROM_END, KEPT)
        kinds.append(np.where(_same(before, after, 0, start, stop), FROM_HEAD, kind))
    joined = np.concatenate(kinds)
    edges = np.flatnonzero(np.diff(joined)) + 1
    starts = np.concatenate([[0], edges])
    stops = np.concatenate([edges, [len(joined)]])
    steps = np.stack([joined[starts], starts * BLOCK, np.minimum(stops * BLOCK, len(before))], axis=1)
    kept = b"".join(before[start:stop].tobytes() for kind, start, stop in steps.tolist() if kind == KEPT)
    return Recipe(steps.astype(np.int64), shift, kept)


def _same(before: Bytes, after: Bytes, shift: int, start: int, stop: int) -> Marks:
    """Say of each block of a chunk whether it is in the other file, so many bytes further on."""
    same = np.zeros(-(-(stop - start) // BLOCK) * BLOCK, bool)
    same[stop - start :] = True
    low, high = max(start, -shift), min(stop, len(after) - shift)
    if low < high:
        same[low - start : high - start] = before[low:high] == after[low + shift : high + shift]
    return np.asarray(same.reshape(-1, BLOCK).all(1))


def _text(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data, 6)).decode()


def _bytes(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text))
