"""Promises of `cuefinder index`, at the level of the library."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

import pytest
from fakes import FakeEngine, tone, write_wav

from plugin.decode import DecodePool, Failed
from plugin.errors import StoreError
from plugin.library.indexing import IndexRun
from plugin.library.progress import IndexReport, Progress
from plugin.library.records import Track
from plugin.library.store import Library
from plugin.library.tracks import all_tracks, embeddings_of, known_files

pytestmark = pytest.mark.usefixtures("inline_decoding")


@pytest.fixture
def library(tmp_path: Path):
    with Library(tmp_path / "library.db", writable=True) as library:
        yield library


def index(library: Library, engine: FakeEngine, *paths: Path, retry: bool = False) -> IndexReport:
    return IndexRun(library, engine, retry=retry).run(list(paths))


def by_name(library: Library) -> dict[str, Track]:
    return {track.path.name: track for track in all_tracks(library)}


def test_tracks_hold_what_was_heard(library, engine, music) -> None:
    report = index(library, engine, music)
    assert (report.found, report.indexed, report.failures, report.problems) == (3, 3, [], [])
    tracks = by_name(library)
    assert tracks["mid.wav"].duration == pytest.approx(25.0)
    assert {name: [tag.name for tag in track.tags if tag.group == "instrument"] for name, track in tracks.items()} == {
        "low.wav": ["bass guitar"],
        "mid.wav": ["piano"],
        "high.wav": ["flute"],
    }
    assert tracks["high.wav"].caption == "A sound in the high register."
    assert len(tracks["low.wav"].peaks) == 400
    assert tracks["low.wav"].loudness == pytest.approx(-9, abs=4)
    with library.reading() as connection:
        rows = connection.exec_driver_sql("SELECT start, end FROM segments JOIN tracks ON id = track_id "
                                          "WHERE path LIKE '%mid.wav' ORDER BY idx").all()  # fmt: skip
    assert rows == [(0, 10), (10, 20), (15, 25)]


def test_second_run_reads_nothing(library, engine, music) -> None:
    index(library, engine, music)
    revision, heard = library.revision, engine.heard
    report = index(library, engine, music)
    assert (report.indexed, report.unchanged) == (0, 3)
    assert engine.heard == heard
    assert library.revision == revision


def test_changed_file_is_read_again_and_keeps_its_id(library, engine, music) -> None:
    index(library, engine, music)
    before = by_name(library)["low.wav"]
    write_wav(music / "low.wav", tone(4000, 8))
    report = index(library, engine, music)
    after = by_name(library)["low.wav"]
    assert (report.indexed, report.unchanged) == (1, 2)
    assert after.id == before.id
    assert after.caption == "A sound in the high register."
    with library.reading() as connection:
        assert connection.exec_driver_sql(f"SELECT count(*) FROM segments WHERE track_id = {after.id}").scalar() == 1
        assert connection.exec_driver_sql("SELECT count(*) FROM words").scalar() == 3


def test_touched_file_is_not_read_again(library, engine, music) -> None:
    index(library, engine, music)
    heard = engine.heard
    os.utime(music / "low.wav", ns=(1, 1))
    assert index(library, engine, music).unchanged == 3
    assert engine.heard == heard
    assert by_name(library)["low.wav"].stamp.mtime_ns == 1


def test_moved_file_keeps_its_id(library, engine, music) -> None:
    index(library, engine, music)
    before, heard = by_name(library)["low.wav"], engine.heard
    (music / "low.wav").rename(music / "sub" / "renamed.wav")
    report = index(library, engine, music)
    assert (report.moved, report.indexed, report.missing) == (1, 0, 0)
    assert engine.heard == heard
    after = by_name(library)
    assert "low.wav" not in after
    assert after["renamed.wav"].id == before.id


def test_copy_is_a_track_of_its_own(library, engine, music) -> None:
    index(library, engine, music)
    shutil.copy2(music / "low.wav", music / "copy.wav")
    report = index(library, engine, music)
    assert (report.moved, report.indexed) == (0, 1)
    assert len(by_name(library)) == 4


def test_vanished_file_is_missing_until_it_is_back(library, engine, music) -> None:
    index(library, engine, music)
    before, heard = by_name(library)["low.wav"], engine.heard
    (music / "low.wav").rename(music.parent / "low.wav")
    assert index(library, engine, music).missing == 1
    assert by_name(library)["low.wav"].status == "missing"
    (music.parent / "low.wav").rename(music / "low.wav")
    report = index(library, engine, music)
    assert (report.returned, report.unchanged, report.indexed) == (1, 3, 0)
    assert by_name(library)["low.wav"] == before
    assert engine.heard == heard


def test_nothing_is_missing_from_a_drive_that_is_not_there(library, engine, music) -> None:
    index(library, engine, music)
    music.rename(music.with_name("unplugged"))
    report = index(library, engine, music)
    assert report.missing == 0
    assert [path for path, _ in report.problems] == [music]
    music.mkdir()  # its mount point, empty
    report = index(library, engine, music)
    assert report.missing == 0
    assert {track.status for track in all_tracks(library)} == {"indexed"}


def test_nothing_is_missing_after_an_incomplete_walk(library, engine, music, monkeypatch) -> None:
    index(library, engine, music)
    (music / "low.wav").unlink()
    real = os.scandir

    def scandir(folder):
        if Path(folder).name == "sub":
            raise PermissionError(13, "Permission denied")
        return real(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    report = index(library, engine, music)
    assert report.missing == 0
    assert report.problems == [(music / "sub", "Permission denied")]


def test_failed_files_are_listed_with_reasons_and_not_tried_again(library, engine, music) -> None:
    (music / "words.mp3").write_text("These are only words. " * 200)
    (music / "empty.mp3").touch()
    report = index(library, engine, music)
    reasons = {path.name: reason for path, reason in report.failures}
    assert report.indexed == 3
    assert set(reasons) == {"words.mp3", "empty.mp3"}
    assert all(reasons.values())
    tracks = by_name(library)
    assert {name: tracks[name].reason for name in reasons} == reasons
    again = index(library, engine, music)
    assert (again.still_failed, again.failures) == (2, [])
    assert len(index(library, engine, music, retry=True).failures) == 2


def test_silent_file_is_no_failure_but_has_nothing_to_suggest(library, engine, music) -> None:
    silent = write_wav(music / "silent.wav", tone(80, 4, level=0.0))
    report = index(library, engine, music)
    assert (report.indexed, report.failures) == (3, [])
    assert [path for path, _ in report.silent] == [silent]
    track = by_name(library)["silent.wav"]
    assert track.status == "silent"
    assert "nothing above -80 dBFS" in track.reason
    assert embeddings_of(library, [track.id], engine.space) == {}
    heard = engine.heard
    assert index(library, engine, music).unchanged == 4
    assert engine.heard == heard
    write_wav(silent, tone(80, 4))
    assert index(library, engine, music).indexed == 1
    assert by_name(library)["silent.wav"].status == "indexed"


def test_failed_file_that_is_repaired_is_indexed(library, engine, music) -> None:
    (music / "words.wav").write_text("These are only words.")
    index(library, engine, music)
    write_wav(music / "words.wav", tone(600, 5))
    assert index(library, engine, music).indexed == 1
    assert by_name(library)["words.wav"].status == "indexed"


def test_good_file_that_breaks_loses_its_features(library, engine, music) -> None:
    index(library, engine, music)
    (music / "low.wav").write_text("These are only words.")
    index(library, engine, music)
    track = by_name(library)["low.wav"]
    assert (track.status, track.tags, track.caption) == ("failed", (), "")
    assert embeddings_of(library, [track.id], engine.space) == {}


def test_file_that_changes_while_it_is_read_is_read_again_next_time(library, engine, music, monkeypatch) -> None:
    real = engine.music

    def music_that_writes(windows):
        os.utime(music / "low.wav", ns=(5, 5))
        return real(windows)

    monkeypatch.setattr(engine, "music", music_that_writes)
    report = index(library, engine, music / "low.wav")
    assert "changed while it was read" in report.failures[0][1]
    monkeypatch.setattr(engine, "music", real)
    assert index(library, engine, music / "low.wav").indexed == 1


def test_file_that_goes_away_before_it_is_read_is_not_stored(library, engine, music, monkeypatch) -> None:
    class Pool:
        def __init__(self, **options): ...
        def __enter__(self):
            return self

        def __exit__(self, *exception): ...
        def decode(self, paths):
            for path in paths:
                path.unlink()
                yield Failed(path, "no such file")

    monkeypatch.setattr("plugin.library.indexing.DecodePool", Pool)
    report = index(library, engine, music)
    assert len(report.failures) == 3
    assert known_files(library) == []


def test_tracks_of_another_pack_are_read_again(library, engine, music) -> None:
    index(library, engine, music)
    ids = {name: track.id for name, track in by_name(library).items()}
    report = index(library, FakeEngine(space="fake-2"), music)
    assert (report.indexed, report.unchanged) == (3, 0)
    assert {track.space for track in all_tracks(library)} == {"fake-2"}
    assert {name: track.id for name, track in by_name(library).items()} == ids


def test_lyrics_beside_a_track_are_kept_and_heard(library, engine, music) -> None:
    (music / "low.lrc").write_text("[ar:Nobody]\n[00:01.00]Rivers <00:02.00>run\n\n[00:05.00]deep\n")
    index(library, engine, music)
    track = by_name(library)["low.wav"]
    assert track.lyrics == "Rivers run\ndeep"
    assert "singing of Rivers" in track.caption


def test_short_track_is_indexed_with_a_note(library, engine, tmp_path) -> None:
    short = write_wav(tmp_path / "short.wav", tone(600, 0.2))
    report = index(library, engine, short)
    assert report.indexed == 1
    assert report.warnings == [(short, "it is only 0.2 s long")]
    assert by_name(library)["short.wav"].warnings == ("it is only 0.2 s long",)


def test_names_that_are_not_utf8_survive(library, engine, tmp_path) -> None:
    name = os.fsdecode(b"caf\xe9 \xf0\x9f\x8e\xb5.wav")
    try:
        path = write_wav(tmp_path / "music" / name, tone(600, 4))
    except OSError:
        pytest.skip("this file system takes only UTF-8")
    assert index(library, engine, tmp_path / "music").indexed == 1
    assert index(library, engine, tmp_path / "music").unchanged == 1
    assert [file.path for file in known_files(library)] == [path]


def test_interrupted_run_keeps_finished_files_and_goes_on(library, engine, music) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.files_done == 1:
            raise KeyboardInterrupt

    run = IndexRun(library, engine, workers=1, on_progress=interrupt)
    with pytest.raises(KeyboardInterrupt):
        run.run([music])
    kept = run.report.indexed
    assert 1 <= kept == len(list(all_tracks(library)))
    report = index(library, engine, music)
    assert (report.unchanged, report.indexed) == (kept, 3 - kept)


def test_disk_that_fills_up_leaves_each_file_wholly_in_or_out(engine, music, tmp_path, monkeypatch) -> None:
    real = Library._connect
    with Library(tmp_path / "small.db", writable=True) as library:
        index(library, engine, music)
        with library.reading() as connection:
            room = connection.exec_driver_sql("PRAGMA page_count").scalar() + 8

    def small_disk(library: Library) -> sqlite3.Connection:
        connection = real(library)
        connection.execute(f"PRAGMA max_page_count = {room}")
        return connection

    monkeypatch.setattr(Library, "_connect", small_disk)
    for number in range(40):
        write_wav(music / f"{number}.wav", tone(300 + 10 * number, 1))
    with Library(tmp_path / "small.db", writable=True) as library:
        with pytest.raises(StoreError, match="full"):
            index(library, engine, music)
        with library.reading() as connection:
            count = connection.exec_driver_sql("SELECT count(*) FROM tracks").scalar()
            assert 3 < count < 43
            for table in ("(SELECT DISTINCT track_id FROM segments)", "(SELECT DISTINCT track_id FROM tags)", "words"):
                assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == count
        assert library.problems() == []


def test_progress_ends_at_the_whole(library, engine, music) -> None:
    seen: list[tuple[int, float]] = []
    IndexRun(library, engine, on_progress=lambda p: seen.append((p.files_done, p.share))).run([music])
    assert seen == sorted(seen)
    assert seen[-1] == (3, pytest.approx(1.0))


def test_decoding_processes_give_the_same_tracks(library, engine, music, tmp_path, monkeypatch) -> None:
    index(library, engine, music)
    monkeypatch.setattr("plugin.library.indexing.DecodePool", DecodePool)
    with Library(tmp_path / "other.db", writable=True) as other:
        assert index(other, FakeEngine(), music).indexed == 3
        assert {track.path: track.caption for track in all_tracks(other)} == {
            track.path: track.caption for track in all_tracks(library)
        }
