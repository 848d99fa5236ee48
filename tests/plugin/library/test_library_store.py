"""Promises of the store: versions, locks, damage, sudden ends."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fakes import FakeEngine

from plugin.errors import InputError, LockedError, StoreError
from plugin.library.indexing import IndexRun
from plugin.library.schema import SCHEMA_VERSION
from plugin.library.store import Library
from plugin.library.tracks import all_tracks, known_files

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "library.db"


def start(code: str, *arguments: Path) -> subprocess.Popen[str]:
    """Run code in another process that can import the tests' helpers."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "plugin")])
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": paths},
    )


def test_reading_a_library_that_is_not_there_is_bad_input_and_makes_none(path) -> None:
    with pytest.raises(InputError, match=r"no library at .*cuefinder index"):
        Library(path)
    assert list(path.parent.iterdir()) == []


def test_empty_file_becomes_a_library_only_for_a_writer(path) -> None:
    path.touch()
    with pytest.raises(InputError, match="no library"):
        Library(path)
    with Library(path, writable=True) as library:
        assert library.facts()["schema_version"] == str(SCHEMA_VERSION)


def test_store_of_a_newer_version_is_left_alone(path) -> None:
    Library(path, writable=True).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE meta SET value = 99 WHERE key = 'schema_version'")
    connection.close()
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    for writable in (False, True):
        with pytest.raises(StoreError, match=r"another version of Cuefinder \(store version 99"):
            Library(path, writable=writable)
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == before


def test_other_database_is_left_alone(path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE songs (title)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="is not a Cuefinder library"):
        Library(path, writable=True)
    assert path.read_bytes() == before


def test_file_that_is_no_database_is_left_alone(path) -> None:
    path.write_text("My favourite songs\n" * 100)
    with pytest.raises(StoreError, match="damaged or no library; move it away"):
        Library(path, writable=True)
    assert path.read_text() == "My favourite songs\n" * 100


def test_damaged_store_is_named_and_found_by_the_check(path, music, inline_decoding) -> None:
    with Library(path, writable=True) as library:
        IndexRun(library, FakeEngine()).run([music])
    data = bytearray(path.read_bytes())
    for at in range(4096 * 4, len(data), 4096):
        data[at : at + 64] = b"\xaa" * 64
    path.write_bytes(data)
    with Library(path) as library, pytest.raises(StoreError, match="damaged"):
        library.problems()
        list(all_tracks(library))


def test_second_writer_learns_who_holds_the_library(path) -> None:
    with Library(path, writable=True):
        child = start(
            "import sys; from pathlib import Path; from plugin.library.store import Library\n"
            "from plugin.errors import LockedError\n"
            "try: Library(Path(sys.argv[1]), writable=True)\n"
            "except LockedError as error: print(error)",
            path,
        )
        words = child.communicate(timeout=60)[0]
    assert f"being written by process {os.getpid()} on " in words
    Library(path, writable=True).close()  # free again


def test_readers_go_on_while_somebody_writes(path) -> None:
    with Library(path, writable=True) as writer, Library(path) as reader:
        before = reader.revision
        with reader.reading() as connection:
            count = connection.exec_driver_sql("SELECT count(*) FROM vocabulary").scalar()
            with writer.writing() as writing:
                writing.exec_driver_sql("INSERT INTO vocabulary VALUES ('s', 'calm', 'mood', 0.5)")
            # a reader sees one state from its first word to its last
            assert connection.exec_driver_sql("SELECT count(*) FROM vocabulary").scalar() == count == 0
        assert reader.revision != before


def test_failed_change_leaves_nothing_behind(path) -> None:
    with Library(path, writable=True) as library:
        before = library.revision
        with pytest.raises(ZeroDivisionError), library.writing() as connection:
            connection.exec_driver_sql("INSERT INTO vocabulary VALUES ('s', 'calm', 'mood', 0.5)")
            raise ZeroDivisionError
        assert library.revision == before
        with library.reading() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM vocabulary").scalar() == 0


def test_reader_cannot_write(path) -> None:
    Library(path, writable=True).close()
    with Library(path) as library, pytest.raises(StoreError, match="readonly"), library.writing() as connection:
        connection.exec_driver_sql("DELETE FROM tracks")


INDEX_FOREVER = """
import sys
from pathlib import Path
from fakes import FakeEngine, InlinePool
import plugin.library.indexing as indexing
indexing.DecodePool = InlinePool
engine = FakeEngine()
print("ready", flush=True)
while True:
    with indexing.Library(Path(sys.argv[1]), writable=True) as library:
        indexing.IndexRun(library, engine).run([Path(sys.argv[2])])
    engine.space += "+"
"""


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_killed_writer_leaves_each_file_wholly_in_or_out(path, music) -> None:
    for attempt in range(4):
        child = start(INDEX_FOREVER, path, music)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(0.05 + 0.11 * attempt)
        child.send_signal(signal.SIGKILL)
        child.communicate()
        with Library(path, writable=True) as library, library.reading() as connection:  # the lock is free
            assert library.problems() == []
            found = connection.exec_driver_sql(
                "SELECT duration, (SELECT count(*) FROM segments WHERE track_id = id),"
                " (SELECT count(*) FROM tags WHERE track_id = id),"
                " (SELECT count(*) FROM words WHERE rowid = id) FROM tracks"
            ).all()
        assert all(row in {(12.0, 2, 7, 1), (25.0, 3, 7, 1), (4.0, 1, 7, 1)} for row in found)
        assert len(found) <= 3


def test_process_killed_while_it_makes_the_library_is_no_obstacle(path) -> None:
    connection = sqlite3.connect(path)  # what is left of one: a database without tables
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    with Library(path, writable=True) as library:
        assert known_files(library) == []


def test_lock_says_who_even_to_its_own_process(path) -> None:
    with Library(path, writable=True), pytest.raises(LockedError, match="since"):
        Library(path, writable=True)
