"""Arrays in one file beside the store, with a key that says what they were made from."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

SUFFIX = ".tmp"
STALE_SECONDS = 3600.0
"""Age from which on an unfinished cache is nobody's any more."""


def read_arrays(cache: Path, key: str) -> list[NDArray[Any]] | None:
    """Map the arrays of a cache into memory; None where there is none, it is damaged, or has another key."""
    try:
        with cache.open("rb") as file:
            if npy.read_array(file).item() != key:
                return None
            size = os.fstat(file.fileno()).st_size
            arrays = []
            while file.tell() < size:
                arrays.append(_mapped(file, cache))
    except (OSError, ValueError, EOFError):  # it can always be made anew
        return None
    return arrays


def write_arrays(cache: Path, key: str, arrays: Sequence[NDArray[Any]]) -> None:
    """Put a cache in its place, whole or not at all; processes that have the old one mapped keep it.

    Raises
    ------
    OSError
        The disk does not take it, or the folder is somebody else's.
    """
    _sweep(cache)
    handle, name = tempfile.mkstemp(prefix=f"{cache.name}.", suffix=SUFFIX, dir=cache.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            for array in (np.array(key), *arrays):
                npy.write_array(file, array, version=(1, 0))
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(cache)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(name).unlink()
        raise


def _sweep(cache: Path) -> None:
    """Remove what killed processes left of caches; some may still be being written."""
    for left in cache.parent.iterdir():
        if left.name.startswith(f"{cache.name}.") and left.name.endswith(SUFFIX):
            with suppress(FileNotFoundError):
                if time.time() - left.stat().st_mtime > STALE_SECONDS:
                    left.unlink()


def _mapped(file: IO[bytes], cache: Path) -> NDArray[Any]:
    npy.read_magic(file)
    shape, by_columns, dtype = npy.read_array_header_1_0(file)
    if 0 in shape:
        return np.empty(shape, dtype)
    array = np.memmap(cache, dtype, "r", offset=file.tell(), shape=shape, order="F" if by_columns else "C")
    file.seek(array.nbytes, os.SEEK_CUR)
    return np.asarray(array)
