"""A lyrics file that changes, comes or goes is noticed, though the music file beside it is as it was."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from fakes import FakeEngine, tone, write_wav

from plugin.decode import AUDIO_SUFFIXES
from plugin.library.indexing import IndexRun
from plugin.library.lyrics_files import is_lyrics, lyrics_stamp, same_words, seen_lyrics, seen_of, songs_of
from plugin.library.scan import look, scan
from plugin.library.store import Library
from plugin.library.tracks import all_tracks, known_files
from plugin.library.words import search

pytestmark = pytest.mark.usefixtures("inline_decoding")

VERSE = "a\nb\nc\nd\n"


@pytest.fixture
def song(music: Path) -> Path:
    (music / "low.lrc").write_text("[00:01]Rivers run")
    return music / "low.wav"


@pytest.fixture
def library(tmp_path: Path, song: Path, engine: FakeEngine):
    with Library(tmp_path / "library.db", writable=True) as library:
        IndexRun(library, engine).run([song.parent])
        yield library


def again(library: Library, music: Path) -> tuple[int, int, int]:
    """Index again; gives how many segments were heard, tracks indexed, and files unchanged."""
    engine = FakeEngine()
    report = IndexRun(library, engine).run([music])
    return engine.heard, report.indexed, report.unchanged


def of_low(library: Library):
    (track,) = (track for track in all_tracks(library) if track.path.stem.startswith("low"))
    return track


def test_lyrics_that_did_not_change_cost_nothing(library, song) -> None:
    revision = library.revision
    assert again(library, song.parent) == (0, 0, 3)
    assert library.revision == revision


def test_changed_lyrics_are_heard_again_with_their_track_alone(library, song) -> None:
    before = of_low(library)
    song.with_suffix(".lrc").write_text("[00:01]Mountains")
    assert again(library, song.parent) == (2, 1, 2)
    track = of_low(library)
    assert (track.id, track.lyrics) == (before.id, "Mountains")
    assert "singing of Mountains" in track.caption
    assert [found.id for found in search(library, "mountains")] == [track.id]
    assert search(library, "rivers") == []
    assert again(library, song.parent) == (0, 0, 3)


def test_lyrics_that_come_or_go_are_noticed(library, song) -> None:
    song.with_suffix(".lrc").unlink()
    assert again(library, song.parent) == (2, 1, 2)
    assert of_low(library).lyrics == ""
    song.with_suffix(".TXT").write_text(VERSE)
    assert again(library, song.parent) == (2, 1, 2)
    assert of_low(library).lyrics == VERSE.strip()
    assert again(library, song.parent) == (0, 0, 3)


def test_lyrics_that_were_only_touched_or_copied_are_not_heard_again(library, song) -> None:
    before = [file.lyrics_stamp for file in known_files(library)]
    os.utime(song.with_suffix(".lrc"), (1, 1))
    assert again(library, song.parent) == (0, 0, 3)
    after = [file.lyrics_stamp for file in known_files(library)]
    assert before != after
    revision = library.revision
    assert again(library, song.parent) == (0, 0, 3)
    assert library.revision == revision


def test_a_track_that_moves_takes_its_lyrics_along_and_is_heard_again_without_them(library, song) -> None:
    (song.parent / "there").mkdir()
    for file in (song, song.with_suffix(".lrc")):
        shutil.copy(file, song.parent / "there" / file.name)  # with a new time
        file.unlink()
    assert again(library, song.parent) == (0, 0, 3)
    (song.parent / "there" / "low.wav").rename(song)
    assert again(library, song.parent) == (2, 1, 2)
    assert of_low(library).lyrics == ""


def test_what_an_older_version_did_not_write_down_is_noted_without_hearing(library, song) -> None:
    with library.writing() as connection:
        connection.exec_driver_sql("UPDATE tracks SET lyrics_stamp = NULL")
    assert again(library, song.parent) == (0, 0, 3)
    assert lyrics_stamp(song) in {file.lyrics_stamp for file in known_files(library)}
    song.with_suffix(".lrc").write_text("Valleys")
    assert again(library, song.parent) == (2, 1, 2)


def test_a_change_whose_hearing_was_cut_off_is_found_again(library, song) -> None:
    song.with_suffix(".lrc").write_text("Mountains")
    assert list(IndexRun(library, FakeEngine()).compare(scan([song.parent], AUDIO_SUFFIXES))) == [song]
    assert again(library, song.parent) == (2, 1, 2)


def test_walks_and_looks_see_the_same(song) -> None:
    music = song.parent
    (music / "MID.Txt").mkdir()
    (music / "notes.txt").write_text("of the album")
    write_wav(music / "a.b.wav", tone(500, 1))
    (music / "a.b.TXT").write_text("x")
    walked = scan([music], AUDIO_SUFFIXES)
    assert set(walked.lyrics) == {song, music / "a.b.wav"}
    assert look(walked.files, [music], AUDIO_SUFFIXES).lyrics == walked.lyrics
    assert scan(list(walked.files), AUDIO_SUFFIXES).lyrics == walked.lyrics


def test_a_stamp_tells_by_its_parts(song) -> None:
    stamp = lyrics_stamp(song)
    assert seen_of(stamp) == seen_lyrics(song) != ""
    assert seen_of(None) == seen_of("") == lyrics_stamp(song.with_name("mid.wav")) == ""
    assert not same_words(stamp, "")
    song.with_suffix(".lrc").rename(song.with_suffix(".txt"))  # which would have to be set like verse
    assert not same_words(stamp, lyrics_stamp(song))


def test_lyrics_files_stand_for_their_songs(song) -> None:
    music = song.parent
    (music / "low.mp3").touch()
    paths = [music / "low.lrc", music / "gone.wav", music / "none.txt", music / "away" / "x.lrc"]
    assert songs_of(paths, AUDIO_SUFFIXES) == [music / "gone.wav", music / "low.mp3", song]
    names = ("a.lrc", "a.TXT", ".a.txt", "a.wav", "lrc")
    assert [name for name in names if is_lyrics(name)] == ["a.lrc", "a.TXT"]
