"""Opening the file of a store, and what its errors mean."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy.exc import DatabaseError, IntegrityError, ProgrammingError

from plugin.errors import StoreError, printable

BUSY_SECONDS = 30.0
NO_INDEX = "vtable constructor failed"
"""What newer versions of SQLite raise where the pages of the full-text index are damaged."""
ANALYSE = ("PRAGMA analysis_limit = 400", "ANALYZE")


def open_store(path: Path, options: str, *pragmas: str) -> sqlite3.Connection:
    """Open a store as a URI with options, and pragmas such as "foreign_keys = ON"; transactions begin where we say."""
    uri = f"{path.absolute().as_uri()}?{options}"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, check_same_thread=False, isolation_level=None)
    try:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def damage_of(store: sqlite3.Connection, check: str = "quick_check") -> str:
    """Let SQLite check a store; gives the first thing that is wrong, empty where nothing is."""
    try:
        line = str(store.execute(f"PRAGMA {check}(1)").fetchone()[0])
    except sqlite3.DatabaseError as error:
        if NO_INDEX not in str(error):
            raise
        line = str(error)
    return "" if line == "ok" else f"it is damaged: {' '.join(line.split())}"


def stored_version(path: Path) -> int | None:
    """Read the version of a store without changing it; None where there is no store yet."""
    if not path.exists():
        return None
    # Without a log nobody has the store open: then SQLite need not put files of its own beside it.
    if path.with_name(path.name + "-journal").exists():  # of a change that was cut off: SQLite must take it back
        options = "mode=rw"
    elif path.with_name(path.name + "-wal").exists():
        options = "mode=ro"
    else:
        options = "mode=ro&immutable=1"
    with clear_errors(path), closing(open_store(path, options)) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        if not names:
            if connection.execute("PRAGMA page_count").fetchone()[0] > 1:
                raise sqlite3.DatabaseError("database disk image is malformed")
            return None  # an empty file, or a process ended while it made the library
        row = None
        if "meta" in names:
            row = connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()
        if row is not None and not str(row[0]).isdecimal():
            raise sqlite3.DatabaseError("database disk image is malformed")
    if row is None:
        raise StoreError(f"{printable(path)} is not a Cuefinder library: choose another file")
    return int(row[0])


def analyse(path: Path) -> None:
    """Let SQLite look at samples of the tables: by them it plans filters many times faster. Takes milliseconds.

    Raises
    ------
    StoreError
        The library cannot be written.
    """
    with clear_errors(path), closing(open_store(path, "mode=rw")) as connection:
        for statement in ANALYSE:
            connection.execute(statement)


def is_damage(error: BaseException | None) -> bool:
    """Say whether an error of SQLite means that a store is damaged, and not that the disk or another program is."""
    if isinstance(error, sqlite3.OperationalError):
        return NO_INDEX in str(error)
    return isinstance(error, sqlite3.DatabaseError)


@contextmanager
def clear_errors(path: Path) -> Iterator[None]:
    """Say of errors of SQLite which library they are about, and what to do, as `StoreError`."""
    try:
        yield
    except (IntegrityError, ProgrammingError, sqlite3.IntegrityError, sqlite3.ProgrammingError):
        raise  # mistakes of ours, not of the disk
    except (DatabaseError, sqlite3.DatabaseError) as error:
        reason = str(getattr(error, "orig", None) or error)
        if "malformed" in reason or NO_INDEX in reason:
            advice = "it is damaged; 'cuefinder library repair' keeps what can be read, 'restore' takes a backup"
        elif "not a database" in reason:
            advice = (
                "it is damaged or no library; move it away and run 'cuefinder index' again, or 'cuefinder library "
                "restore' to take a backup"
            )
        elif "locked" in reason:
            advice = "another program is busy with it; try again in a moment"
        else:
            advice = "check the disk and the access rights"
        raise StoreError(f"cannot use the library {printable(path)} ({reason}): {advice}") from error
