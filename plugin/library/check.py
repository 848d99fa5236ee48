"""Whether a library is sound: its pages, its words, and that no track is half there."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from plugin.errors import InputError, printable
from plugin.library.store import Library

_HALVES = {
    "tracks without segments": (
        "SELECT count(*) FROM tracks WHERE space != '' AND id NOT IN (SELECT track_id FROM segments)"
    ),
    "tracks with gaps between their segments": (
        "SELECT count(*) FROM (SELECT 1 FROM segments GROUP BY track_id HAVING count(*) != max(idx) + 1)"
    ),
    "tracks without tags": "SELECT count(*) FROM tracks WHERE space != '' AND id NOT IN (SELECT track_id FROM tags)",
    "tracks that cannot be found by words": (
        "SELECT count(*) FROM tracks WHERE space != '' AND id NOT IN (SELECT id FROM words_docsize)"
    ),
    "words of tracks that are not there": (
        "SELECT count(*) FROM words_docsize WHERE id NOT IN (SELECT id FROM tracks WHERE space != '')"
    ),
    "rows of tracks that are not there": "SELECT count(*) FROM pragma_foreign_key_check",
    "facts missing about the library itself": (
        "SELECT 4 - count(*) FROM meta WHERE key IN ('schema_version', 'created', 'id', 'revision')"
    ),
}


def check(library: Path) -> list[str]:
    """Look for damage in the whole file; an empty list means that there is none.

    Raises
    ------
    InputError
        There is no library.
    LockedError
        The library is of an older version, and another process is writing to it.
    """
    if not library.exists():
        raise InputError(f"there is no library at {printable(library)}: make it with 'cuefinder index DIR'")
    Library(library).close()  # brought up to date; a newer one, or another database, is refused
    problems: list[str] = []
    try:
        with closing(sqlite3.connect(f"{library.absolute().as_uri()}?mode=rw", uri=True, timeout=30.0)) as connection:
            for (text,) in connection.execute("PRAGMA integrity_check"):
                problems += [line for line in text.splitlines() if line != "ok"]
            for what, query in _HALVES.items():
                (count,) = connection.execute(query).fetchone()
                if count:
                    problems.append(f"{count} {what}")
            # Compares the full-text index with the text it was made from; changes nothing.
            connection.execute("INSERT INTO words (words) VALUES ('integrity-check')")
            connection.rollback()
    except sqlite3.DatabaseError as error:
        problems.append(str(error))
    return problems
