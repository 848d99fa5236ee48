"""The words of songs: where they come from, and that no file of them stops anything."""

from __future__ import annotations

import os
import time
from pathlib import Path

import mutagen.wave
import pytest
from fakes import FakeEngine
from mutagen.id3 import USLT

from plugin.library.indexing import IndexRun
from plugin.library.lyrics import MAX_BYTES, lyrics_of, read_lyrics, words_of
from plugin.library.store import Library
from plugin.library.tracks import all_tracks
from plugin.library.words import search

LRC = "[ar:Someone]\n[00:12.00][00:50.10]Deep <00:12.50>river\n\n[00:15.00]  flow \n"


@pytest.fixture
def song(tmp_path: Path) -> Path:
    return tmp_path / "song.mp3"


def test_files_beside_the_song_go_before_its_tags_and_lrc_before_text(song) -> None:
    assert lyrics_of(song) == ""
    assert lyrics_of(song, "[00:01.0]In\r\nTags") == "In\nTags"
    song.with_suffix(".txt").write_text("in\na\ntext\nfile\n")
    assert lyrics_of(song, "in tags") == "in\na\ntext\nfile"
    song.with_suffix(".lrc").write_text(LRC)
    assert lyrics_of(song, "in tags") == "Deep river\nflow"


@pytest.mark.parametrize(
    "text",
    [
        "The song is licensed under a Creative Commons Attribution License.\nCC-BY",
        "One\nTwo\nThree\nFour\nhttps://creativecommons.org/licenses/by/3.0/",
        "\n".join(["A line of prose that goes on and on as no singer has the breath to sing it in one go. " * 2] * 6),
    ],
)
def test_licences_and_notes_beside_a_song_are_not_its_lyrics(song, text) -> None:
    song.with_suffix(".txt").write_text(text)
    assert lyrics_of(song) == ""
    assert lyrics_of(song, "in tags") == "in tags"


def test_an_empty_file_is_no_lyrics(song) -> None:
    song.with_suffix(".lrc").write_text("[ti:Title]\n")
    assert lyrics_of(song, "in tags") == "in tags"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_words_are_read_in_what_editors_write(song, encoding) -> None:
    song.write_bytes("Größer é\nzweite".encode(encoding))
    assert read_lyrics(song) == "Größer é\nzweite"


def test_of_a_big_file_only_the_beginning_is_read(song) -> None:
    song.write_bytes(b"a" + "é".encode() * MAX_BYTES)  # the cut goes through a character
    assert read_lyrics(song) == "a" + "é" * ((MAX_BYTES - 1) // 2)


@pytest.mark.parametrize(
    "text", ["[" * MAX_BYTES, "<1:" * (MAX_BYTES // 3), "[<" * (MAX_BYTES // 2), "\x00" * MAX_BYTES]
)
def test_brackets_that_never_close_take_no_time(text) -> None:
    begin = time.perf_counter()
    words_of(text)
    assert time.perf_counter() - begin < 2


@pytest.mark.skipif(os.name == "nt", reason="Windows has no named pipes in folders")
def test_pipes_and_folders_named_like_lyrics_are_passed_over(song) -> None:
    os.mkfifo(song.with_suffix(".lrc"))
    song.with_suffix(".txt").mkdir()
    assert lyrics_of(song, "in tags") == "in tags"


def test_words_from_tags_are_found_and_reach_the_caption(tmp_path, music, inline_decoding) -> None:
    file = mutagen.wave.WAVE(music / "low.wav")
    file.add_tags()
    file.tags.add(USLT(encoding=3, lang="eng", text="zebra crossing\nat night"))
    file.save()
    with Library(tmp_path / "library.db", writable=True) as library:
        IndexRun(library, FakeEngine()).run([music])
        assert [track.path.name for track in search(library, "zebra")] == ["low.wav"]
        track = next(track for track in all_tracks(library) if track.path.name == "low.wav")
    assert track.lyrics == "zebra crossing\nat night"
    assert track.caption == "A sound in the low register singing of zebra."
