"""Stores of older versions are brought up to date, and are whole at any moment."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from old_stores import make_old
from sqlalchemy import create_engine, inspect
from store_material import FOLDER, SPACE, VOCABULARY, analysis, fill, mark_of

import plugin.library.migrations as migrations
from plugin.errors import LockedError, StoreError
from plugin.library.check import check
from plugin.library.lock import WriterLock
from plugin.library.marks import set_marks
from plugin.library.records import Track
from plugin.library.schema import SCHEMA_VERSION
from plugin.library.searches import history, remember
from plugin.library.store import Library
from plugin.library.tracks import all_tracks, find_track, known_files
from plugin.library.writer import save_track

MADE = ("tracks", "marks", "roots", "searches")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A store of version 1 with one track."""
    path = tmp_path / "library.db"
    Library(path, writable=True).close()
    make_old(path, 1)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO tracks (path, size, mtime_ns, content_hash, status, space, title, artist, album, reason,"
            " warnings, indexed_at, caption, embedding, peaks, lyrics)"
            " VALUES ('/a.wav', 1, 1, x'00', 'failed', '', '', '', '', 'r', '[]', '', '', x'', x'', '')"
        )
    return path


def shape(path: Path) -> dict[str, list[tuple[str, str, bool, int]]]:
    """Columns of every table that a step made or changed: name, type, whether it may be empty, place in the key.

    The indexes of tracks are there too: name, and place 0 for a plain one.
    """
    engine = create_engine(f"sqlite:///{path}")
    try:
        found = inspect(engine)
        return {
            table: [(c["name"], str(c["type"]), c["nullable"], c["primary_key"]) for c in found.get_columns(table)]
            for table in MADE
        } | {
            "indexes": sorted(
                (str(i["name"]), str(i["column_names"]), False, i["unique"]) for i in found.get_indexes("tracks")
            )
        }
    finally:
        engine.dispose()


@pytest.mark.parametrize("writable", [False, True])
def test_an_old_store_has_the_shape_of_a_new_one_and_keeps_its_tracks(old: Path, writable: bool) -> None:
    with Library(old, writable=writable) as library:
        assert library.facts()["schema_version"] == str(SCHEMA_VERSION)
        assert library.problems() == []
    fresh = old.with_name("fresh.db")
    Library(fresh, writable=True).close()
    assert shape(old) == shape(fresh)
    with closing(sqlite3.connect(old)) as connection:
        assert connection.execute("SELECT path, reason FROM tracks").fetchall() == [("/a.wav", "r")]


def test_a_store_of_the_version_before_keeps_all_and_finds_its_tracks_by_their_names(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    fill(path, 3)
    with Library(path, writable=True) as library:
        untitled = analysis(7, 3, Path("/music/Große Fuge.flac"))
        untitled.info.title = ""
        save_track(library, SPACE, VOCABULARY, untitled)
        save_track(library, SPACE, VOCABULARY, analysis(8, 3, FOLDER / os.fsdecode(b"caf\xe9.flac")))
    set_marks(path, 2, rating=4)
    remember(path, {"text": "calm"})
    with Library(path) as library:
        before = list(all_tracks(library))
    make_old(path, 2)
    with Library(path) as library:
        assert list(all_tracks(library)) == before
        assert find_track(library, "SSE FUG").id == untitled_id(before)
        assert find_track(library, mark_of(8, 3).upper()).path == FOLDER / os.fsdecode(b"caf\xe9.flac")
        assert {file.lyrics_stamp for file in known_files(library)} == {None}
        assert library.problems() == []
    assert [search.question for search in history(path)] == [{"text": "calm"}]
    assert check(path) == []
    with closing(sqlite3.connect(path.with_name("library.db.v2.bak"))) as connection:
        assert connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone() == ("2",)
        assert connection.execute("SELECT count(*) FROM tracks").fetchone() == (5,)


def untitled_id(tracks: list[Track]) -> int:
    (found,) = (track.id for track in tracks if not track.title)
    return found


def test_the_store_as_it_was_is_kept_beside_it(old: Path) -> None:
    Library(old).close()
    with closing(sqlite3.connect(old.with_name("library.db.v1.bak"))) as connection:
        assert connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone() == ("1",)
        assert connection.execute("SELECT count(*) FROM tracks").fetchone() == (1,)


def test_a_step_that_fails_leaves_the_store_as_it_was(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM tracks")
        raise sqlite3.OperationalError("disk full")

    monkeypatch.setitem(migrations.STEPS, 1, half)
    with pytest.raises(StoreError, match=r"from version 1 to \d+ \(disk full\): it is as it was"):
        Library(old)
    with closing(sqlite3.connect(old)) as connection:
        assert connection.execute("SELECT count(*) FROM tracks").fetchone() == (1,)
    WriterLock(old).release()  # nobody holds it any more


def test_a_store_in_use_is_not_changed(old: Path) -> None:
    lock = WriterLock(old)
    try:
        with pytest.raises(LockedError):
            Library(old)
    finally:
        lock.release()
    with closing(sqlite3.connect(old)) as connection:
        assert connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone() == ("1",)
