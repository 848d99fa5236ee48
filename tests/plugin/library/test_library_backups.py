"""Copies of the library: made once a day, never of a damaged one, and put back."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from store_material import SPACE, VOCABULARY, analysis, fill, whole_tracks

import plugin.library.backups as backups_module
from plugin.errors import LockedError, StoreError
from plugin.library.backups import KEEP, back_up, backups, is_due
from plugin.library.check import check
from plugin.library.marks import set_marks
from plugin.library.matrix import load_matrix
from plugin.library.replacing import restore
from plugin.library.store import Library
from plugin.library.writer import save_track


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "library [1].db"  # brackets mean something in patterns
    fill(path, 4)
    return path


def save(path: Path, slot: int, generation: int = 5) -> None:
    with Library(path, writable=True) as library:
        save_track(library, SPACE, VOCABULARY, analysis(slot, generation))


def slots(path: Path) -> list[int]:
    return sorted(slot for slot, *_ in whole_tracks(path).values())


def spoil(path: Path) -> None:
    """Damage a page in the midst of the file."""
    data = bytearray(path.read_bytes())
    page = len(data) // 8192
    data[page * 4096 : (page + 1) * 4096] = b"\xaa" * 4096
    path.write_bytes(data)


def test_the_first_change_of_a_day_is_made_after_a_backup(path: Path) -> None:
    assert backups(path) == []  # there was nothing to lose when it was filled
    save(path, 7)
    (backup,) = backups(path)
    assert slots(backup) == [0, 1, 2, 3]
    save(path, 8)
    assert backups(path) == [backup]
    backup.rename(path.with_name(f"{path.name}.20200101-000000.bak"))
    assert is_due(path)
    save(path, 9)
    assert [slots(backup) for backup in backups(path)] == [[0, 1, 2, 3, 7, 8], [0, 1, 2, 3]]


def test_a_writer_that_works_on_past_midnight_backs_up_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Library(path, writable=True) as library:
        save_track(library, SPACE, VOCABULARY, analysis(7, 1))
        (first,) = backups(path)
        first.rename(path.with_name(f"{path.name}.20200101-000000.bak"))
        save_track(library, SPACE, VOCABULARY, analysis(8, 1))
        assert len(backups(path)) == 1
        library._backed_up_on = None  # as on the next day
        save_track(library, SPACE, VOCABULARY, analysis(9, 1))
    assert len(backups(path)) == 2


def test_the_last_few_are_kept_and_those_of_upgrades(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    upgraded = path.with_name(f"{path.name}.v1.bak")
    upgraded.write_bytes(path.read_bytes())
    other = path.with_name("library 1.db.20200101-000000.bak")
    other.touch()
    for day in range(1, KEEP + 3):
        monkeypatch.setattr(backups_module, "label", lambda day=day: f"2026010{day}-120000")
        back_up(path)
    names = [backup.name for backup in backups(path)]
    assert names == [f"{path.name}.2026010{day}-120000.bak" for day in (5, 4, 3)] + [upgraded.name]
    assert other.exists()
    monkeypatch.setattr(backups_module, "label", lambda: "20250101-120000")  # the clock was put back
    assert back_up(path) in backups(path)


def test_a_backup_holds_what_is_still_in_the_log_and_is_one_file(path: Path) -> None:
    with Library(path, writable=True) as library:
        save_track(library, SPACE, VOCABULARY, analysis(7, 1))
        backup = back_up(path, path.with_name("copy.db"))
        assert path.with_name(path.name + "-wal").stat().st_size > 0
        only = path.with_name("elsewhere")
        only.mkdir()
        backup.rename(only / "copy.db")
    assert check(only / "copy.db") == []
    assert slots(only / "copy.db") == [0, 1, 2, 3, 7]


def test_others_read_and_write_while_a_backup_is_made(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def wait(copy: sqlite3.Connection) -> None:
        reached.set()
        assert go_on.wait(20)

    monkeypatch.setattr(backups_module, "_require_sound", wait)
    thread = threading.Thread(target=back_up, args=(path, path.with_name("copy.db")))
    thread.start()
    try:
        assert reached.wait(20)
        set_marks(path, 1, rating=3)
        with Library(path) as library:
            assert library.problems() == []
    finally:
        go_on.set()
        thread.join()


def test_a_damaged_library_pushes_out_no_sound_backup(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    old = path.with_name(f"{path.name}.20200101-000000.bak")
    back_up(path, old)
    spoil(path)
    with pytest.raises(StoreError, match=r"not backed up \(it is damaged.*older backups are as they were.*check"):
        back_up(path)
    assert backups(path) == [old]
    assert [file.name for file in path.parent.iterdir() if file.name.endswith(".part")] == []


def test_restoring_gives_the_state_of_the_backup_and_keeps_the_present_one(path: Path) -> None:
    set_marks(path, 1, rating=4)
    save(path, 7)
    (backup,) = backups(path)
    set_marks(path, 1, rating=1)
    with Library(path) as reader:
        matrix, revision = load_matrix(reader, SPACE), reader.revision
        kept = restore(path, backup)
        assert len(load_matrix(reader, SPACE)) < len(matrix)  # nothing computed before is taken for up to date
        assert reader.revision != revision
    assert slots(path) == [0, 1, 2, 3]
    assert kept is not None
    assert kept in backups(path)
    assert slots(kept) == [0, 1, 2, 3, 7]
    restore(path, kept)
    assert slots(path) == [0, 1, 2, 3, 7]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT rating FROM marks").fetchall() == [(1,)]


@pytest.mark.parametrize("damage", ["pages", "header", "cut", "text", "gone", "empty"])
def test_restoring_helps_whatever_became_of_the_library(path: Path, damage: str) -> None:
    backup = back_up(path)
    save(path, 7)
    data = path.read_bytes()
    if damage == "pages":
        spoil(path)
    elif damage == "gone":
        path.unlink()
    else:
        path.write_bytes(
            {"header": b"\0" * 4096 + data[4096:], "cut": data[:9000], "text": b"x" * 9000}.get(damage, b"")
        )
    now = path.read_bytes() if path.exists() else None
    kept = restore(path, backup)
    assert check(path) == []
    assert slots(path) == [0, 1, 2, 3]
    save(path, 8)  # it can be written to as ever
    assert (kept is None) == (damage == "gone")
    if kept is not None and damage != "empty":
        assert kept.read_bytes() == now


def test_the_log_of_a_damaged_library_does_not_get_into_the_restored_one(path: Path) -> None:
    backup = back_up(path)
    with Library(path, writable=True) as library:
        save_track(library, SPACE, VOCABULARY, analysis(0, 9))
        log = path.with_name(path.name + "-wal").read_bytes()
    path.write_bytes(b"\0" * 8192)
    path.with_name(path.name + "-wal").write_bytes(log)
    restore(path, backup)
    assert check(path) == []
    assert whole_tracks(path)[1][:2] == (0, 3)


def test_a_backup_that_is_none_changes_nothing(path: Path) -> None:
    spoiled = path.with_name("spoiled.db")
    back_up(path, spoiled)
    spoil(spoiled)
    newer = path.with_name("newer.db")
    back_up(path, newer)
    with closing(sqlite3.connect(newer)) as connection, connection:
        connection.execute("UPDATE meta SET value = 99 WHERE key = 'schema_version'")
    (other := path.with_name("other.db")).write_text("no library" * 500)
    before = path.read_bytes()
    for backup in (spoiled, newer, other, path.with_name("absent.db")):
        with pytest.raises(StoreError, match=r"cannot restore .* it is as it was; choose another backup"):
            restore(path, backup)
    assert path.read_bytes() == before
    assert not [file.name for file in path.parent.iterdir() if ".fresh" in file.name]
    with Library(path, writable=True), pytest.raises(LockedError):
        restore(path, path)
