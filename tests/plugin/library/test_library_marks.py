"""Stars, favourites and hidden tracks."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from fakes import FakeEngine, tone, write_wav
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import plugin.library.beside as beside
import plugin.library.opening as opening
from plugin.errors import InputError, LockedError, StoreError
from plugin.library.export import write_csv, write_json
from plugin.library.forgetting import forget
from plugin.library.indexing import IndexRun
from plugin.library.marks import set_marks
from plugin.library.store import Library
from plugin.library.tracks import all_tracks, get_tracks

ROOT = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.usefixtures("inline_decoding")


@pytest.fixture
def path(tmp_path: Path, music: Path, engine: FakeEngine) -> Path:
    path = tmp_path / "library.db"
    with Library(path, writable=True) as library:
        IndexRun(library, engine).run([music])
    return path


def marks(path: Path) -> dict[str, tuple[int, bool, bool]]:
    with Library(path) as library:
        return {track.name: (track.rating, track.favourite, track.hidden) for track in all_tracks(library)}


def id_of(path: Path, name: str) -> int:
    with Library(path) as library:
        return next(track.id for track in all_tracks(library) if track.name == name)


def test_what_is_not_said_stays_as_it_was(path: Path) -> None:
    low = id_of(path, "low")
    set_marks(path, low)
    assert marks(path)["low"] == (0, False, False)
    set_marks(path, low, rating=4)
    set_marks(path, low, favourite=True)
    set_marks(path, low, hidden=True, rating=2)
    set_marks(path, low, favourite=False)
    assert marks(path) == {"low": (2, False, True), "mid": (0, False, False), "high": (0, False, False)}


def test_marks_stay_with_a_track_that_changes_moves_goes_and_comes_back(path: Path, music: Path, engine) -> None:
    set_marks(path, id_of(path, "low"), rating=5)
    set_marks(path, id_of(path, "mid"), favourite=True)
    write_wav(music / "low.wav", tone(90, 13))
    (music / "mid.wav").rename(music / "sub" / "moved.wav")
    aside = music.with_name("aside.wav")
    with Library(path, writable=True) as library:
        IndexRun(library, engine).run([music])
        (music / "low.wav").rename(aside)
        IndexRun(library, engine).run([music])
        aside.rename(music / "low.wav")
        IndexRun(library, engine).run([music])
    assert marks(path) == {"low": (5, False, False), "moved": (0, True, False), "high": (0, False, False)}


def test_a_forgotten_track_takes_its_marks_along(path: Path) -> None:
    low = id_of(path, "low")
    set_marks(path, low, rating=5)
    with Library(path, writable=True) as library:
        forget(library, [low])
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM marks").fetchone() == (0,)
    with pytest.raises(InputError, match=f"has no track {low} any more"):
        set_marks(path, low, rating=1)


@pytest.mark.parametrize("rating", [-1, 6])
def test_ratings_have_bounds(path: Path, rating: int) -> None:
    with pytest.raises(InputError, match="choose 0 to 5 stars"):
        set_marks(path, 1, rating=rating)


def test_no_library_is_made_for_a_mark(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no library"):
        set_marks(tmp_path / "none.db", 1, rating=1)
    assert not (tmp_path / "none.db").exists()


def test_they_are_set_while_another_writes_between_its_transactions_and_the_search_matrix_stays(path: Path) -> None:
    low = id_of(path, "low")
    with Library(path, writable=True) as library:
        before = library.revision
        set_marks(path, low, rating=3)
        assert get_tracks(library, [low])[low].rating == 3
        assert library.revision == before


def test_a_store_that_stays_busy_is_said_and_nothing_is_changed(path: Path, monkeypatch) -> None:
    monkeypatch.setattr(opening, "BUSY_SECONDS", 0.05)
    low = id_of(path, "low")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"database is locked.*try again in a moment"):
            set_marks(path, low, rating=3)
        other.execute("ROLLBACK")
    assert marks(path)["low"] == (0, False, False)


INDEX_FOREVER = """
import sys
from pathlib import Path
from fakes import FakeEngine, InlinePool
import plugin.library.indexing as indexing
indexing.DecodePool = InlinePool
engine = FakeEngine()
with indexing.Library(Path(sys.argv[1]), writable=True) as library:
    while True:
        engine.space += "+"
        indexing.IndexRun(library, engine).run([Path(sys.argv[2])])
        print("again", flush=True)
"""


def test_marks_are_set_while_another_process_indexes_and_outlive_it(path: Path, music: Path) -> None:
    with Library(path) as library:
        ids = [track.id for track in all_tracks(library)]
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "plugin")])
    indexing = subprocess.Popen(
        [sys.executable, "-c", INDEX_FOREVER, str(path), str(music)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": paths},
    )
    try:
        assert indexing.stdout is not None
        indexing.stdout.readline()
        with pytest.raises(LockedError):  # it holds the writer's lock all the time
            Library(path, writable=True)
        for number in range(30):
            for id_ in ids:
                set_marks(path, id_, rating=number % 6, hidden=number % 2 == 1)
        indexing.stdout.readline()
        assert indexing.poll() is None
    finally:
        indexing.kill()
        indexing.communicate()
    assert set(marks(path).values()) == {(5, False, True)}
    with Library(path) as library:
        assert library.problems() == []


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from plugin.errors import StoreError
from plugin.library.marks import set_marks
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
try:
    set_marks(Path(sys.argv[1]), 1, rating=3)
except StoreError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of POSIX")
def test_a_full_disk_is_said_in_one_line_and_nothing_is_changed(path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert re.fullmatch(r"cannot use the library .*library\.db \(.*(disk|I/O).*\): check the disk .*\n", said.stdout)
    assert set(marks(path).values()) == {(0, False, False)}


def test_a_library_that_may_only_be_read_is_said(path: Path, monkeypatch) -> None:
    def read_only(file: Path) -> sqlite3.Connection:
        return sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, isolation_level=None)

    monkeypatch.setattr(beside, "_connect", read_only)
    with pytest.raises(StoreError, match=r"cannot use the library .*readonly.*access rights"):
        set_marks(path, id_of(path, "low"), rating=3)


def test_a_marked_file_that_cannot_be_read_keeps_its_marks_through_an_absence(path: Path, music: Path, engine) -> None:
    good = (music / "low.wav").read_bytes()
    set_marks(path, id_of(path, "low"), rating=5, favourite=True)

    def index() -> str:
        with Library(path, writable=True) as library:
            IndexRun(library, engine).run([music])
            return next(track.status for track in all_tracks(library) if track.path.name == "low.wav")

    (music / "low.wav").write_bytes(b"no sound")
    assert index() == "failed"
    (music / "low.wav").unlink()
    assert index() == "missing"
    (music / "low.wav").write_bytes(good)
    assert index() == "indexed"
    assert marks(path)["low"] == (5, True, False)


def test_a_failed_file_that_comes_back_as_it_was_is_failed_again(
    path: Path, music: Path, engine, tmp_path: Path
) -> None:
    words, aside = music / "words.wav", tmp_path / "words.wav"
    words.write_bytes(b"no sound")

    def index() -> list[str]:
        with Library(path, writable=True) as library:
            IndexRun(library, engine).run([music])
            return [track.status for track in all_tracks(library) if track.path == words]

    assert index() == ["failed"]
    set_marks(path, id_of(path, "words"), hidden=True)
    words.rename(aside)
    assert index() == ["missing"]
    aside.rename(words)
    assert index() == ["failed"]
    assert marks(path)["words"] == (0, False, True)


def test_marks_are_exported(path: Path) -> None:
    set_marks(path, id_of(path, "low"), rating=4, favourite=True)
    table, lines = io.StringIO(newline=""), io.StringIO()
    with Library(path) as library:
        write_csv(all_tracks(library), table)
        write_json(all_tracks(library), lines)
    rows = list(csv.DictReader(io.StringIO(table.getvalue(), newline="")))
    assert {row["title"] or Path(row["path"]).stem: row["rating"] for row in rows} == {
        "low": "4",
        "mid": "0",
        "high": "0",
    }
    low = next(track for track in json.loads(lines.getvalue()) if track["name"] == "low")
    assert (low["rating"], low["favourite"], low["hidden"]) == (4, True, False)


MARK = st.fixed_dictionaries(
    {}, optional={"rating": st.integers(0, 5), "favourite": st.booleans(), "hidden": st.booleans()}
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(("low", "mid", "high")), MARK), max_size=6))
def test_any_row_of_changes_ends_in_what_was_said_last(path: Path, changes) -> None:
    ids = {name: id_of(path, name) for name in ("low", "mid", "high")}
    expected = {}
    for name, id_ in ids.items():
        expected[name] = {"rating": 0, "favourite": False, "hidden": False}
        set_marks(path, id_, **expected[name])
    for name, change in changes:
        set_marks(path, ids[name], **change)
        expected[name].update(change)
    assert marks(path) == {name: tuple(values.values()) for name, values in expected.items()}
