"""Stores as older versions of Cuefinder left them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

_BACK = {
    3: (
        "DROP INDEX tracks_by_name", "ALTER TABLE tracks DROP COLUMN folded",
        "ALTER TABLE tracks DROP COLUMN lyrics_stamp",
    ),
    2: (
        "DROP TABLE marks", "DROP TABLE roots", "DROP TABLE searches", "DROP INDEX tracks_by_caption",
        "DROP INDEX tracks_by_artist", "DROP INDEX tracks_by_sound",
    ),
}  # fmt: skip
"""What takes a store of a version back to the one before."""


def make_old(path: Path, version: int) -> None:
    """Make of a store of today one of an older version, with its tracks."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for number in sorted(_BACK, reverse=True):
            if number > version:
                for statement in _BACK[number]:
                    connection.execute(statement)
        connection.execute("UPDATE meta SET value = ? WHERE key = 'schema_version'", (str(version),))
