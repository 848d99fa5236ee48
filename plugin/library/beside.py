"""Small changes beside the writer: what the user decides is kept at once, also while hours of indexing go on.

They take SQLite's own lock for a moment and leave the library's revision alone, as no sound changes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, NullPool, create_engine, event

from plugin.library.opening import clear_errors, open_store
from plugin.library.store import Library


@contextmanager
def changing(path: Path) -> Iterator[Connection]:
    """Give a connection for one short transaction; a library that is not there is made.

    Raises
    ------
    StoreError
        The library cannot be written.
    """
    Library(path, writable=not path.exists()).close()  # made, or brought up to date
    engine = create_engine("sqlite://", creator=lambda: _connect(path), poolclass=NullPool)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with clear_errors(path), engine.connect() as connection, connection.begin():
        yield connection


def _connect(path: Path) -> sqlite3.Connection:
    # mode=rw: a library that went away just now is not made anew, and empty
    return open_store(path, "mode=rw", "foreign_keys = ON", "secure_delete = ON")
