"""From what is left of a damaged store to a new one: each track is taken over whole, or as one to be heard again."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Table

from plugin.library.dropping import NOTE
from plugin.library.names import folded_name
from plugin.library.salvage import Wreck
from plugin.library.schema import SCHEMA_VERSION, marks, meta, roots, searches, segments, tags, tracks, vocabulary
from plugin.library.values import Row
from plugin.library.wholeness import Words, is_whole, to_hear_again

AT_ONCE = 500
"""Tracks that are read together."""
KINDS = ((vocabulary, "words of the vocabulary"), (roots, "folders"), (searches, "searches"))
"""Tables that are not of tracks."""


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
        How many of what cannot be made anew could not be read, by its kind; 0 where nobody can tell how many. "Tracks
        without a path" are such as only their number is known of.
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


def fill(store: sqlite3.Connection, wreck: Wreck, facts: dict[str, str], report: RepairReport) -> None:
    """Put what is left of a damaged store into a new one, within the caller's transaction."""
    revision = facts.get("revision", "0")
    values = {
        "schema_version": str(SCHEMA_VERSION),
        "created": facts.get("created", datetime.now(UTC).isoformat(timespec="seconds")),
        "id": facts.get("id", ""),
        "revision": revision if revision.isdecimal() else "0",
    }
    if NOTE in facts:
        values[NOTE] = facts[NOTE]  # of what is still to be erased
    _insert(store, meta, [{"key": key, "value": value} for key, value in values.items()])
    for table, what in KINDS:
        found = wreck.rows(table)
        report.miss(what, found.lost + _insert(store, table, found.rows))
    for table, what in (*KINDS, (marks, "marks")):
        if not wreck.is_sound(table):
            report.lost.setdefault(what, 0)
    known = Words(exact=KINDS[0][1] not in report.lost)
    for space, tag in store.execute("SELECT space, tag FROM vocabulary"):
        known.by_space.setdefault(space, set()).add(tag)
    ids = wreck.ids()
    paths = wreck.paths()
    for first in range(0, len(ids), AT_ONCE):
        _take(store, wreck, ids[first : first + AT_ONCE], paths, known, report)
    # Ids of forgotten tracks stay unused.
    store.execute("DELETE FROM sqlite_sequence WHERE name = 'tracks'")
    store.execute(
        "INSERT INTO sqlite_sequence (name, seq) SELECT 'tracks', max(?, coalesce(max(id), 0)) FROM tracks",
        (wreck.last_id,),
    )


def _take(
    store: sqlite3.Connection, wreck: Wreck, ids: Sequence[int], paths: dict[int, bytes], vocabularies: Words,
    report: RepairReport,
) -> None:  # fmt: skip
    """Take over some tracks, each whole or as one that is to be heard again."""
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
            right = vocabularies.fit(row["space"], scores.get(id_, []))
            whole = right and is_whole(row, parts.get(id_, []), scores.get(id_, []), words.get(id_))
        else:
            whole = False
        if not whole:
            path = path or (None if row is None else os.fsencode(row["path"]))
            if path is None:
                # A damaged number can look like a track that never was.
                report.miss("tracks without a path", int(not wreck.last_id or id_ <= wreck.last_id))
                continue
            row = to_hear_again(id_, path)
        assert row is not None
        row["folded"] = folded_name(row["title"], Path(os.fsdecode(row["path"])))
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
