"""Features that a data set ships as .npy files: looked at when a record is made, loaded when they are used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from models.errors import DatasetError
from plugin.errors import printable

_READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def check_npy(path: Path) -> str:
    """Look at the header of a .npy file without loading it.

    Returns
    -------
    str
        What is wrong with it, empty if nothing is: it must hold a [D] or [T, D] array of real numbers.
    """
    try:
        with path.open("rb") as file:
            version = np.lib.format.read_magic(file)
            if version not in _READERS:
                return f"npy version {version[0]}.{version[1]}"
            shape, _, dtype = _READERS[version](file)
            need = int(np.prod(shape)) * dtype.itemsize
            short = path.stat().st_size - file.tell() < need
    except FileNotFoundError:
        return "missing"
    except (OSError, ValueError) as error:
        return str(error).splitlines()[0][:80]
    if dtype.kind not in "fiu":
        return f"holds {dtype}, not numbers"
    if len(shape) not in (1, 2) or 0 in shape:
        return f"has shape {list(shape)}, not [D] or [T, D]"
    return "cut short" if short else ""


class NpyFeatures(Mapping[str, np.ndarray]):
    """Arrays by name; each is loaded when it is asked for and not kept.

    So the records of a data set larger than memory are small, and picklable for worker processes.

    Parameters
    ----------
    paths : mapping of str to Path
        A .npy file of a [D] or [T, D] array for each name.
    """

    def __init__(self, paths: Mapping[str, Path]) -> None:
        self.paths = dict(paths)

    def __getitem__(self, name: str) -> np.ndarray:
        path = self.paths[name]
        try:
            array: np.ndarray = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise DatasetError(f"{printable(path)}: cannot be read as an array: {error}") from error
        return array

    def __iter__(self) -> Iterator[str]:
        return iter(self.paths)

    def __len__(self) -> int:
        return len(self.paths)

    def __repr__(self) -> str:
        return f"NpyFeatures({self.paths})"
