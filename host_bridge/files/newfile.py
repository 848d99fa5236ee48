"""Write a new file beside an old one, whole or not at all, and never over another: `new_file`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from host_bridge.errors import TimelineError

OURS = ".cuefinder"
MOST = 1000


def new_file(old: Path, out: Path | None, data: bytes, check: Callable[[Path], object] = lambda written: None) -> Path:
    """Write a file.

    Parameters
    ----------
    old : Path
        What it is made of; without `out`, the new file lies beside it.
    out : Path, optional
    data : bytes
    check : callable
        Called with the written file before it gets its name; raises what is wrong with it.

    Raises
    ------
    TimelineError
        `out` is there, or it cannot be written; no file is left then, nor after an error of `check`.
    """
    folder = old.parent if out is None else out.absolute().parent
    try:
        handle, name = tempfile.mkstemp(suffix=old.suffix, prefix=".cuefinder-", dir=folder)
    except OSError as error:
        raise TimelineError(folder, f"no file can be made there ({error.strerror})") from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        check(temporary)
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        return _take_name(temporary, [out] if out is not None else _names(old))
    except OSError as error:
        raise TimelineError(out or old, f"the new file cannot be written ({error.strerror or error})") from error
    finally:
        temporary.unlink(missing_ok=True)


def _names(old: Path) -> Iterator[Path]:
    stem = old.stem.removesuffix(OURS)
    yield old.with_name(f"{stem}{OURS}{old.suffix}")
    for number in range(2, MOST):
        yield old.with_name(f"{stem}{OURS}-{number}{old.suffix}")


def _take_name(temporary: Path, names: Iterable[Path]) -> Path:
    """Give a file the first name that is free; an empty file takes the name first, so that no other can."""
    name: Path | None = None
    for name in names:
        try:
            os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        except FileExistsError:
            continue
        try:
            temporary.replace(name)
        except OSError:
            with suppress(OSError):
                name.unlink()
            raise
        _sync(name.parent)
        return name
    raise TimelineError(name or temporary, "it is there already; choose another name")


def _sync(folder: Path) -> None:
    """Bring the folder's entry to the disk; some file systems cannot, and the file itself is there already."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
