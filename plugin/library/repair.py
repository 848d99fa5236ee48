"""Making a sound library out of a damaged one: whole tracks are kept, others are to be heard again.

Nearly everything in a library can be made anew from the music. So a track of which anything is missing keeps its id,
its path and its marks, and the next index run hears it again; no track is ever half there.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Table, create_engine

from plugin.errors import InputError, StoreError, printable
from plugin.library.backups import backups, fresh_store, remove_store
from plugin.library.check import check
from plugin.library.lock import WriterLock
from plugin.library.replacing import make_current, put_in_place, set_aside
from plugin.library.salvage import Row, Wreck
from plugin.library.schema import (
    SCHEMA_VERSION,
    marks,
    meta,
    metadata,
    roots,
    searches,
    segments,
    tags,
    tracks,
    vocabulary,
)
from plugin.library.wholeness import is_whole, to_hear_again

AT_ONCE = 500
"""Tracks that are read together."""


@dataclass(slots=True)
class RepairReport:
    """What a repair found and kept.

    Attributes
    ----------
    problems : list of str
        The damage; where there was none, nothing was done.
    kept : int
        Tracks that are wholly as they were.
    again : list of pathlib.Path
        Files that must be heard again; ids and marks are kept.
    lost : dict of str to int
        What could not be read and cannot be made anew, by its kind; "tracks without a path" are such as only their
        number is known of.
    damaged : pathlib.Path or None
        Where the damaged file is kept.
    """

    problems: list[str]
    kept: int = 0
    again: list[Path] = field(default_factory=list)
    lost: dict[str, int] = field(default_factory=dict)
    damaged: Path | None = None

    def miss(self, what: str, count: int = 1) -> None:
        """Count something that is lost."""
        if count:
            self.lost[what] = self.lost.get(what, 0) + count


def repair(library: Path) -> RepairReport:
    """Check a library and, where it is damaged, put what can be read of it into a new one in its place.

    Raises
    ------
    InputError
        There is no library.
    LockedError
        Another process writes to it.
    StoreError
        It is of a newer version, nothing of it can be read, or the disk does not take the new one; the library is as
        it was.
    """
    if not library.exists():
        raise InputError(f"there is no library at {printable(library)}: make it with 'cuefinder index DIR'")
    try:
        problems = check(library)
    except StoreError as error:
        problems = [str(error)]
    report = RepairReport(problems)
    if not problems:
        return report
    lock = WriterLock(library)
    fresh = fresh_store(library)
    try:
        report.damaged = set_aside(library)
        remove_store(fresh)
        _rebuild(report.damaged, fresh, report)
        put_in_place(library, fresh)
    except (sqlite3.Error, OSError) as error:
        if report.damaged is not None:
            remove_store(report.damaged)  # it is still in its place
        raise StoreError(f"cannot repair the library {printable(library)} ({error}): {_advice(library)}") from error
    finally:
        remove_store(fresh)
        if report.damaged is not None:
            report.damaged.with_name(report.damaged.name + "-shm").unlink(missing_ok=True)
        lock.release()
    return report


def _advice(library: Path) -> str:
    known = backups(library)
    if known:
        return f"it is as it was; take the last backup: 'cuefinder library restore {printable(known[0].name)}'"
    return "it is as it was, and there is no backup: move it away and run 'cuefinder index' again"


def _rebuild(wreck_path: Path, fresh: Path, report: RepairReport) -> None:
    wreck = Wreck(wreck_path)
    try:
        facts = {row["key"]: row["value"] for row in wreck.rows(meta).rows}
        version = facts.get("schema_version", str(SCHEMA_VERSION))
        if "tracks" not in wreck.tables or not version.isdecimal() or int(version) > SCHEMA_VERSION:
            raise sqlite3.DatabaseError(f"it is no library, or its store version is not up to {SCHEMA_VERSION}")
        engine = create_engine(f"sqlite:///{fresh}")
        metadata.create_all(engine)
        engine.dispose()
        with closing(sqlite3.connect(fresh, isolation_level=None)) as store:
            store.execute("PRAGMA journal_mode = OFF")  # until it is in its place, it is nothing
            store.execute("BEGIN")
            _fill(store, wreck, facts, report)
            store.execute("COMMIT")
            make_current(store)
    finally:
        wreck.close()
    with fresh.open("rb+") as file:
        os.fsync(file.fileno())


def _fill(store: sqlite3.Connection, wreck: Wreck, facts: dict[str, str], report: RepairReport) -> None:
    revision = facts.get("revision", "0")
    values = facts | {
        "schema_version": str(SCHEMA_VERSION),
        "created": facts.get("created", datetime.now(UTC).isoformat(timespec="seconds")),
        "id": facts.get("id", ""),
        "revision": revision if revision.isdecimal() else "0",
    }
    _insert(store, meta, [{"key": key, "value": value} for key, value in values.items()])
    for table, what in ((vocabulary, "words of the vocabulary"), (roots, "folders"), (searches, "searches")):
        found = wreck.rows(table)
        report.miss(what, found.lost + _insert(store, table, found.rows))
    sizes = dict(store.execute("SELECT space, count(*) FROM vocabulary GROUP BY space"))
    ids = wreck.ids()
    paths = wreck.paths()
    for first in range(0, len(ids), AT_ONCE):
        _take(store, wreck, ids[first : first + AT_ONCE], paths, sizes, report)
    highest = max(wreck.last_id(), ids[-1] if ids else 0)
    store.execute("DELETE FROM sqlite_sequence WHERE name = 'tracks'")
    store.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('tracks', ?)", (highest,))


def _take(
    store: sqlite3.Connection, wreck: Wreck, ids: Sequence[int], paths: dict[int, bytes], sizes: dict[str, int],
    report: RepairReport,
) -> None:  # fmt: skip
    """Take over some tracks, each whole or as one that is to be heard again; ``sizes`` are those of vocabularies."""
    known = {row["id"]: row for row in wreck.rows(tracks, "id", ids).rows}
    parts = _grouped(wreck.rows(segments, "track_id", ids).rows)
    scores = _grouped(wreck.rows(tags, "track_id", ids).rows)
    words = wreck.words(ids)
    found_marks = wreck.rows(marks, "track_id", ids)
    report.miss("marks", found_marks.lost)
    seen: set[int] = set()
    for id_ in sorted({*ids, *known}):
        row, path = known.get(id_), paths.get(id_)
        if row is not None and (path is None or os.fsencode(row["path"]) == path):
            enough = len(scores.get(id_, [])) >= sizes.get(row["space"], 0)
            whole = enough and is_whole(row, parts.get(id_, []), scores.get(id_, []), words.get(id_))
        else:
            whole = False
        if not whole:
            path = path or (None if row is None else os.fsencode(row["path"]))
            if path is None:
                report.miss("tracks without a path")
                continue
            row = to_hear_again(id_, path)
        assert row is not None
        if _insert(store, tracks, [row]):  # another track has this path
            report.miss("tracks without a path")
            continue
        seen.add(id_)
        if not whole:
            report.again.append(Path(os.fsdecode(row["path"])))
            continue
        report.kept += 1
        if row["space"]:
            _insert(store, segments, parts[id_])
            _insert(store, tags, scores[id_])
            store.execute(
                "INSERT INTO words (rowid, title, artist, album, tags, caption, lyrics) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (id_, *words[id_]),
            )
    of_tracks = [row for row in found_marks.rows if row["track_id"] in seen]
    report.miss("marks", len(found_marks.rows) - len(of_tracks) + _insert(store, marks, of_tracks))


def _grouped(rows: Iterable[Row]) -> dict[int, list[Row]]:
    groups: dict[int, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["track_id"], []).append(row)
    return groups


def _insert(store: sqlite3.Connection, table: Table, rows: Sequence[dict[str, Any]]) -> int:
    """Insert rows; gives how many the table did not take."""
    refused = 0
    for row in rows:
        names = ", ".join(f'"{name}"' for name in row)
        places = ", ".join("?" for _ in row)
        try:
            store.execute(f'INSERT INTO "{table.name}" ({names}) VALUES ({places})', list(row.values()))
        except sqlite3.IntegrityError:
            refused += 1
    return refused
