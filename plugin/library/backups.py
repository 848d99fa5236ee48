"""Copies of a store beside it: one a day, the last few of them, each checked before it gets its name."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from plugin.errors import StoreError, printable
from plugin.library.opening import damage_of
from plugin.paths import sync_folder

KEEP = 3
"""Copies by date that are kept; those made before an upgrade stay as well."""
SUFFIX = ".bak"
PART = ".part"
STALE_SECONDS = 86_400.0
"""Age of what a killed process left of a copy, from which on it is swept away."""

_DATED = "[0-9]" * 8 + "-" + "[0-9]" * 6
_COMPANIONS = ("", "-journal", "-wal", "-shm")


def backups(library: Path) -> list[Path]:
    """Give the copies beside a library, the last one first; those made before an upgrade come at the end."""
    dated = sorted(library.parent.glob(f"{_escaped(library)}.{_DATED}{SUFFIX}"), reverse=True)
    return dated + sorted(set(library.parent.glob(f"{_escaped(library)}.v*{SUFFIX}")), reverse=True)


def back_up(library: Path, to: Path | None = None) -> Path:
    """Copy a library, also while others read it and write to it, and check the copy.

    Parameters
    ----------
    library : pathlib.Path
    to : pathlib.Path, optional
        Where to; by default beside the library, ``NAME.DATE-TIME.bak``, where copies above `KEEP` then go.

    Returns
    -------
    pathlib.Path
        The copy, one plain file.

    Raises
    ------
    StoreError
        The library is damaged, so that its copy would push out a sound one, or the copy cannot be written.
    """
    target = to or library.with_name(f"{library.name}.{label()}{SUFFIX}")
    try:
        with closing(sqlite3.connect(f"{library.absolute().as_uri()}?mode=rw", uri=True)) as connection:
            copy_store(connection, target, _require_sound)
    except sqlite3.DatabaseError as error:
        raise StoreError(
            f"the library {printable(library)} was not backed up ({error}); older backups are as they were: "
            "see 'cuefinder library check', or check the disk"
        ) from error
    except OSError as error:
        raise StoreError(f"cannot write the backup {printable(target)}: {error.strerror}") from error
    if to is None:
        _rotate(library, target)
    return target


def is_due(library: Path) -> bool:
    """Say whether there is no copy of today, by the date in UTC."""
    today = f"{datetime.now(UTC):%Y%m%d}"
    return not any(path.name.startswith(f"{library.name}.{today}-") for path in backups(library))


def copy_store(
    source: sqlite3.Connection, target: Path, change: Callable[[sqlite3.Connection], None] = lambda copy: None
) -> None:
    """Copy a whole store, also what is still in its log; a crash leaves no half of a copy under its name.

    Parameters
    ----------
    source : sqlite3.Connection
    target : pathlib.Path
        One plain file, made or replaced.
    change : callable
        Checks or changes the copy before it gets its name.

    Raises
    ------
    sqlite3.Error, OSError
        The copy cannot be written; what was at the target is as it was.
    """
    temporary = target.with_name(target.name + PART)
    try:
        remove_store(temporary)  # with a journal that was left there, SQLite would spoil the new copy
        with closing(sqlite3.connect(temporary, isolation_level=None)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
            change(copy)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        remove_store(temporary)
        raise
    sync_folder(target.parent)


def remove_store(path: Path) -> None:
    """Remove a store with all that SQLite keeps beside it."""
    for companion in _COMPANIONS:
        path.with_name(path.name + companion).unlink(missing_ok=True)


def leftovers(library: Path) -> list[Path]:
    """Give what killed processes left of copies; some may still be being written."""
    return sorted(library.parent.glob(f"{_escaped(library)}.*{PART}*"))


def fresh_store(library: Path) -> Path:
    """Give the place of a store that is made to be put in a library's place; it is the writer's."""
    return library.with_name(f"{library.name}.fresh{PART}")


def second_store(library: Path) -> Path:
    """Give the place of the store in which a library's tracks are heard again with other models."""
    return library.with_name(f"{library.name}.next")


def clear_fresh(library: Path) -> None:
    """Remove what a process that was killed while it restored or repaired a library left; for the writer.

    Raises
    ------
    StoreError
        It cannot be removed.
    """
    fresh = fresh_store(library)
    try:
        for left in (fresh, fresh.with_name(fresh.name + PART)):
            remove_store(left)
    except OSError as error:
        raise StoreError(f"cannot remove {printable(fresh)}: {error.strerror}") from error


def label() -> str:
    """Give the date and time for a file's name; in UTC, and so sorted."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}"


def _rotate(library: Path, fresh: Path) -> None:
    others = [path for path in backups(library) if path != fresh and not path.name.startswith(f"{library.name}.v")]
    for old in others[KEEP - 1 :]:
        old.unlink(missing_ok=True)
    for part in leftovers(library):
        try:
            stale = time.time() - part.stat().st_mtime > STALE_SECONDS
        except FileNotFoundError:  # it has just got its name
            continue
        if stale:
            part.unlink(missing_ok=True)


def _require_sound(copy: sqlite3.Connection) -> None:
    damage = damage_of(copy)
    if damage:
        raise sqlite3.DatabaseError(damage)


def _escaped(library: Path) -> str:
    """Give the library's name as a pattern that fits only itself."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in library.name)
