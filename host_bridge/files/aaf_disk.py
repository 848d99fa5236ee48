"""AAF files on disk for the adapter and pyaaf2, which both want paths: `on_disk`, and pyaaf2 itself."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import walk_tb
from typing import Any


@contextmanager
def on_disk(data: bytes) -> Iterator[Path]:
    """A file of ours with the content: neither the adapter nor pyaaf2 may come near the user's."""
    handle, name = tempfile.mkstemp(suffix=".aaf", prefix="cuefinder-")
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        yield path
    except Exception as error:
        _close(error)
        raise
    finally:
        path.unlink(missing_ok=True)


def _close(error: Exception) -> None:
    """Close what pyaaf2 leaves open where it fails while it opens a file: only the error still knows of it."""
    for frame, _ in walk_tb(error.__traceback__):
        file = getattr(frame.f_locals.get("self"), "f", None)
        if isinstance(file, io.IOBase):
            file.close()


def aaf2() -> Any:
    """pyaaf2, loaded when it is needed: it takes a while."""
    import aaf2

    return aaf2
