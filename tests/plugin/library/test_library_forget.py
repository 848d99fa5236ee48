"""What is forgotten is gone: from the store, its log, its caches, its backups and journals, to the last byte."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from old_stores import make_old
from store_material import FOLDER, SPACE, VOCABULARY, analysis, fill, mark_of, vector_of, whole_tracks

import plugin.library.erasing as erasing
from plugin.errors import StoreError
from plugin.filetags.journal import JournalWriter, Step, journal_folder, journals, read_journal
from plugin.library.backups import back_up, backups, second_store
from plugin.library.check import check
from plugin.library.dropping import NOTE
from plugin.library.forgetting import forget
from plugin.library.marks import set_marks
from plugin.library.matrix import load_matrix
from plugin.library.records import Stamp
from plugin.library.searches import history, remember
from plugin.library.second_store import SecondStore, under_way
from plugin.library.store import Library
from plugin.library.tracks import known_files
from plugin.library.writer import FileChange, save_track, save_vocabulary, update_files

COUNT = 40
SECRET = Path("/music/secret café/zqsecretqz.flac")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A library in the midst of its life: tracks were indexed twice, moved, searched; track 3 is the secret one."""
    path = tmp_path / "library.db"
    fill(path, COUNT)
    with closing(sqlite3.connect(path)) as connection:  # as SQLite is built elsewhere: it leaves what is deleted
        connection.execute("PRAGMA secure_delete = OFF")
    with Library(path, writable=True) as library:
        update_files(library, [FileChange(3, SECRET, Stamp(1002, 5))], [])
        save_track(library, SPACE, VOCABULARY, analysis(2, 8, SECRET))
        load_matrix(library, SPACE)
        set_marks(path, 3, rating=5)
        remember(path, {"likes": [os.fspath(SECRET)], "text": "like it"})
        remember(path, {"likes": ["/music/0.flac"]})
    return path


def traces(folder: Path) -> dict[str, list[str]]:
    """Name the files in which something of the secret track is left, and what."""
    wanted = {
        "path": b"zqsecretqz", "folder": "secret café".encode(), "folder in JSON": b"secret caf\\u00e9",
        "title": mark_of(2, 8).encode(), "first title": mark_of(2, 3).encode(),
        "track": vector_of(2, 8, 999).astype("<f2").tobytes(),
    }  # fmt: skip
    for idx in range(4):
        vector = vector_of(2, 8, idx)
        wanted[f"segment {idx}"] = vector.astype("<f2").tobytes()
        exact = vector.astype("<f2").astype(np.float32)
        wanted[f"row {idx}"] = (exact / np.linalg.norm(exact)).tobytes()[:64]
    found: dict[str, list[str]] = {}
    for file in folder.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            left = [what for what, value in wanted.items() if value in data]
            if left:
                found[file.name] = left
    return found


def test_the_traces_that_are_looked_for_are_there_before(path: Path) -> None:
    back_up(path)
    found = traces(path.parent)
    assert {"title", "path", "folder", "track", "segment 0", "segment 3"} <= set(found["library.db"])
    assert any(what.startswith("row") for what in found["library.db.segments"])  # rounding hides some of them
    assert set(found["library.db"]) - {"first title"} <= set(found[backups(path)[0].name])


def test_nothing_is_left_of_a_forgotten_track(path: Path) -> None:
    back_up(path)
    upgraded = path.with_name("library.db.v1.bak")
    shutil.copy(backups(path)[0], upgraded)
    make_old(upgraded, 1)
    path.with_name("library.db.damaged-20200101-000000").write_bytes(path.read_bytes())
    path.with_name("library.db.20200101-000000.bak.part").write_bytes(path.read_bytes())
    path.with_name("library.db.segments.x.tmp").write_bytes(path.with_name("library.db.segments").read_bytes())
    ruined = bytearray(path.read_bytes())
    ruined[4096 * 9 : 4096 * 40] = os.urandom(4096 * 31)
    path.with_name("library.db.20200102-000000.bak").write_bytes(ruined)
    others = whole_tracks(path)
    del others[3]
    with Library(path, writable=True) as library:
        forget(library, [3])
        assert traces(path.parent) == {}  # at once, not when the library is closed
    assert traces(path.parent) == {}
    assert whole_tracks(path) == others
    assert check(path) == []
    assert {whole for backup in backups(path) for whole in whole_tracks(backup)} == set(others)
    assert upgraded in backups(path)
    assert [search.question for search in history(path)] == [{"likes": ["/music/0.flac"]}]
    with Library(path) as library:
        assert len(np.unique(load_matrix(library, SPACE).spans["track"])) == COUNT - 1
        assert NOTE not in library.facts()


def test_the_matrix_that_is_made_afterwards_holds_nothing_of_it(path: Path) -> None:
    with Library(path, writable=True) as library:
        forget(library, [3])
    assert not list(path.parent.glob("library.db.segments*"))
    with Library(path) as library:
        assert 3 not in load_matrix(library, SPACE).ids
    assert path.with_name("library.db.segments").exists()
    assert traces(path.parent) == {}


def test_backups_in_which_it_had_another_path_or_id_forget_it_too(path: Path) -> None:
    moved = back_up(path)
    with closing(sqlite3.connect(moved)) as connection, connection:  # before it was moved
        connection.execute("UPDATE tracks SET path = '/music/elsewhere.flac' WHERE id = 3")
    renumbered = path.with_name("library.db.20200101-000000.bak")
    back_up(path, renumbered)
    with closing(sqlite3.connect(renumbered)) as connection, connection:  # before the library was restored
        for table, column in (("tracks", "id"), ("segments", "track_id"), ("tags", "track_id"), ("marks", "track_id")):
            connection.execute(f"UPDATE {table} SET {column} = 900 WHERE {column} = 3")
        connection.execute("INSERT INTO words SELECT * FROM words WHERE 0")
        connection.execute("UPDATE words SET rowid = 900 WHERE rowid = 3")
    with Library(path, writable=True) as library:
        forget(library, [3])
    assert traces(path.parent) == {}
    assert {moved, renumbered} <= set(backups(path))


def test_names_that_are_not_utf8_are_forgotten_as_well(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    fill(path, 2)
    with Library(path, writable=True) as library:
        id_ = save_track(library, SPACE, VOCABULARY, analysis(9, 1, FOLDER / os.fsdecode(b"zq\xe9qz.flac")))
        back_up(path)
        forget(library, [id_])
    left = [file.name for file in tmp_path.iterdir() if b"zq\xe9qz" in (data := file.read_bytes()) or b"udce9" in data]
    assert left == []


def test_journals_forget_what_was_done_to_the_file(path: Path) -> None:
    folder = journal_folder(path)
    other = Path("/music/0.flac")
    for files in ([SECRET, other], [SECRET]):
        journal = JournalWriter(folder)
        for file in files:
            journal.add(Step(file, file.with_name("renamed.flac"), "a", "b", (0, 0), None))
    assert len(journals(folder)) == 2
    with Library(path, writable=True) as library:
        forget(library, [3])
    assert traces(folder) == {}
    (kept,) = journals(folder)
    assert [step.before for step in read_journal(folder, kept)] == [other]


@pytest.fixture
def interrupted(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The library after a process was ended in the midst of the erasing."""
    back_up(path)
    with monkeypatch.context() as patch, Library(path, writable=True) as library:
        patch.setattr(erasing, "_wipe", lambda store: (_ for _ in ()).throw(OSError(5, "I/O error")))
        with pytest.raises(StoreError, match="not all traces"):
            forget(library, [3])
    assert traces(path.parent)
    return path


def test_the_next_writer_ends_what_was_begun(interrupted: Path) -> None:
    Library(interrupted, writable=True).close()
    assert traces(interrupted.parent) == {}


def test_forgetting_more_ends_what_was_begun_before(interrupted: Path) -> None:
    with Library(interrupted, writable=True) as library:
        forget(library, [5])
    assert traces(interrupted.parent) == {}
    assert {3, 5}.isdisjoint(whole_tracks(interrupted))


def test_what_could_not_be_erased_twice_is_erased_together(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    back_up(path)
    with monkeypatch.context() as patch, Library(path, writable=True) as library:
        patch.setattr(erasing, "_erase_beside", lambda library, what: (_ for _ in ()).throw(OSError(5, "I/O error")))
        for id_ in (3, 5):
            with pytest.raises(StoreError, match="not all traces"):
                forget(library, [id_])
        note = json.loads(library.facts()[NOTE])
    assert (note["ids"], note["paths"][0]) == ([3, 5], os.fspath(SECRET))
    assert traces(path.parent)
    Library(path, writable=True).close()
    assert traces(path.parent) == {}
    (backup,) = backups(path)
    assert {3, 5}.isdisjoint(whole_tracks(path)) and {3, 5}.isdisjoint(whole_tracks(backup))
    with Library(path) as library:
        assert NOTE not in library.facts()


def test_readers_are_waited_for_and_named_where_they_stay(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "BUSY_SECONDS", 0.05)
    with Library(path) as reader, reader.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM tracks").scalar() == COUNT
        with (
            Library(path, writable=True) as library,
            pytest.raises(StoreError, match=r"another program keeps reading .*tries again"),
        ):
            forget(library, [3])
        assert connection.exec_driver_sql("SELECT count(*) FROM tracks").scalar() == COUNT  # it sees its state
    Library(path, writable=True).close()
    assert traces(path.parent) == {}


def test_a_matrix_that_was_made_meanwhile_is_not_kept(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import plugin.library.matrix as matrix

    write = matrix.write_arrays

    def slowly(*arguments) -> None:
        with Library(path, writable=True) as writer:
            forget(writer, [3])
        write(*arguments)

    path.with_name("library.db.segments").unlink()
    with Library(path) as reader:
        monkeypatch.setattr(matrix, "write_arrays", slowly)
        load_matrix(reader, SPACE)
    assert traces(path.parent) == {}


def test_questions_are_looked_through_wherever_they_name_a_file(path: Path) -> None:
    remember(path, {"deep": [{"clip": {"path": os.fspath(SECRET)}}]})
    remember(path, {"text": "a secret café"})
    with Library(path, writable=True) as library:
        forget(library, [3])
    assert [json.dumps(search.question) for search in history(path)] == [
        json.dumps({"text": "a secret café"}), json.dumps({"likes": ["/music/0.flac"]})
    ]  # fmt: skip


def test_a_library_that_is_being_heard_again_forgets_in_both_stores(path: Path) -> None:
    with Library(path) as library:
        known = known_files(library)
    second = SecondStore(path, "other")
    with second:
        second.follow(known)
        save_vocabulary(second, "other", VOCABULARY)
        save_track(second, "other", VOCABULARY, analysis(1, 8))
        save_track(second, "other", VOCABULARY, analysis(2, 8, SECRET))
    name = second_store(path).name
    assert {"title", "path", "folder", "track", "segment 3"} <= set(traces(path.parent)[name])
    moved = Path("/music/elsewhere.flac")  # the second store knows the old place alone
    with Library(path, writable=True) as library:
        update_files(library, [FileChange(3, moved, Stamp(1002, 5))], [])
        forget(library, [3])
    left = traces(path.parent)
    assert name not in left
    assert under_way(path) == ("other", 1)
