"""What the frozen music encoder gave, kept so that it hears every excerpt once."""

from __future__ import annotations

import tempfile
import weakref
from typing import Any

import numpy as np
import torch
from torch import Tensor


class SequenceCache:
    """Sequences [T, D] by name in a temporary file without a name, as float16.

    The system's page cache keeps in memory what is used, so the sequences may be larger than memory. A copy of the
    cache, also in another process, begins empty.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the cache
        weakref.finalize(self, self._file.close)
        self._places: dict[str, tuple[int, tuple[int, int]]] = {}
        self._end = 0

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, name: str) -> Tensor:
        start, shape = self._places[name]
        self._file.seek(start)
        data = bytearray(self._file.read(2 * shape[0] * shape[1]))
        return torch.from_numpy(np.frombuffer(data, np.float16).reshape(shape)).float()

    def __setitem__(self, name: str, sequence: Tensor) -> None:
        array = np.ascontiguousarray(sequence.detach().cpu().numpy(), np.float16)
        self._file.seek(self._end)
        self._file.write(array.tobytes())
        self._file.flush()
        self._places[name] = (self._end, (array.shape[0], array.shape[1]))
        self._end += array.nbytes

    def clear(self) -> None:
        """Forget all."""
        self._places.clear()
        self._end = 0
        self._file.truncate(0)

    def __reduce__(self) -> Any:
        return type(self), ()
