"""Erasing what was forgotten: its traces in the store's free pages and its log, in the caches and in the backups.

`forget` notes in the store what is to be erased, in the same transaction in which it drops the tracks. The note goes
when all is done, so a process that is killed meanwhile leaves work that the next writer ends.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plugin.errors import StoreError, printable
from plugin.library.backups import backups, copy_store, leftovers
from plugin.library.opening import ANALYSE, BUSY_SECONDS
from plugin.library.replacing import set_aside_copies

NOTE = "erasing"
"""Key of the note in the table ``meta``."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Tracks whose traces are to be erased."""

    ids: Sequence[int]
    paths: Sequence[str]

    def __add__(self, other: Forgotten) -> Forgotten:
        return Forgotten([*self.ids, *other.ids], [*self.paths, *other.paths])

    def as_text(self) -> str:
        """Give the note for the store."""
        return json.dumps({"ids": list(self.ids), "paths": list(self.paths)})

    @classmethod
    def of(cls, text: str) -> Forgotten:
        """Read the note; a damaged one is of nothing."""
        try:
            values = json.loads(text)
            return cls([int(id_) for id_ in values["ids"]], [str(path) for path in values["paths"]])
        except (ValueError, KeyError, TypeError):
            return cls([], [])


def drop_and_note(store: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Drop tracks and note what is to be erased, within the caller's transaction."""
    paths: list[str] = []
    for id_ in ids:
        paths += [os.fsdecode(path) for (path,) in store.execute("SELECT path FROM tracks WHERE id = ?", (id_,))]
    forgotten = Forgotten(ids, paths)
    drop_tracks(store, forgotten)
    earlier = store.execute("SELECT value FROM meta WHERE key = ?", (NOTE,)).fetchone()
    if earlier is not None:  # a writer was ended in the midst of erasing it
        forgotten = Forgotten.of(earlier[0]) + forgotten
    store.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (NOTE, forgotten.as_text()))


def erase_traces(library: Path) -> None:
    """End the erasing that a library has a note of; the caller holds the writer's lock.

    Backups are written anew without the tracks; damaged ones, damaged libraries that a repair kept, and what killed
    processes left are removed, for nothing can be taken out of them. Journals of changed files lose what they say
    of the tracks, so that those changes cannot be undone any more.

    Raises
    ------
    StoreError
        The disk does not take it, or another program keeps reading; the note stays for the next writer.
    """
    try:
        with closing(_connect(library)) as store:
            row = store.execute("SELECT value FROM meta WHERE key = ?", (NOTE,)).fetchone()
            if row is None:
                return
            what = Forgotten.of(row[0])
            if what.ids:
                _erase_beside(library, what)
                store.execute("UPDATE meta SET value = ? WHERE key = ?", (Forgotten([], []).as_text(), NOTE))
            _wipe(store)
            (busy, *_) = store.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                raise StoreError(f"another program keeps reading the library {printable(library)}")
            store.execute("DELETE FROM meta WHERE key = ?", (NOTE,))
    except (sqlite3.Error, OSError, StoreError) as error:
        raise StoreError(
            f"the tracks are forgotten, but not all traces of them could be erased ({error}): "
            "the next 'cuefinder index' or 'library forget' tries again"
        ) from error


def drop_tracks(store: sqlite3.Connection, what: Forgotten) -> bool:
    """Drop tracks by id and by path, and the questions that name them; says whether there were any.

    Works on stores of all versions, within the caller's transaction.
    """
    tables = {name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    ids = {id_ for id_ in what.ids if store.execute("SELECT 1 FROM tracks WHERE id = ?", (id_,)).fetchone()}
    for path in what.paths:
        ids.update(id_ for (id_,) in store.execute("SELECT id FROM tracks WHERE path = ?", (_stored(path),)))
    for table, column in (("words", "rowid"), ("segments", "track_id"), ("tags", "track_id"), ("marks", "track_id"),
                          ("tracks", "id")):  # fmt: skip
        if table in tables:
            store.executemany(f"DELETE FROM {table} WHERE {column} = ?", [(id_,) for id_ in ids])
    named: list[int] = []
    if "searches" in tables:
        paths = set(what.paths)
        rows = store.execute("SELECT id, question FROM searches").fetchall()
        named = [id_ for id_, question in rows if not paths.isdisjoint(_texts(json.loads(question)))]
        store.executemany("DELETE FROM searches WHERE id = ?", [(id_,) for id_ in named])
    return bool(ids or named)


def _erase_beside(library: Path, what: Forgotten) -> None:
    from plugin.filetags.journal import drop_steps, journal_folder  # brings the decoder along

    for cache in library.parent.glob("*"):
        if cache.name.startswith(f"{library.name}.segments"):
            cache.unlink(missing_ok=True)
    for file in [*leftovers(library), *set_aside_copies(library)]:
        file.unlink(missing_ok=True)
    drop_steps(journal_folder(library), {Path(path) for path in what.paths})
    for backup in backups(library):
        _erase_from(backup, what)


def _erase_from(backup: Path, what: Forgotten) -> None:
    class Untouched(Exception):
        """The backup holds nothing of the tracks."""

    def drop(copy: sqlite3.Connection) -> None:
        copy.execute("BEGIN")
        found = drop_tracks(copy, what)
        copy.execute("COMMIT")
        if not found:
            raise Untouched
        _wipe(copy)

    try:
        with closing(sqlite3.connect(f"{backup.absolute().as_uri()}?mode=ro", uri=True)) as source:
            copy_store(source, backup, drop)
    except Untouched:
        pass
    except sqlite3.OperationalError:  # of the disk
        raise
    except (sqlite3.DatabaseError, ValueError):  # damaged
        backup.unlink(missing_ok=True)


def _wipe(store: sqlite3.Connection) -> None:
    """Write a store anew, without what its free pages and the full-text index keep of deleted rows."""
    store.execute("INSERT INTO words (words) VALUES ('rebuild')")
    for statement in ANALYSE:  # some builds of SQLite keep samples of the values
        store.execute(statement)
    store.execute("VACUUM")


def _connect(library: Path) -> sqlite3.Connection:
    return sqlite3.connect(library, timeout=BUSY_SECONDS, isolation_level=None)


def _stored(path: str) -> str | bytes:
    try:
        path.encode()
    except UnicodeEncodeError:
        return os.fsencode(path)
    return path


def _texts(value: Any) -> set[str]:
    """Give all texts that stand in values of JSON."""
    match value:
        case str():
            return {value}
        case dict():
            return set().union(*map(_texts, value.values()))
        case list():
            return set().union(*map(_texts, value))
    return set()
