"""Taking over what was heard with other models: one transaction of the library, then the second store goes.

A track is known by its id, which both stores share, and is taken over where its content is still what was heard. So
one that moved keeps what was heard of it, one that changed meanwhile stays to be heard by the next index run, and one
that was forgotten never comes back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence, Set
from contextlib import closing
from pathlib import Path
from typing import Any

from plugin.errors import StoreError, printable
from plugin.library.backups import remove_store, second_store
from plugin.library.lock import WriterLock
from plugin.library.opening import clear_errors, open_store
from plugin.library.second_store import under_way
from plugin.library.store import Library

SPACE = "space"
"""Key of the space that was taken over last, in the library's table ``meta``."""
_FEATURES = ("space", "duration", "tempo", "key", "loudness", "peak", "warnings", "indexed_at", "caption",
             "embedding", "peaks", "lyrics", "lyrics_stamp")  # fmt: skip
"""Columns of a track that are taken over; what the library says of its file, title, artist and album stays."""


def adopt(library: Path, space: str) -> int:
    """Take over all tracks that were heard for a space; gives how many.

    Where the process is ended on the way the library is as before, or as after and the second store is still there;
    then the next call removes it.

    Parameters
    ----------
    library : pathlib.Path
    space : str
        Id of the embedding space that the second store was made for.

    Raises
    ------
    LockedError
        Another process writes to the library, or hears it again.
    StoreError
        The disk does not take it, or the second store is damaged or for another space; both are as they were.
    """
    with Library(library, writable=True) as opened:
        second = second_store(library)
        if not second.exists():
            return 0
        lock = WriterLock(second)
        try:
            count = 0
            found = under_way(library)
            if found is not None and found.space != space:
                raise StoreError(
                    f"{printable(second)} holds what was heard with other models: hear the library again with these"
                )
            if found is not None:
                with closing(open_store(second, "mode=rw")) as new:
                    count = _take_over(opened, _Heard(second, new, space))
            remove_store(second)
        except OSError as error:
            raise StoreError(f"cannot remove {printable(second)}: {error.strerror}") from error
        finally:
            lock.release()
    return count


def adopted_space(library: Path) -> str:
    """Give the space that a library took over last; empty where there is none, or no library."""
    if not library.exists():
        return ""
    with Library(library) as opened:
        return opened.facts().get(SPACE, "")


class _Heard:
    """What the second store holds for a space."""

    def __init__(self, path: Path, store: sqlite3.Connection, space: str) -> None:
        self.space = space
        self._path, self._store = path, store
        self.contents: dict[int, bytes] = dict(
            self._read("SELECT id, content_hash FROM tracks WHERE space = ?", (space,))
        )
        """By track id."""

    def vocabulary(self) -> Iterator[tuple[Any, ...]]:
        """Read the words of the space, as the rows of the table."""
        return self._read("SELECT space, tag, tag_group, threshold FROM vocabulary WHERE space = ?", (self.space,))

    def rows(self, table: str, key: str, columns: Sequence[str], ids: Set[int]) -> Iterator[tuple[Any, ...]]:
        """Read columns of the tracks with these ids, the id last."""
        names = ", ".join(f'"{column}"' for column in columns)
        return (row for row in self._read(f"SELECT {names}, {key} FROM {table} ORDER BY {key}") if row[-1] in ids)

    def _read(self, query: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        with clear_errors(self._path):
            yield from self._store.execute(query, values)


def _take_over(library: Library, heard: _Heard) -> int:
    with library.writing() as connection:
        store = connection.connection.driver_connection
        assert isinstance(store, sqlite3.Connection)
        known = store.execute("SELECT id, content_hash FROM tracks WHERE space NOT IN ('', ?)", (heard.space,))
        ids = {id_ for id_, content in known if heard.contents.get(id_) == content}
        if not ids:
            return 0
        store.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (SPACE, heard.space))
        store.execute("DELETE FROM vocabulary WHERE space = ?", (heard.space,))
        store.executemany("INSERT INTO vocabulary VALUES (?, ?, ?, ?)", heard.vocabulary())
        _update(store, heard, "tracks", "id", _FEATURES, ids)
        _update(store, heard, "words", "rowid", ("tags", "caption", "lyrics"), ids)
        _replace(store, heard, "segments", ("idx", "start", "end", "embedding"), ids)
        _replace(store, heard, "tags", ("tag", "score"), ids)
    return len(ids)


def _update(
    store: sqlite3.Connection, heard: _Heard, table: str, key: str, columns: Sequence[str], ids: Set[int]
) -> None:
    places = ", ".join(f'"{column}" = ?' for column in columns)
    store.executemany(f"UPDATE {table} SET {places} WHERE {key} = ?", heard.rows(table, key, columns, ids))


def _replace(store: sqlite3.Connection, heard: _Heard, table: str, columns: Sequence[str], ids: Set[int]) -> None:
    store.executemany(f"DELETE FROM {table} WHERE track_id = ?", ((id_,) for id_ in ids))
    names = ", ".join(f'"{column}"' for column in columns)
    places = ", ".join("?" for _ in (*columns, "track_id"))
    store.executemany(
        f"INSERT INTO {table} ({names}, track_id) VALUES ({places})", heard.rows(table, "track_id", columns, ids)
    )
