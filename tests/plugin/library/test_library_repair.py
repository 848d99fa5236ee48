"""Repair of damaged libraries: it never fails in the midst, keeps what is whole, and says of all else what is lost.

``CUEFINDER_DAMAGES=3000 python -m pytest tests/plugin/library/test_library_repair.py`` is the long form.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from store_material import FOLDER, SPACE, VOCABULARY, analysis, fill, mark_of, quick_folder, whole_tracks

from plugin.errors import InputError, LockedError, StoreError
from plugin.library.backups import back_up
from plugin.library.check import check
from plugin.library.forgetting import forget
from plugin.library.indexing import IndexRun
from plugin.library.marks import set_marks
from plugin.library.repair import RepairReport, repair
from plugin.library.roots import add_root, roots
from plugin.library.searches import save, saved
from plugin.library.store import Library
from plugin.library.tracks import all_tracks
from plugin.library.wholeness import Words
from plugin.library.words import search
from plugin.library.writer import save_track, save_unheard

COUNT = 30
PAGE = 4096
DAMAGES = int(os.environ.get("CUEFINDER_DAMAGES", "240"))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with all kinds of rows; the mark of track N is N % 5 + 1 stars."""
    path = tmp_path_factory.mktemp("sound") / "library.db"
    fill(path, COUNT - 2)
    with Library(path, writable=True) as library:
        silent = analysis(COUNT - 2, 0, FOLDER / os.fsdecode(b"\xe9.flac"))
        save_unheard(library, silent.file, "silent", "no sound")
        save_track(library, SPACE, VOCABULARY, analysis(COUNT - 1, 8, FOLDER / os.fsdecode(b"old \xe9.flac")))
        for id_ in range(1, COUNT + 1):
            set_marks(path, id_, rating=id_ % 5 + 1)
    add_root(path, path.parent)
    save(path, "mine", {"text": "calm"})
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    return path


@pytest.fixture
def path(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sound, tmp_path / "library.db"))


def pages_of(path: Path, table: str) -> int:
    """The first page of a table or an index, from 0."""
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    return int(page) - 1


def write(path: Path, page: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(page * PAGE)
        file.write(data)


def accounted(path: Path, report: RepairReport) -> Counter[str]:
    """Count what became of the tracks; asserts that each is kept as it was, to be heard again, or said to be lost."""
    with Library(path) as library:
        tracks = list(all_tracks(library))
    whole = whole_tracks(path)
    again = set(report.again)
    kinds = Counter()
    for track in tracks:
        assert (track.path in again) == (track.status == "failed")
        assert track.id in whole or track.status in ("failed", "silent")
        kinds["again" if track.path in again else "kept"] += 1
    assert kinds["kept"] == report.kept
    kinds["lost"] = report.lost.get("tracks without a path", 0)
    assert kinds["kept"] + kinds["again"] <= COUNT <= kinds.total(), report
    with closing(sqlite3.connect(path)) as connection:
        marks = connection.execute("SELECT track_id, rating FROM marks").fetchall()
    assert all(rating == id_ % 5 + 1 for id_, rating in marks)
    assert len(marks) == COUNT or "marks" in report.lost, report
    return kinds


def test_a_sound_library_is_left_alone(path: Path) -> None:
    before = path.read_bytes()
    report = repair(path)
    assert (report.problems, report.damaged) == ([], None)
    assert path.read_bytes() == before
    with pytest.raises(InputError, match="there is no library"):
        repair(path.with_name("absent.db"))


@pytest.mark.parametrize("table", ["tracks", "segments", "tags", "words_content", "words_data", "tags_by_score",
                                   "tracks_by_caption", "sqlite_autoindex_tracks_1", "marks", "vocabulary", "roots",
                                   "meta", "searches"])  # fmt: skip
def test_any_table_may_be_lost_as_a_whole(path: Path, table: str) -> None:
    page = pages_of(path, table)
    damage = os.urandom(PAGE)
    write(path, page, damage)
    problems = check(path) if table != "meta" else ["unreadable"]
    assert problems
    report = repair(path)
    assert check(path) == []
    kinds = accounted(path, report)
    assert kinds["lost"] == 0  # of every track there is another sign
    if table in ("words_data", "tags_by_score", "tracks_by_caption", "sqlite_autoindex_tracks_1", "roots", "searches"):
        assert kinds["kept"] == COUNT
    assert len(roots(path)) + report.lost.get("folders", 0) >= 1 - (table == "roots")
    if table != "searches":
        assert [found.name for found in saved(path)] == ["mine"]
    assert report.damaged is not None
    assert report.damaged.read_bytes()[page * PAGE : (page + 1) * PAGE] == damage
    with Library(path) as library:
        assert {track.id for track in search(library, mark_of(4, 3))} == ({5} if kinds["kept"] == COUNT else set()) or (
            kinds["again"]
        )


def test_what_was_lost_is_heard_again_with_its_id_and_marks(
    tmp_path: Path, music: Path, engine, inline_decoding
) -> None:
    path = tmp_path / "library.db"
    with Library(path, writable=True) as library:
        IndexRun(library, engine).run([music])
        ids = {track.path: track.id for track in all_tracks(library)}
    for id_ in ids.values():
        set_marks(path, id_, rating=4)
    write(path, pages_of(path, "segments"), b"\xaa" * PAGE)
    report = repair(path)
    assert set(report.again) == set(ids)
    with Library(path, writable=True) as library:
        assert IndexRun(library, engine).run([music]).indexed == 3
        assert {track.path: track.id for track in all_tracks(library) if track.rating == 4} == ids
    assert check(path) == []


def test_ids_of_forgotten_tracks_stay_unused_after_a_repair(path: Path) -> None:
    with Library(path, writable=True) as library:
        forget(library, [COUNT])
    write(path, pages_of(path, "words_data"), b"\xaa" * PAGE)
    repair(path)
    with Library(path, writable=True) as library:
        assert save_track(library, SPACE, VOCABULARY, analysis(77, 1)) == COUNT + 1


def test_half_a_track_is_found_and_repaired(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM segments WHERE track_id = 3 AND idx = 0")
        connection.execute("DELETE FROM tags WHERE track_id = 4")
        connection.execute("DELETE FROM words WHERE rowid = 5")
        connection.execute("INSERT INTO marks VALUES (999, 1, 0, 0)")
    assert check(path) == [
        "1 tracks with gaps between their segments",
        "1 tracks without tags",
        "1 tracks that cannot be found by words",
        "1 rows of tracks that are not there",
    ]
    report = repair(path)
    assert sorted(file.name for file in report.again) == ["2.flac", "3.flac", "4.flac"]
    assert report.lost == {"marks": 1}
    assert check(path) == []


def test_nothing_left_is_said_and_changes_nothing(path: Path) -> None:
    write(path, 0, b"\xaa" * PAGE)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"cannot repair .* there is no backup: move it away"):
        repair(path)
    assert path.read_bytes() == before
    shutil.copy(path, path.with_name("library.db.20200101-000000.bak"))
    with pytest.raises(StoreError, match=r"library restore library.db.20200101-000000.bak'"):
        repair(path)
    assert sorted(file.name for file in path.parent.iterdir()) == [
        "library.db", "library.db.20200101-000000.bak", "library.db.lock"
    ]  # fmt: skip


def test_other_databases_newer_libraries_and_libraries_in_use_are_left_alone(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection, connection:
        connection.execute("CREATE TABLE songs (title)")
    newer = back_up(path, tmp_path / "newer.db")
    with closing(sqlite3.connect(newer)) as connection, connection:
        connection.execute("UPDATE meta SET value = 99 WHERE key = 'schema_version'")
    for file in (other, newer):
        before = file.read_bytes()
        with pytest.raises(StoreError, match="cannot repair"):
            repair(file)
        assert file.read_bytes() == before
    with Library(path, writable=True):
        write(path, pages_of(path, "words_data"), b"\xaa" * PAGE)
        with pytest.raises(LockedError):
            repair(path)


def test_of_a_file_that_was_cut_the_rest_is_kept(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 3 // 4])
    report = repair(path)
    assert check(path) == []
    assert accounted(path, report)["lost"] == 0
    assert report.damaged is not None
    assert report.damaged.read_bytes() == data[: len(data) * 3 // 4]
    assert not [file.name for file in path.parent.iterdir() if ".fresh" in file.name]


@pytest.mark.parametrize(("exact", "tags", "fits"), [
    (True, {"calm": 0.2, "piano": 1.0}, True), (True, {"calm": 0.2}, False),
    (True, {"calm": 0.2, "piano": 1.0, "": 0.5}, False), (True, {"calm": 0.2, "piano": 2.0}, False),
    (False, {"calm": 0.2, "piano": 1.0, "dark": 0.5}, True), (False, {"dark": 0.5}, False),
])  # fmt: skip
def test_a_track_has_the_tags_of_its_vocabulary(exact: bool, tags: dict[str, float], fits: bool) -> None:
    """Rows of another table that a damaged page brings in look like tags."""
    words = Words(exact, {"made": {"calm", "piano"}})
    assert words.fit("made", [{"tag": tag, "score": score} for tag, score in tags.items()]) is fits
    assert words.fit("", [])


def damage(data: bytearray, rng: random.Random) -> str:
    """Spoil the bytes of a library in one to three places."""
    pages = len(data) // PAGE
    kind = rng.choice(["noise", "zeros", "swap", "head", "cut", "run"])
    for _ in range(rng.randint(1, 3)):
        page = rng.randrange(1 if rng.random() < 0.95 else 0, pages)
        at = page * PAGE
        if kind == "noise":
            data[at : at + PAGE] = rng.randbytes(PAGE)
        elif kind == "zeros":
            data[at : at + PAGE] = bytes(PAGE)
        elif kind == "swap":
            other = rng.randrange(1, pages) * PAGE
            data[at : at + PAGE], data[other : other + PAGE] = data[other : other + PAGE], data[at : at + PAGE]
        elif kind == "head":  # where a page says what it is and where its cells are
            data[at : at + 16] = rng.randbytes(16)
        elif kind == "run":
            length = rng.randrange(200, 4 * PAGE)
            data[at : at + length] = rng.randbytes(min(length, len(data) - at))
    if kind == "cut":
        del data[rng.randrange(2, pages) * PAGE + rng.randrange(PAGE) :]
    return kind


@pytest.mark.timeout(120 + DAMAGES)
def test_random_damage_is_survived_and_accounted_for(sound: Path) -> None:
    seed = random.randrange(10_000)
    outcomes: Counter[str] = Counter()
    tracks: Counter[str] = Counter()
    for number in range(DAMAGES):
        rng = random.Random(seed * 10_000 + number)
        data = bytearray(sound.read_bytes())
        kind = damage(data, rng)
        with quick_folder() as folder:
            path = folder / "library.db"
            path.write_bytes(data)
            try:
                report = repair(path)
            except StoreError:
                assert path.read_bytes() == data
                outcomes["nothing left"] += 1
                continue
            assert check(path) == [], (seed, number, kind)
            outcomes["sound" if report.damaged is None else "repaired"] += 1
            if report.damaged is not None:
                assert report.damaged.read_bytes() == data
                tracks += accounted(path, report)
    print(f"seed {seed}: {dict(outcomes)}, tracks {dict(tracks)}")
    assert outcomes["repaired"] > DAMAGES // 2
    assert outcomes["nothing left"] < DAMAGES // 8
    assert tracks["kept"] > tracks["again"] + tracks["lost"]
