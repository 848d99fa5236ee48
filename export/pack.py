"""Write a pack: files, checksums and manifest, so that a folder holds all of it or none."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from plugin.errors import InputError, printable
from plugin.paths import sync_folder

MANIFEST = "manifest.json"


def checksum(path: Path) -> str:
    """SHA-256 of a file, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def describe_files(folder: Path) -> dict[str, dict[str, Any]]:
    """Give the manifest's `files`: sha256 and bytes of every file but the manifest, by name."""
    return {
        path.name: {"sha256": checksum(path), "bytes": path.stat().st_size}
        for path in sorted(folder.iterdir())
        if path.name != MANIFEST
    }


def check_place(out: Path) -> None:
    """Refuse to write over a folder that is neither empty nor a pack, InputError."""
    if out.exists() and not (out / MANIFEST).is_file() and not (out.is_dir() and not any(out.iterdir())):
        raise InputError(f"--out {printable(out)}: holds something that is no pack; give a new folder")


def write_pack(out: Path, fill: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
    """Fill a folder beside `out` and put it there when all of it is on the disk; a pack that was there is replaced.

    Parameters
    ----------
    out : Path
        Folder that is not there, is empty, or holds a pack.
    fill : callable
        Writes the files into the folder that it is given; gives the manifest, whose `files` are those of
        `describe_files`. Where it raises nothing is left, and what was in `out` stays.

    Returns
    -------
    dict
        The manifest.

    Raises
    ------
    InputError
        `out` holds something that is no pack.
    OSError
        The disk does not take it.
    """
    check_place(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as temporary:
        folder = Path(temporary) / "new"
        folder.mkdir()
        manifest = fill(folder)
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
        for path in folder.iterdir():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        sync_folder(folder)
        _swap(folder, out, Path(temporary) / "old")
    sync_folder(out.parent)
    return manifest


def _swap(folder: Path, out: Path, old: Path) -> None:
    """Put a folder in the place of another; should the second step fail, the first is taken back."""
    replaced = out.exists()
    if replaced:
        out.rename(old)
    try:
        folder.rename(out)
    except OSError:
        if replaced:
            old.rename(out)
        raise
