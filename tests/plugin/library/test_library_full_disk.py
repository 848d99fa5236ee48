"""Every change of a library on a disk that fills up in the midst of it: as before or as after, and a clear word."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from disk_limits import no_file_above, small_disk
from kill_nursery import make_template
from store_material import FOLDER, SPACE, VOCABULARY, analysis, fill, mark_of, whole_tracks

from plugin.errors import StoreError
from plugin.library.backups import back_up, backups
from plugin.library.check import check
from plugin.library.forgetting import forget
from plugin.library.marks import set_marks
from plugin.library.matrix import load_matrix
from plugin.library.records import Stamp
from plugin.library.relink import RelinkReport, relink
from plugin.library.repair import repair
from plugin.library.replacing import restore
from plugin.library.roots import add_root
from plugin.library.searches import remember
from plugin.library.store import Library
from plugin.library.writer import FileChange, save_track, update_files
from plugin.paths import atomic_write

COUNT = 6
State = tuple[Any, ...]


def state(path: Path) -> State:
    with closing(sqlite3.connect(path)) as connection:
        rows = [
            connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
            for table in ("marks", "roots", "searches", "vocabulary")
        ]
        return whole_tracks(path), [[row[:3] for row in table] for table in rows]


def writing(work: Callable[[Library], object]) -> Callable[[Path], object]:
    def change(path: Path) -> None:
        with Library(path, writable=True) as library:
            work(library)

    return change


def moved(count: int) -> list[FileChange]:
    return [FileChange(slot + 1, Path(f"/moved/{slot}.flac"), Stamp(1000 + slot, 1)) for slot in range(count)]


CHANGES: dict[str, Callable[[Path], object]] = {
    "save": writing(lambda library: save_track(library, SPACE, VOCABULARY, analysis(9, 4))),
    "save again": writing(lambda library: save_track(library, SPACE, VOCABULARY, analysis(2, 9))),
    "files": writing(lambda library: update_files(library, moved(3), [5])),
    "forget": writing(lambda library: forget(library, [1, 2])),
    "relink": writing(lambda library: relink(library, RelinkReport(FOLDER, Path("/moved"), moved(COUNT)))),
    "mark": lambda path: set_marks(path, 2, rating=4),
    "folder": lambda path: add_root(path, path.parent),
    "search": lambda path: remember(path, {"text": "x" * 9000}),
    "restore": lambda path: restore(path, path.with_name("kept.db")),
}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a library, and a copy of it from before it had all its tracks."""
    folder = tmp_path_factory.mktemp("original")
    fill(folder / "library.db", COUNT - 2)
    back_up(folder / "library.db", folder / "kept.db")
    fill(folder / "library.db", COUNT)
    for backup in backups(folder / "library.db"):
        backup.unlink()
    return folder


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_wholly_done_or_not_at_all(original: Path, tmp_path: Path, change) -> None:
    reference = tmp_path / "reference"
    shutil.copytree(original, reference)
    before = state(reference / "library.db")
    change(reference / "library.db")
    after = state(reference / "library.db")
    assert after != before
    size = (original / "library.db").stat().st_size
    failures = successes = 0
    for turn, limit in enumerate([4096, 16_384, 65_536, size // 2, size, size + 40_000, 4 * size]):
        folder = tmp_path / str(turn)
        shutil.copytree(original, folder)
        path = folder / "library.db"
        try:
            with no_file_above(limit):
                change(path)
            successes += 1
        except StoreError as error:
            failures += 1
            assert "\n" not in str(error)
            assert any(word in str(error) for word in ("disk", "too large", "full", "I/O")), error
        assert comparable(state(path)) in (comparable(before), comparable(after))
        assert check(path) == []
        change(path) if state(path) == before else None  # nothing that was left stands in the way
        assert comparable(state(path)) == comparable(after)
        assert not [file.name for file in folder.iterdir() if ".part" in file.name or ".fresh" in file.name]
    assert failures, "the disk was never full"
    assert successes, "the disk was always full"


def comparable(found: State) -> State:
    """Leave out what names a folder of this test, and times."""
    tracks, tables = found
    return tracks, [[row[1:2] if isinstance(row[0], str) and "/" in row[0] else row for row in rows] for rows in tables]


def test_what_was_forgotten_on_a_full_disk_is_erased_by_the_next_writer(original: Path, tmp_path: Path) -> None:
    shutil.copytree(original, tmp_path / "full")
    path = tmp_path / "full" / "library.db"
    shutil.copy(path, tmp_path / "full" / "library.db.20200101-000000.bak")
    with Library(path, writable=True) as library:
        words = mark_of(0, 3).encode()
        with (
            no_file_above(path.stat().st_size // 2),
            pytest.raises(StoreError, match=r"are forgotten, but not all traces .*the next 'cuefinder index'"),
        ):
            forget(library, [1])
        assert 1 not in whole_tracks(path)
    Library(path, writable=True).close()
    for file in path.parent.iterdir():
        assert words not in file.read_bytes() or file.name == "kept.db", file.name


def test_backup_on_a_full_disk_leaves_the_older_ones(original: Path, tmp_path: Path, caplog) -> None:
    shutil.copytree(original, tmp_path / "full")
    path = tmp_path / "full" / "library.db"
    old = tmp_path / "full" / "library.db.20200101-000000.bak"
    shutil.copy(path, old)
    with no_file_above(path.stat().st_size // 2), pytest.raises(StoreError, match=r"not backed up .*older backups"):
        back_up(path)
    assert backups(path) == [old]
    shutil.rmtree(tmp_path / "full")
    shutil.copytree(original, tmp_path / "full")
    with Library(path, writable=True) as library, no_file_above(path.stat().st_size - 4096):
        update_files(library, moved(1), [])  # a change that fits is made without a backup, which is said
    assert "was not backed up" in caplog.text
    assert whole_tracks(path)[1][3] == "/moved/0.flac"


def test_upgrade_on_a_full_disk_leaves_the_old_version(tmp_path: Path) -> None:
    make_template(tmp_path / "template")
    size = (tmp_path / "template").stat().st_size
    for turn, limit in enumerate([4096, size // 2, size - 4096]):
        path = tmp_path / f"{turn}.db"
        shutil.copy(tmp_path / "template", path)
        with no_file_above(limit), pytest.raises(StoreError, match=r"from version 1 to \d+ .*it is as it was"):
            Library(path)
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone() == ("1",)
        Library(path).close()
        assert check(path) == []
        assert len(whole_tracks(path)) == 4


def test_repair_on_a_full_disk_leaves_the_damaged_library(original: Path, tmp_path: Path) -> None:
    shutil.copytree(original, tmp_path / "full")
    path = tmp_path / "full" / "library.db"
    data = bytearray(path.read_bytes())
    data[20 * 4096 : 21 * 4096] = b"\xaa" * 4096
    path.write_bytes(data)
    with no_file_above(path.stat().st_size // 2), pytest.raises(StoreError, match=r"cannot repair .*it is as it was"):
        repair(path)
    assert path.read_bytes() == data
    assert [file.name for file in path.parent.iterdir() if "damaged" in file.name or "fresh" in file.name] == []
    assert repair(path).damaged is not None
    assert check(path) == []


def test_search_works_without_room_for_its_matrix(original: Path, tmp_path: Path, caplog) -> None:
    shutil.copytree(original, tmp_path / "full")
    path = tmp_path / "full" / "library.db"
    with Library(path) as library:
        expected = load_matrix(library, SPACE)
        path.with_name("library.db.segments").unlink()
        with no_file_above(8192):
            matrix = load_matrix(library, SPACE)
    for name in ("spans", "head", "tail"):
        assert (getattr(matrix, name) == getattr(expected, name)).all()
    assert "cannot keep the search matrix" in caplog.text
    assert [file.name for file in path.parent.iterdir() if "segments" in file.name] == []


def test_a_file_that_does_not_fit_leaves_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "panel.json"
    atomic_write(file, b"old")
    with no_file_above(100), pytest.raises(OSError, match="large"):
        atomic_write(file, b"n" * 5000)
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_real_disk_that_is_full(original: Path, tmp_path: Path) -> None:
    size = (original / "library.db").stat().st_size // 1024
    with small_disk(tmp_path / "disk", size * 19 // 10) as disk:
        if disk is None:
            pytest.skip("only root may mount a small disk")
        path = disk / "library.db"
        shutil.copy(original / "library.db", path)
        with pytest.raises(StoreError, match="full"):
            back_up(path)
        with pytest.raises(StoreError, match="disk is full"), Library(path, writable=True) as library:
            for generation in range(100):
                save_track(library, SPACE, VOCABULARY, analysis(7, generation))
                save_track(library, SPACE, VOCABULARY, analysis(8 + generation, generation))
        found = whole_tracks(path)
        assert len(found) > COUNT
        assert check(path) == []
        assert {track[0] for track in found.values()} >= set(range(COUNT))
