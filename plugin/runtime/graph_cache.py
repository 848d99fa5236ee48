"""Optimised graphs kept on disk, where loading them is measurably faster than optimising anew.

ONNX Runtime spends a part of a graph's loading on folding constants and fusing nodes. What comes out depends on its
version and on the processor, so both are in the key. Small graphs gain less than the check of a copy costs (those of
the core pack load in 2 to 22 ms each, their copies in 1 to 16 ms), so only larger ones that take `FLOOR` seconds are
tried, and a copy is kept only where it loaded faster, its checks included: graphs of CLAP's sizes (119 and 501 MB) do
not. Graphs of accelerators are not kept: what CoreML compiles cannot be written, and CUDA's start takes far longer.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import os
import platform
import secrets
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import perf_counter, time
from typing import Any

from plugin.paths import HOME_VARIABLE, atomic_write

SMALLEST, LARGEST = 16 << 20, 900 << 20
"""Bytes of a graph with its weights from which, and up to which, it is tried: constants stored in half the bytes grow
twofold, and a copy is one file of less than 2 GB."""
FLOOR = 0.2
"""Seconds of loading from which a copy is tried."""
GAIN = 0.8
"""Share of the loading time that a copy may take to be kept."""
MOST = 4 << 30
"""Bytes of all copies."""
CHUNK = 1 << 22
COPY, NOT_WORTH, UNFINISHED = ".onnx", ".none", ".tmp"
log = logging.getLogger(__name__)
Load = Callable[[Path], Any]


def cache_dir() -> Path:
    """Give the folder of the optimised graphs: below ``$CUEFINDER_HOME`` where it is set, else the user's caches."""
    home = os.environ.get(HOME_VARIABLE)
    if home:
        return Path(home).expanduser() / "cache" / "graphs"
    import platformdirs

    return Path(platformdirs.user_cache_dir("cuefinder", appauthor=False)) / "graphs"


def copies() -> list[tuple[Path, int]]:
    """Optimised graphs on disk with their bytes, those used longest ago first."""
    found = []
    with suppress(OSError):
        for path in cache_dir().glob(f"*{COPY}"):
            with suppress(OSError):  # another process took it away
                found.append((path.stat().st_mtime_ns, path, path.stat().st_size))
    return [(path, size) for _, path, size in sorted(found)]


def open_cached(path: Path, load: Load, options: Any) -> Any:
    """Load a graph on the CPU, from its optimised copy where there is a sound one.

    No fault of the cache is the caller's: a copy that is damaged is made anew, and one that cannot be written is not.

    Parameters
    ----------
    path : pathlib.Path
        The graph; its weights may lie beside it, in a file of the same name with ".data" added.
    load : callable
        Opens a file with `options`.
    options : onnxruntime.SessionOptions
        Changed while this runs, and then as before.
    """
    files = [file for file in (path, path.with_name(f"{path.name}.data")) if file.exists()]
    if not SMALLEST <= sum(file.stat().st_size for file in files) <= LARGEST:
        return load(path)
    try:
        mark = cache_dir() / f"{_identity(files)}{NOT_WORTH}"
        worth_it = not mark.is_file()
        session = _from_copy(files, load, options) if worth_it else None
    except (OSError, RuntimeError) as error:  # the second where there is no home
        log.info("optimised graphs are not kept: %s", error)
        return load(path)
    if session is not None or not worth_it:
        return session or load(path)
    started = perf_counter()
    session = load(path)
    taken = perf_counter() - started
    if taken >= FLOOR:
        try:
            _try_copy(files, mark, taken, load, options)
        except OSError as error:
            log.info("the optimised graph of %s is not kept: %s", path.name, error)
    return session


def _from_copy(files: list[Path], load: Load, options: Any) -> Any | None:
    """Load a sound copy; one that is not goes."""
    for copy in cache_dir().glob(f"{_key(files, options)}.*{COPY}"):
        try:
            if copy.name.split(".")[1] == _checksum(copy):
                with _as_it_is(options):
                    session = load(copy)
                with suppress(OSError):  # a cache that can only be read
                    os.utime(copy)
                return session
        except Exception as error:  # noqa: BLE001 - whatever is wrong with a copy, the graph itself is still there
            log.info("the optimised graph %s cannot be used: %s", copy.name, error)
        copy.unlink(missing_ok=True)
    return None


def _try_copy(files: list[Path], mark: Path, plain: float, load: Load, options: Any) -> None:
    """Write a copy and load it as the next start will; keep it if that is faster, else remember that it is not."""
    folder, key = mark.parent, _key(files, options)
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{secrets.token_hex(8)}{UNFINISHED}"
    try:
        options.optimized_model_filepath = str(temporary)
        try:
            load(files[0])
        except Exception as error:
            raise OSError(str(error).split("\n", 1)[0]) from error
        finally:
            options.optimized_model_filepath = ""
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        copy = temporary.replace(folder / f"{key}.{_checksum(temporary)}{COPY}")
    finally:
        temporary.unlink(missing_ok=True)
    started = perf_counter()
    if _from_copy(files, load, options) is None or perf_counter() - started > GAIN * plain:
        copy.unlink(missing_ok=True)
        atomic_write(mark, b"")
    _trim()


def _trim() -> None:
    """Take away the copies that were used longest ago, where there are too many, and what was never finished."""
    kept = copies()
    total = sum(size for _, size in kept)
    for path, size in kept[:-1]:
        if total > MOST:
            with suppress(OSError):
                path.unlink()
            total -= size
    for path in cache_dir().glob(f".*{UNFINISHED}"):
        with suppress(OSError):
            if path.stat().st_mtime < time() - 86_400:
                path.unlink()


@contextmanager
def _as_it_is(options: Any) -> Iterator[None]:
    """Optimise nothing: a copy is optimised already."""
    import onnxruntime

    before = options.graph_optimization_level
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        yield
    finally:
        options.graph_optimization_level = before


def _identity(files: list[Path]) -> str:
    """Name files by place, size and time, without reading them."""
    facts = [(os.fspath(file.absolute()), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return hashlib.sha256(repr((facts, _machine())).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _key(files: list[Path], options: Any) -> str:
    """Name what is optimised and how: content, level, ONNX Runtime and processor."""
    whole = hashlib.sha256(repr((_machine(), options.graph_optimization_level.name)).encode())
    for file in files:
        with file.open("rb") as opened:
            whole.update(hashlib.file_digest(opened, "sha256").digest())
    return whole.hexdigest()[:32]


def _checksum(path: Path) -> str:
    """CRC-32 of a file: damage is to be noticed, and SHA-256 would take twice as long as the loading saves."""
    found = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            found = zlib.crc32(chunk, found)
    return f"{found:08x}"


@functools.cache
def _machine() -> tuple[str, ...]:
    import onnxruntime

    features = ""
    with suppress(OSError):  # only Linux has it; elsewhere the machine's name stands for it
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        features = next((line for line in lines if line.lower().startswith(("flags", "features"))), "")
    return onnxruntime.__version__, platform.machine(), platform.processor(), features or platform.node()
