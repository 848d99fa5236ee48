"""Putting another store in the place of a library, such as a backup of it; what was there stays beside it."""

from __future__ import annotations

import shutil
import sqlite3
import uuid
from contextlib import closing
from pathlib import Path

from plugin.errors import StoreError, printable
from plugin.library.backups import SUFFIX, clear_fresh, copy_store, fresh_store, label, remove_store
from plugin.library.lock import WriterLock
from plugin.library.migrations import apply_steps
from plugin.library.opening import damage_of
from plugin.library.schema import SCHEMA_VERSION
from plugin.paths import sync_folder

DAMAGED = "damaged"


def restore(library: Path, backup: Path) -> Path | None:
    """Make a library what it was when a backup was made; the file may be damaged or gone.

    Returns
    -------
    pathlib.Path or None
        The library as it was before: a backup of it where it was sound, else its bytes; None where there was none.

    Raises
    ------
    LockedError
        Another process writes to the library.
    StoreError
        The backup is no sound library of this or an older version, or the disk does not take it; the library is as
        it was.
    """
    lock = WriterLock(library)
    fresh = fresh_store(library)
    try:
        with closing(sqlite3.connect(f"{backup.absolute().as_uri()}?mode=ro", uri=True)) as source:
            copy_store(source, fresh, make_current)
        kept = keep_old(library) if library.exists() else None
        put_in_place(library, fresh)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(
            f"cannot restore the library {printable(library)} from {printable(backup)} ({error}): it is as it was; "
            "choose another backup, or check the disk"
        ) from error
    finally:
        clear_fresh(library)
        lock.release()
    return kept


def make_current(store: sqlite3.Connection) -> None:
    """Check a copy of a store, bring it up to date, and give it a name of its own.

    With the old name, what was computed from later states of the library would seem to be of this one.

    Raises
    ------
    sqlite3.Error
        It is damaged, no library, or of a newer version.
    """
    damage = damage_of(store, "integrity_check")
    if damage:
        raise sqlite3.DatabaseError(damage)
    row = store.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()
    version = 0 if row is None else int(row[0])
    if not 1 <= version <= SCHEMA_VERSION:
        raise sqlite3.DatabaseError(f"its store version is {version}, this Cuefinder reads {SCHEMA_VERSION}")
    if version < SCHEMA_VERSION:
        apply_steps(store, version)
    store.execute("UPDATE meta SET value = ? WHERE key = 'id'", (uuid.uuid4().hex,))


def keep_old(library: Path) -> Path:
    """Copy a library beside itself before it is replaced; gives the copy.

    A sound one becomes a backup beside the others, which it does not push out; else the very bytes are kept.
    """
    try:
        with closing(sqlite3.connect(f"{library.absolute().as_uri()}?mode=rw", uri=True)) as connection:
            if not damage_of(connection):
                backup = library.with_name(f"{library.name}.{label()}{SUFFIX}")
                copy_store(connection, backup)
                return backup
    except sqlite3.DatabaseError:
        return set_aside(library)
    return set_aside(library)


def set_aside(library: Path) -> Path:
    """Copy a library and its log byte by byte to ``NAME.damaged-DATE-TIME`` beside it."""
    aside = library.with_name(f"{library.name}.{DAMAGED}-{label()}")
    try:
        for companion in ("-wal", ""):
            source = library.with_name(library.name + companion)
            if source.exists():
                shutil.copy2(source, aside.with_name(aside.name + companion))
    except OSError:
        remove_store(aside)
        raise
    sync_folder(library.parent)
    return aside


def set_aside_copies(library: Path) -> list[Path]:
    """List the damaged libraries that were kept, with their logs."""
    return sorted(path for path in library.parent.iterdir() if path.name.startswith(f"{library.name}.{DAMAGED}-"))


def put_in_place(library: Path, fresh: Path) -> None:
    """Fill a library with the content of another store in one transaction; readers see the old one or the new one.

    Raises
    ------
    sqlite3.Error, OSError
        The disk does not take it; the library is as it was.
    """
    try:
        with closing(sqlite3.connect(library)) as live, closing(sqlite3.connect(fresh)) as new:
            new.backup(live)
    except sqlite3.OperationalError:  # of the disk
        raise
    except sqlite3.DatabaseError:  # so damaged that SQLite does not take it for a store
        # Its log must be gone before there is another store that it would be read into.
        for companion in ("-wal", "-shm", "-journal"):
            library.with_name(library.name + companion).unlink(missing_ok=True)
        fresh.replace(library)
        sync_folder(library.parent)
