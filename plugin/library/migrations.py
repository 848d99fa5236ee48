"""Bringing a store of an older version up to date: a copy first, then one transaction.

Small enough not to need a migration package: a step per version, in order, each of which makes of a store of one
version one of the next.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from plugin.errors import StoreError, printable
from plugin.library.backups import copy_store
from plugin.library.names import folded_name
from plugin.library.schema import SCHEMA_VERSION

Step = Callable[[sqlite3.Connection], None]


def _to_2(connection: sqlite3.Connection) -> None:
    """Marks, roots, searches, indexes on captions, artists and sounds.

    A step is written out: the tables of today's schema may look otherwise one day.
    """
    connection.execute(
        "CREATE TABLE marks (track_id INTEGER NOT NULL PRIMARY KEY REFERENCES tracks (id) ON DELETE CASCADE,"
        " rating INTEGER NOT NULL, favourite BOOLEAN NOT NULL, hidden BOOLEAN NOT NULL,"
        " CHECK (rating BETWEEN 0 AND 5))"
    )
    connection.execute(
        "CREATE TABLE roots (path TEXT NOT NULL PRIMARY KEY, watched BOOLEAN NOT NULL, added_at TEXT NOT NULL,"
        " scanned_at TEXT)"
    )
    connection.execute(
        "CREATE TABLE searches (id INTEGER NOT NULL PRIMARY KEY, name TEXT UNIQUE, question TEXT NOT NULL,"
        " asked_at TEXT NOT NULL)"
    )
    connection.execute("CREATE INDEX tracks_by_caption ON tracks (caption)")
    connection.execute("CREATE INDEX tracks_by_artist ON tracks (artist)")
    connection.execute("CREATE INDEX tracks_by_sound ON tracks (status, space, tempo, duration, key)")


def _to_3(connection: sqlite3.Connection) -> None:
    """Names in one case with an index, and stamps of lyrics files, of which nothing is known yet."""
    connection.execute("ALTER TABLE tracks ADD COLUMN folded TEXT DEFAULT '' NOT NULL")
    connection.execute("ALTER TABLE tracks ADD COLUMN lyrics_stamp TEXT")
    connection.create_function(
        "folded_name", 2, lambda title, path: folded_name(title, Path(os.fsdecode(path))), deterministic=True
    )
    connection.execute("UPDATE tracks SET folded = folded_name(title, path)")
    connection.execute("CREATE INDEX tracks_by_name ON tracks (folded)")


STEPS: dict[int, Step] = {1: _to_2, 2: _to_3}
"""By the version that a step starts from."""


def upgrade(path: Path, version: int) -> Path:
    """Bring a store up to `SCHEMA_VERSION`; the caller holds the writer's lock.

    Returns
    -------
    pathlib.Path
        The copy of the store as it was, ``NAME.vVERSION.bak`` beside it.

    Raises
    ------
    StoreError
        The copy or the change cannot be written; the store is as it was.
    """
    backup = path.with_name(f"{path.name}.v{version}.bak")
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            copy_store(connection, backup)
            apply_steps(connection, version)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(
            f"cannot bring the library {printable(path)} from version {version} to {SCHEMA_VERSION} ({error}): "
            "it is as it was; check the disk and the access rights"
        ) from error
    return backup


def apply_steps(connection: sqlite3.Connection, version: int) -> None:
    """Do the steps from a version to `SCHEMA_VERSION` in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    for number in range(version, SCHEMA_VERSION):
        STEPS[number](connection)
    connection.execute("UPDATE meta SET value = ? WHERE key = 'schema_version'", (str(SCHEMA_VERSION),))
    connection.execute("COMMIT")
