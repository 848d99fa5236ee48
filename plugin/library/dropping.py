"""Dropping tracks from a store, and the note of what is to be erased of them beside it."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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
    note(store, forgotten)


def note(store: sqlite3.Connection, forgotten: Forgotten) -> None:
    """Note what is to be erased, within the caller's transaction."""
    earlier = store.execute("SELECT value FROM meta WHERE key = ?", (NOTE,)).fetchone()
    if earlier is not None:  # a writer was ended in the midst of erasing it
        forgotten = Forgotten.of(earlier[0]) + forgotten
    store.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (NOTE, forgotten.as_text()))


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
