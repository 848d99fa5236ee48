"""Hearing a library again with other models: it stays usable, and takes all over at once."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from disk_limits import no_file_above
from fakes import FakeEngine, tone, write_wav
from other_models import OtherEngine

from plugin.errors import InputError, LockedError, StoreError
from plugin.library.backups import back_up, backups, second_store
from plugin.library.check import check
from plugin.library.forgetting import forget
from plugin.library.indexing import IndexRun
from plugin.library.lock import WriterLock
from plugin.library.marks import set_marks
from plugin.library.progress import Progress
from plugin.library.rehearing import Rehearing, status
from plugin.library.relink import plan_relink, relink
from plugin.library.repair import repair
from plugin.library.roots import add_root, roots
from plugin.library.searches import history, remember
from plugin.library.second_store import SecondStore, under_way
from plugin.library.store import Library
from plugin.library.tracks import all_tracks, find_track, spaces
from plugin.library.words import search
from plugin.suggest.query import Query
from plugin.suggest.suggester import Suggester

pytestmark = pytest.mark.usefixtures("inline_decoding")


@pytest.fixture
def path(music: Path, tmp_path: Path, engine: FakeEngine) -> Path:
    """A library of three tracks with marks, folders and questions."""
    path = tmp_path / "library.db"
    add_root(path, music)
    index(path, engine, music)
    set_marks(path, ids(path)["low.wav"], rating=4)
    remember(path, {"text": "low"})
    return path


@pytest.fixture
def other() -> OtherEngine:
    return OtherEngine()


def index(path: Path, engine: Any, music: Path) -> None:
    with Library(path, writable=True) as library:
        IndexRun(library, engine).run([music])


def ids(path: Path) -> dict[str, int]:
    with Library(path) as library:
        return {track.path.name: track.id for track in all_tracks(library)}


def in_spaces(path: Path) -> dict[str, int]:
    with Library(path) as library:
        return spaces(library)


def content(path: Path) -> dict[str, list[Any]]:
    """All that a library says of its tracks, without times of writing."""
    columns = ("id, path, size, mtime_ns, content_hash, status, space, title, artist, album, duration, tempo, key,"
               " loudness, peak, reason, warnings, caption, embedding, peaks, lyrics")  # fmt: skip
    queries = {
        "tracks": f"SELECT {columns} FROM tracks ORDER BY id",
        "segments": "SELECT * FROM segments ORDER BY 1, 2",
        "tags": "SELECT * FROM tags ORDER BY 1, 2",
        "words": "SELECT rowid, * FROM words ORDER BY 1",
        "vocabulary": "SELECT * FROM vocabulary ORDER BY 1, 2",
        "marks": "SELECT * FROM marks ORDER BY 1",
        "roots": "SELECT path, watched FROM roots ORDER BY 1",
        "searches": "SELECT * FROM searches ORDER BY 1",
    }
    with closing(sqlite3.connect(path)) as store:
        return {name: store.execute(query).fetchall() for name, query in queries.items()}


class StopAfter:
    """Ends a run as Ctrl-C does, after so many files."""

    def __init__(self, files: int) -> None:
        self.files = files

    def __call__(self, progress: Progress) -> None:
        if progress.files_done >= self.files:
            raise KeyboardInterrupt


def hear_some(path: Path, engine: Any, files: int) -> Rehearing:
    rehearing = Rehearing(path, engine, workers=1, on_progress=StopAfter(files))
    with pytest.raises(KeyboardInterrupt):
        rehearing.run()
    return rehearing


def test_nothing_changes_until_all_is_taken_over_at_once(path, music, engine, other, tmp_path) -> None:
    before = content(path)
    rehearing = Rehearing(path, other)
    report = rehearing.run()
    assert (report.found, report.indexed, report.unchanged, report.missing) == (3, 3, 0, 0)
    assert content(path) == before
    with Library(path) as library:
        assert len(Suggester(library, engine).suggest(Query(text="low")).results) == 3
    assert rehearing.adopt() == 3

    at_once = tmp_path / "at once.db"
    index(at_once, other, music)
    after, expected = content(path), content(at_once)
    for table in ("segments", "tags", "words"):
        assert sorted(row[1:] for row in after[table]) == sorted(row[1:] for row in expected[table]), table
    assert {row[:6] for row in after["tracks"]} == {row[:6] for row in before["tracks"]}
    assert {row[5:] for row in after["tracks"]} == {row[5:] for row in expected["tracks"]}
    for table in ("marks", "roots", "searches"):
        assert after[table] == before[table]
    assert set(expected["vocabulary"]) <= set(after["vocabulary"])
    assert check(path) == []
    assert not [file for file in path.parent.glob("library.db.next*") if file.stat().st_size]
    with Library(path) as library:
        assert [track.path.name for track in search(library, "drone Another low")] == ["low.wav"]
        found = Suggester(library, other).suggest(Query(like=(music / "low.wav",)))
        assert (len(found.results), found.stale) == (2, 0)
        with pytest.raises(StoreError, match="all 3 tracks were indexed with another model pack"):
            Suggester(library, engine).suggest(Query(text="low"))


def test_an_ended_run_goes_on_and_hears_nothing_twice(path, music, other) -> None:
    stopped = hear_some(path, other, 1)
    assert 1 <= stopped.report.indexed < 3
    again = OtherEngine()
    rehearing = Rehearing(path, again)
    report = rehearing.run()
    assert report.unchanged == stopped.report.indexed
    assert report.indexed == 3 - stopped.report.indexed
    once = Rehearing(path, OtherEngine())
    assert once.run().indexed == 0
    assert once.adopt() == 3
    assert once.adopt() == 0


def test_what_was_heard_for_other_models_is_thrown_away_with_a_word(path, other, caplog) -> None:
    Rehearing(path, other).run()
    third = OtherEngine(space="other-2")
    report = Rehearing(path, third).run()
    assert (report.indexed, report.unchanged) == (3, 0)
    assert "for other models is thrown away (3 tracks were heard)" in caplog.text
    with pytest.raises(StoreError, match="heard with other models"):
        Rehearing(path, other).adopt()
    assert under_way(path) == ("other-2", 3)
    assert in_spaces(path) == {"fake-1": 3}


def test_tracks_that_move_change_go_or_come_meanwhile_are_treated_rightly(path, music, engine, other) -> None:
    write_wav(music / "copy.wav", tone(600, 25))  # the content of mid.wav
    write_wav(music / "secret.wav", tone(900, 5))
    index(path, engine, music)
    known = ids(path)
    rehearing = Rehearing(path, other)
    assert rehearing.run().indexed == 5
    (music / "mid.wav").rename(music / "sub" / "moved.wav")
    (music / "copy.wav").unlink()
    write_wav(music / "low.wav", tone(120, 14))
    index(path, engine, music)
    write_wav(music / "mid.wav", tone(300, 6))  # another track at an old path
    index(path, engine, music)
    with Library(path, writable=True) as library:
        forget(library, [known["secret.wav"]])
    (music / "secret.wav").unlink()
    assert rehearing.adopt() == 3
    with Library(path) as library:
        now = {track.path.name: track for track in all_tracks(library)}
    assert "secret.wav" not in now
    assert {name: track.space for name, track in now.items()} == {
        "moved.wav": "other-1", "high.wav": "other-1", "copy.wav": "other-1", "low.wav": "fake-1", "mid.wav": "fake-1"
    }  # fmt: skip
    assert now["moved.wav"].id == known["mid.wav"]
    assert now["moved.wav"].duration == pytest.approx(25, abs=0.01)
    assert now["copy.wav"].status == "missing"
    assert check(path) == []
    index(path, other, music)
    assert in_spaces(path) == {"other-1": 5}


def test_a_track_that_moved_is_not_heard_twice_and_its_old_path_may_be_taken(path, music, engine, other) -> None:
    hear_some(path, other, 3)
    for old, new in (("mid", "moved"), ("low", "mid")):
        (music / f"{old}.wav").rename(music / f"{new}.wav")
        index(path, engine, music)
    report = Rehearing(path, other).run()
    assert (report.found, report.unchanged, report.indexed) == (3, 3, 0)
    Rehearing(path, other).adopt()
    with Library(path) as library:
        assert find_track(library, "moved").duration == pytest.approx(25, abs=0.01)
        assert find_track(library, "moved").space == "other-1"


def test_a_changed_file_is_heard_again_and_a_touched_one_is_not(path, music, engine, other) -> None:
    Rehearing(path, other).run()
    os.utime(music / "low.wav", (1, 1))
    write_wav(music / "mid.wav", tone(650, 21))
    index(path, engine, music)
    report = Rehearing(path, other).run()
    assert (report.unchanged, report.indexed) == (2, 1)
    assert Rehearing(path, other).adopt() == 3


def test_tracks_on_a_drive_that_is_away_are_counted_and_stay_as_they_were(path, music, other) -> None:
    shutil.move(music / "sub", music.parent / "away")
    rehearing = Rehearing(path, other)
    report = rehearing.run()
    assert (report.found, report.indexed, report.missing) == (3, 2, 1)
    assert status(path, "other-1") == (3, 2, 0, 1)
    assert rehearing.adopt() == 2
    assert status(path, "other-1") == (1, 0, 0, 1)
    assert in_spaces(path) == {"fake-1": 1, "other-1": 2}
    with Library(path) as library:
        found = Suggester(library, other).suggest(Query(like=(music / "low.wav",)))
        assert ([r.track.path.name for r in found.results], found.stale) == (["mid.wav"], 1)
    shutil.move(music.parent / "away", music / "sub")
    index(path, other, music)
    assert in_spaces(path) == {"other-1": 3}


def test_a_file_that_cannot_be_read_any_more_stays_as_it_was_and_is_tried_once(path, music, other) -> None:
    (music / "low.wav").write_text("These are only words.")
    report = Rehearing(path, other).run()
    assert [file.name for file, _ in report.failures] == ["low.wav"]
    assert status(path, "other-1") == (3, 2, 1, 0)
    again = Rehearing(path, other)
    assert (again.run().still_failed, again.report.failures) == (1, [])
    assert again.adopt() == 2
    assert in_spaces(path) == {"fake-1": 1, "other-1": 2}
    with Library(path) as library:
        assert find_track(library, "low").caption.startswith("A sound")


def test_how_far_it_is(path, other) -> None:
    assert status(path, "other-1") == (3, 0, 0, 0)
    assert status(path, "fake-1") == (0, 0, 0, 0)
    assert under_way(path) is None
    heard = hear_some(path, other, 2).report.indexed
    assert status(path, "other-1") == (3, heard, 0, 0)
    assert status(path, "other-2") == (3, 0, 0, 0)
    assert under_way(path) == ("other-1", heard)
    with pytest.raises(InputError, match="there is no library"):
        status(path.with_name("none.db"), "other-1")
    with pytest.raises(InputError, match="there is no library"):
        Rehearing(path.with_name("none.db"), other).run()


def test_the_library_has_its_own_writer_meanwhile(path, music, engine, other) -> None:
    written: list[int] = []

    def write(progress: Progress) -> None:
        if not written:
            write_wav(music / "new.wav", tone(900, 3))
            index(path, engine, music)
            written.append(in_spaces(path)["fake-1"])

    rehearing = Rehearing(path, other, on_progress=write)
    rehearing.run()
    assert written == [4]
    assert rehearing.adopt() == 3
    assert in_spaces(path) == {"fake-1": 1, "other-1": 3}


def test_two_cannot_hear_at_once_and_taking_over_waits_for_the_writer(path, music, other) -> None:
    with SecondStore(path, "other-1"), pytest.raises(LockedError, match="being written by process"):
        Rehearing(path, other).run()
    rehearing = Rehearing(path, other)
    rehearing.run()
    with Library(path, writable=True), pytest.raises(LockedError, match="being written by process"):
        rehearing.adopt()
    with SecondStore(path, "other-1"), pytest.raises(LockedError, match="being written by process"):
        rehearing.adopt()
    assert in_spaces(path) == {"fake-1": 3}
    assert rehearing.adopt() == 3


def test_nothing_is_forgotten_while_it_is_being_heard(path, music, other) -> None:
    id_ = ids(path)["low.wav"]
    said: list[str] = []

    def forget_it(progress: Progress) -> None:
        if not said:
            with Library(path, writable=True) as library, pytest.raises(LockedError) as caught:
                forget(library, [id_])
            said.append(str(caught.value))

    Rehearing(path, other, on_progress=forget_it).run()
    assert "the library is being heard again (" in said[0]
    assert ids(path)["low.wav"] == id_
    with Library(path, writable=True) as library:
        forget(library, [id_])
    assert under_way(path) == ("other-1", 2)
    assert Rehearing(path, other).adopt() == 2


def test_what_was_forgotten_by_other_ways_does_not_stay_in_the_second_store(path, music, other) -> None:
    Rehearing(path, other).run()
    old = back_up(path, path.with_name("old.db"))
    with Library(path, writable=True) as library:
        forget(library, [ids(path)["low.wav"]])
    shutil.copy(second_store(path), path.with_name("kept.next"))
    shutil.copy(old, second_store(path))  # as one that was put there by hand
    with closing(sqlite3.connect(second_store(path))) as store, store:
        store.execute("INSERT INTO meta VALUES ('rehearing', 'other-1')")
    Rehearing(path, other).run()
    assert b"low.wav" not in second_store(path).read_bytes()


@pytest.mark.parametrize("damage", ["rubbish", "cut", "newer", "empty"])
def test_a_second_store_that_cannot_be_used_is_begun_anew(path, other, damage, caplog) -> None:
    Rehearing(path, other).run()
    second = second_store(path)
    match damage:
        case "rubbish":
            second.write_bytes(b"\xaa" * 40_000)
        case "cut":
            second.write_bytes(second.read_bytes()[: second.stat().st_size // 2])
        case "newer":
            with closing(sqlite3.connect(second)) as store, store:
                store.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
        case "empty":
            second.write_bytes(b"")
    rehearing = Rehearing(path, other)
    assert rehearing.run().indexed == 3
    assert ("damaged or of another version" in caplog.text) == (damage != "empty")
    assert rehearing.adopt() == 3


def test_a_damaged_second_store_leaves_the_library_alone_and_can_be_forgotten_from(path, other) -> None:
    Rehearing(path, other).run()
    second = second_store(path)
    data = bytearray(second.read_bytes())
    for page in range(2, len(data) // 4096):
        data[page * 4096 : page * 4096 + 64] = b"\xaa" * 64
    second.write_bytes(data)
    before = content(path)
    with pytest.raises(StoreError, match="damaged"):
        Rehearing(path, other).adopt()
    assert content(path) == before
    with Library(path, writable=True) as library:
        forget(library, [ids(path)["low.wav"]])
    assert not second.exists()


def test_upkeep_of_the_library_passes_the_second_store_by(path, music, other, tmp_path) -> None:
    hear_some(path, other, 2)
    heard = under_way(path)
    made = back_up(path)
    assert backups(path) == [made]
    assert not list(path.parent.glob("library.db.next*bak*"))
    assert repair(path).damaged is None
    shutil.move(music, tmp_path / "elsewhere")
    with Library(path, writable=True) as library:
        relink(library, plan_relink(library, music, tmp_path / "elsewhere"))
    assert under_way(path) == heard
    rehearing = Rehearing(path, other)
    assert (rehearing.run().unchanged, rehearing.report.missing) == (heard.heard, 0)
    assert rehearing.adopt() == 3
    assert [root.path for root in roots(path)] == [tmp_path / "elsewhere"]
    assert [search.question for search in history(path)] == [{"text": "low"}]


def test_a_track_that_was_heard_in_place_meanwhile_stays(path, music, other) -> None:
    rehearing = Rehearing(path, other)
    rehearing.run()
    newer = OtherEngine()
    newer.caption = lambda features, **options: "Newer."  # type: ignore[method-assign]
    with Library(path, writable=True) as library:
        IndexRun(library, newer).run([music / "low.wav"])
    assert rehearing.adopt() == 2
    with Library(path) as library:
        assert find_track(library, "low").caption == "Newer."
    assert in_spaces(path) == {"other-1": 3}


def test_a_full_disk_is_one_line_and_harms_nothing(path, music, other) -> None:
    before = content(path)
    with no_file_above(40_000), pytest.raises(StoreError, match="next") as caught:
        Rehearing(path, other).run()
    assert "\n" not in str(caught.value)
    assert content(path) == before
    rehearing = Rehearing(path, other)
    assert rehearing.run().indexed == 3
    for limit in (34_000, 37_000, 41_000):
        with no_file_above(limit), pytest.raises(StoreError, match=r"disk|too large|full|I/O"):
            rehearing.adopt()
        assert content(path) == before
        assert check(path) == []
        assert under_way(path) == ("other-1", 3)
    assert rehearing.adopt() == 3
    assert check(path) == []


def test_a_second_store_that_was_left_after_the_taking_over_goes_with_the_next_call(path, other, monkeypatch) -> None:
    rehearing = Rehearing(path, other)
    rehearing.run()
    with monkeypatch.context() as patch:
        patch.setattr("plugin.library.adopting.remove_store", lambda path: (_ for _ in ()).throw(OSError(30, "no")))
        with pytest.raises(StoreError, match=r"cannot remove .*next: no"):
            rehearing.adopt()
    after = content(path)
    assert in_spaces(path) == {"other-1": 3}
    assert rehearing.run().found == 0
    assert rehearing.adopt() == 0
    assert content(path) == after
    assert not second_store(path).exists()


def test_the_lock_is_free_after_every_end(path, other) -> None:
    hear_some(path, other, 1)
    WriterLock(second_store(path)).release()
    Rehearing(path, other).adopt()
    WriterLock(second_store(path)).release()
    WriterLock(path).release()


def test_a_question_that_is_asked_while_tracks_are_taken_over_compares_nothing_of_two_spaces(
    path, music, engine, other, monkeypatch
) -> None:
    import plugin.suggest.choice as choice

    rehearing = Rehearing(path, other)
    rehearing.run()
    read, taken = choice.get_tracks, []

    def adopt_first(library: Library, wanted: Any) -> Any:
        if not taken:
            taken.append(rehearing.adopt())
        return read(library, wanted)

    monkeypatch.setattr(choice, "get_tracks", adopt_first)
    with Library(path) as library:
        old = Suggester(library, engine)
        assert old.suggest(Query(text="low")).results == ()  # the ranking was of vectors that are gone
        assert taken == [3]
        assert len(Suggester(library, other).suggest(Query(video=np.ones(64, np.float32))).results) == 3
