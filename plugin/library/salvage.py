"""Reading what is left of a damaged store: every row that can be read, none that cannot be right."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Table

from plugin.library.values import Row, decoded, text_of

LONGEST = 16 * 1024 * 1024
"""Bytes of a value; a damaged length is often far above."""
FEW = 5_000
"""Row numbers that are tried in small tables besides those that are known."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What was read of a table, and how many of its rows were there but not readable."""

    rows: list[Row]
    lost: int = 0


class Wreck:
    """A damaged store, open for reading; it is not changed.

    Attributes
    ----------
    tables : set of str
    columns : dict of str to set of str
        By table.
    last_id : int
        The highest id that was ever given to a track; 0 where the store does not know it any more.

    Raises
    ------
    sqlite3.DatabaseError
        Not even the list of its tables can be read.
    """

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        try:
            self._connection.text_factory = bytes  # damaged text must not end the reading of a whole table
            self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
            names = self._connection.execute("SELECT name FROM sqlite_master").fetchall()
            self.tables = {text for (name,) in names if (text := text_of(name)) is not None}
            self.columns = {table: self._columns(table) for table in self.tables}
            self.last_id = self._last_id()
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def ids(self) -> list[int]:
        """Give the ids of all tracks of which there is any sign, in rising order."""
        sources = ("tracks.id", "segments.track_id", "tags.track_id", "marks.track_id", "words_docsize.id",
                   "words_content.id")  # fmt: skip
        found: set[int] = set()
        for source in sources:
            table, column = source.split(".")
            if table in self.tables:
                found.update(self._both_ways(f"SELECT DISTINCT {column} FROM {table}", column))
        found.update(self.paths())
        return sorted(id_ for id_ in found if isinstance(id_, int) and 0 < id_ < 1 << 62)

    def paths(self) -> dict[int, bytes]:
        """Give the paths that stand in the index of paths, by track id."""
        query = "SELECT id, path FROM tracks ORDER BY path"
        found: dict[int, bytes] = {}
        for order in ("", " DESC"):
            found.update(self._until_error(query + order, ()))
        return {id_: path for id_, path in found.items() if isinstance(path, bytes) and b"\0" not in path and path}

    def rows(self, table: Table, key: str = "rowid", keys: Sequence[int] | None = None) -> Rows:
        """Read a table of the schema; rows whose values are not of their columns' kinds count as lost.

        Parameters
        ----------
        table : sqlalchemy.Table
        key : str
            The column of numbers to look rows up by.
        keys : sequence of int, optional
            Rows that may be there; what is asked for lies between the first and the last. By default the whole table.
        """
        if table.name not in self.tables:
            return Rows([])
        columns = [column for column in table.columns if column.name in self.columns[table.name]]
        names = ", ".join(f'"{column.name}"' for column in columns)
        query = f'SELECT {names} FROM "{table.name}" WHERE {key} BETWEEN ? AND ?'
        seen = set(self._both_ways(f'SELECT rowid FROM "{table.name}"', "rowid") if keys is None else keys)
        tried = sorted(
            {number for number in seen if isinstance(number, int)} | set(range(1, FEW) if keys is None else ())
        )
        good: list[Row] = []
        unreadable: list[int] = []
        wrong = 0
        for found in self._between(query, tried):
            if isinstance(found, int):
                unreadable.append(found)
            elif (row := decoded(columns, found)) is None:
                wrong += 1
            else:
                good.append(row)
        gone = sum(number in seen for number in unreadable) or int(bool(unreadable))
        return Rows(good, wrong + gone)

    def is_sound(self, table: Table) -> bool:
        """Say whether SQLite finds no fault with a table; a damaged one may have lost rows without a sign of them."""
        return self._until_error(f"PRAGMA integrity_check('{table.name}')", ()) == [(b"ok",)]

    def words(self, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
        """Read the words of tracks: title, artist, album, tags, caption, lyrics, by track id."""
        query = "SELECT id, c0, c1, c2, c3, c4, c5 FROM words_content WHERE id BETWEEN ? AND ?"
        found: dict[int, tuple[str, ...]] = {}
        if "words_content" in self.tables:
            for row in self._between(query, ids):
                if isinstance(row, int):
                    continue
                texts = [text for value in row[1:] if (text := text_of(value)) is not None]
                if len(texts) == len(row) - 1:
                    found[row[0]] = tuple(texts)
        return found

    def _last_id(self) -> int:
        found = self._until_error("SELECT seq FROM sqlite_sequence WHERE name = 'tracks'", ())
        return max((value for (value,) in found if isinstance(value, int) and 0 < value < 1 << 62), default=0)

    def _columns(self, table: str) -> set[str]:
        rows = self._until_error(f'PRAGMA table_info("{table}")', ())
        return {text for row in rows if (text := text_of(row[1])) is not None}

    def _both_ways(self, query: str, column: str) -> Iterator[Any]:
        """Read one column from its beginning and from its end, each as far as it goes."""
        for order in ("", " DESC"):
            yield from (value for (value,) in self._until_error(f"{query} ORDER BY {column}{order}", ()))

    def _between(self, query: str, keys: Sequence[int]) -> Iterator[tuple[Any, ...] | int]:
        """Answer a query for a range of keys, by halves where it fails; gives a key itself that cannot be read."""
        todo = [(0, len(keys))] if keys else []
        while todo:
            first, last = todo.pop()
            try:
                yield from self._connection.execute(query, (keys[first], keys[last - 1])).fetchall()
            except (sqlite3.Error, MemoryError, OverflowError):
                if last - first == 1:
                    yield keys[first]
                else:
                    middle = (first + last) // 2
                    todo += [(middle, last), (first, middle)]

    def _until_error(self, query: str, values: Iterable[Any]) -> list[Any]:
        rows: list[Any] = []
        with closing(self._connection.cursor()) as cursor:
            try:
                for row in cursor.execute(query, tuple(values)):
                    rows.append(row)
            except (sqlite3.Error, MemoryError, OverflowError):  # what follows is damaged
                pass
        return rows
