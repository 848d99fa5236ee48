"""Features on disk: one memory-mapped file of arrays by key, so that data larger than memory trains.

A store is a folder of two files: `data.bin` holds the arrays one behind the other, `index.json` where each begins
and its shape. The index is replaced as a whole only after the data it speaks of is on the disk, so a build that was
cut, even by a power failure, goes on where it stood.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.errors import DatasetError
from plugin.errors import CuefinderError, printable

DTYPES = ("int8", "float16", "float32")
FORMAT = 1
KEEP_EVERY = 20.0
"""Seconds of work that a cut build loses at most."""


_quiet: ContextVar[bool] = ContextVar("no progress bars", default=False)


@contextmanager
def quiet(really: bool = True) -> Iterator[None]:
    """Show no progress bars of builds within the block."""
    token = _quiet.set(really)
    try:
        yield
    finally:
        _quiet.reset(token)


@dataclass(frozen=True)
class Entry:
    """Where an array lies: its first element in `data.bin`, its shape, and the step of a quantised one."""

    offset: int
    shape: tuple[int, ...]
    scale: float = 1.0


class FeatureStore(Mapping[str, npt.NDArray[Any]]):
    """Arrays by key in one memory-mapped file.

    `store[key]` is a read-only view of the file for float16 and float32 (cast or copy it before torch takes it) and a
    new float32 array for int8. A pickled store opens the file again instead of carrying the data.

    Attributes
    ----------
    path : Path
        Folder of the store.
    failed : dict of str to str
        Keys whose array could not be made, with the line that says why.
    """

    def __init__(self, path: Path, keys: Sequence[str] | None = None) -> None:
        """Open a store for reading; `keys` limits and orders what it shows.

        Raises
        ------
        DatasetError
            If there is none, or it is damaged.
        """
        self.path = path
        self.failed: dict[str, str] = {}
        dtype, entries = _read_index(path)
        self.dtype = np.dtype(dtype)
        self._entries = entries if keys is None else {key: entries[key] for key in keys if key in entries}
        self._flat = _map(path, self.dtype, entries)

    @classmethod
    def build(
        cls,
        path: Path,
        keys: Sequence[str],
        make: Callable[[str], npt.NDArray[Any]],
        *,
        dtype: npt.DTypeLike = np.float16,
        progress: str | None = None,
    ) -> FeatureStore:
        """Open a store that holds `keys`, making the arrays that it lacks.

        Several processes may ask for the same store at once: one works, the others wait for it.

        Parameters
        ----------
        path : Path
            Folder of the store; put a `fingerprint` of all that the features depend on into its name.
        keys : sequence of str
            What it must hold; it may hold more, which the store that is returned does not show.
        make : callable
            Gives the array of a key, of any shape. A CuefinderError leaves the key out and is listed in `failed`.
        dtype : dtype
            int8 (with one scale an array), float16 or float32.
        progress : str, optional
            Label of a progress bar.

        Raises
        ------
        DatasetError
            If the store is damaged or of another dtype.
        """
        kind = np.dtype(dtype).name
        if kind not in DTYPES:
            raise ValueError(f"dtype {kind}: choose one of {', '.join(DTYPES)}")
        path.mkdir(parents=True, exist_ok=True)
        failed: dict[str, str] = {}
        with _locked(path / "lock"):
            entries: dict[str, Entry] = {}
            if (path / "index.json").exists():
                found, entries = _read_index(path)
                if found != kind:
                    raise DatasetError(f"{printable(path)}: features of dtype {found}, {kind} is wanted; delete it")
                _check_size(path, np.dtype(found), entries)
            wanted = [key for key in dict.fromkeys(keys) if key not in entries]
            if wanted or not (path / "index.json").exists():
                _append(path, np.dtype(kind), entries, wanted, make, failed, progress)
        store = cls(path, keys)
        store.failed = failed
        return store

    def __getitem__(self, key: str) -> npt.NDArray[Any]:
        entry = self._entries[key]
        view = self._flat[entry.offset : entry.offset + _size(entry)].reshape(entry.shape)
        return view * np.float32(entry.scale) if self.dtype == np.int8 else view

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def shape(self, key: str) -> tuple[int, ...]:
        """Shape of an array without touching the data."""
        return self._entries[key].shape

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays shown, on disk."""
        return sum(map(_size, self._entries.values())) * self.dtype.itemsize

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_flat"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._flat = _map(self.path, self.dtype, self._entries)


def fingerprint(*parts: Any) -> str:
    """Hash whatever features depend on: settings, strings, numbers, arrays, paths, and mappings and lists of them.

    Returns
    -------
    str
        16 hexadecimal digits, the same in every process and on every machine.
    """
    digest = hashlib.sha256()
    for part in parts:
        _feed(digest, part)
    return digest.hexdigest()[:16]


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file so that at every moment either the old or the new one is there, whole."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _append(
    path: Path,
    dtype: np.dtype[Any],
    entries: dict[str, Entry],
    wanted: Sequence[str],
    make: Callable[[str], npt.NDArray[Any]],
    failed: dict[str, str],
    progress: str | None,
) -> None:
    """Make the arrays of `wanted` behind those of `entries`; keep what is done however this ends."""
    if progress is None or _quiet.get():
        todo: Any = wanted
    else:
        from tqdm import tqdm  # only here: reading features needs numpy alone

        todo = tqdm(wanted, desc=progress, unit="")
    end = _end(entries)
    data = path / "data.bin"
    with data.open("r+b" if data.exists() else "w+b") as file:
        file.truncate(end * dtype.itemsize)  # what a cut build wrote after its last index
        file.seek(0, os.SEEK_END)
        kept = time.monotonic()
        try:
            for key in todo:
                try:
                    array, scale = _encode(np.asarray(make(key)), dtype)
                except CuefinderError as error:
                    failed[key] = str(error)
                    continue
                array.tofile(file)
                entries[key] = Entry(end, array.shape, scale)
                end += array.size
                if time.monotonic() - kept > KEEP_EVERY:
                    _keep(path, dtype, entries, file)
                    kept = time.monotonic()
        finally:
            _keep(path, dtype, entries, file)


def _keep(path: Path, dtype: np.dtype[Any], entries: Mapping[str, Entry], file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())
    arrays = {key: [entry.offset, list(entry.shape), entry.scale] for key, entry in entries.items()}
    index = {"format": FORMAT, "dtype": dtype.name, "arrays": arrays}
    write_atomic(path / "index.json", json.dumps(index).encode())


def _encode(array: npt.NDArray[Any], dtype: np.dtype[Any]) -> tuple[npt.NDArray[Any], float]:
    if not np.isfinite(array).all():
        raise DatasetError("features that are not finite")
    if dtype == np.int8:
        scale = float(np.abs(array).max(initial=0.0)) / 127 or 1.0
        return np.ascontiguousarray(np.rint(array / scale), np.int8), scale
    limit = float(np.finfo(dtype).max)
    if np.abs(array).max(initial=0.0) > limit:
        raise DatasetError(f"features beyond the range of {dtype.name}")
    return np.ascontiguousarray(array, dtype).reshape(array.shape), 1.0


def _read_index(path: Path) -> tuple[str, dict[str, Entry]]:
    index = path / "index.json"
    try:
        content = json.loads(index.read_text("utf-8"))
        if content["format"] != FORMAT or content["dtype"] not in DTYPES:
            raise ValueError
        entries = {key: Entry(at, tuple(shape), scale) for key, (at, shape, scale) in content["arrays"].items()}
    except FileNotFoundError as error:
        raise DatasetError(f"{printable(path)}: no features there") from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise DatasetError(
            f"{printable(index)}: damaged features; delete {printable(path)} to make them again"
        ) from error
    return content["dtype"], entries


def _check_size(path: Path, dtype: np.dtype[Any], entries: Mapping[str, Entry]) -> None:
    data = path / "data.bin"
    found = data.stat().st_size if data.exists() else 0
    if found < _end(entries) * dtype.itemsize:
        raise DatasetError(
            f"{printable(data)}: {found} bytes where the index tells of {_end(entries) * dtype.itemsize}: "
            f"damaged features; delete {printable(path)} to make them again"
        )


def _map(path: Path, dtype: np.dtype[Any], entries: Mapping[str, Entry]) -> npt.NDArray[Any]:
    _check_size(path, dtype, entries)
    if _end(entries) == 0:  # an empty file cannot be mapped
        return np.empty(0, dtype)
    return np.memmap(path / "data.bin", dtype, mode="r", shape=(_end(entries),))


def _size(entry: Entry) -> int:
    return int(np.prod(entry.shape, dtype=np.int64))


def _end(entries: Mapping[str, Entry]) -> int:
    return max((entry.offset + _size(entry) for entry in entries.values()), default=0)


def _feed(digest: Any, part: Any) -> None:
    """Hash a part with its kind and its length, so that ("ab", "c") and ("a", "bc") differ."""
    if hasattr(part, "model_dump"):
        part = part.model_dump(mode="json")
    elif is_dataclass(part) and not isinstance(part, type):
        part = asdict(part)
    if isinstance(part, Mapping):
        items = sorted(part.items(), key=lambda item: str(item[0]))
        digest.update(f"mapping {len(items)};".encode())
        for key, value in items:
            _feed(digest, str(key))
            _feed(digest, value)
    elif isinstance(part, (list, tuple)):
        digest.update(f"list {len(part)};".encode())
        for value in part:
            _feed(digest, value)
    else:
        if isinstance(part, np.ndarray):
            data, kind = np.ascontiguousarray(part).tobytes(), f"array {part.dtype.str} {part.shape}"
        elif isinstance(part, bytes):
            data, kind = part, "bytes"
        elif isinstance(part, str):
            data, kind = part.encode("utf-8", "surrogateescape"), "str"
        elif isinstance(part, Path):
            data, kind = os.fsencode(part), "path"
        elif part is None or isinstance(part, (bool, int, float)):
            data, kind = repr(part).encode(), "value"
        else:
            raise TypeError(f"cannot take the fingerprint of a {type(part).__name__}")
        digest.update(f"{kind} {len(data)};".encode() + data)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock file for as long as the block runs; the system frees it if the process dies."""
    with path.open("a+b") as file:
        if os.name == "nt":
            import msvcrt

            file.seek(0)
            while True:
                try:
                    msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]
                    break
                except OSError:  # it gives up after ten seconds
                    continue
            try:
                yield
            finally:
                file.seek(0)
                msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
            yield
