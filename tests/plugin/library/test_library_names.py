"""Names of files as they come: long, in any script, composed or not, renamed in nothing but their case."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from fakes import FakeEngine, tone, write_wav

from plugin.library.check import check
from plugin.library.indexing import IndexRun
from plugin.library.progress import IndexReport
from plugin.library.store import Library
from plugin.library.tracks import all_tracks, track_at
from plugin.library.words import search

CAFE = "Caf\u00e9"

pytestmark = pytest.mark.usefixtures("inline_decoding")


def index(path: Path, music: Path) -> IndexReport:
    with Library(path, writable=True) as library:
        return IndexRun(library, FakeEngine()).run([music])


@pytest.mark.parametrize(
    "name", ["\U0001f3b5 song \U0001f469\u200d\U0001f3a4", "a" * 251, "\u00fc" * 125, "two\nlines", "-rf *", "'; --"],
    ids=["emoji", "255 bytes", "254 bytes of two", "line break", "option", "quote"],
)  # fmt: skip
def test_any_name_is_indexed_found_and_known_again(tmp_path, name) -> None:
    music, path = tmp_path / "music", tmp_path / "library.db"
    file = write_wav(music / f"{name}.wav", tone(300, 3))
    assert index(path, music).indexed == 1
    assert index(path, music).unchanged == 1
    with Library(path) as library:
        track = track_at(library, file)
        assert track is not None
        assert track.name == name


def test_composed_and_decomposed_names_are_two_files(tmp_path) -> None:
    music, path = tmp_path / "music", tmp_path / "library.db"
    for number, form in enumerate(("NFC", "NFD")):
        write_wav(music / f"{unicodedata.normalize(form, CAFE)}.wav", tone(300 + 200 * number, 3))
    if len(list(music.iterdir())) == 1:
        pytest.skip("this file system takes both for one name")
    assert index(path, music).indexed == 2
    assert index(path, music).unchanged == 2
    with Library(path) as library:
        assert len(search(library, "cafe")) == 2


@pytest.mark.parametrize("new", ["SONG.wav", "Song.WAV", "melody.wav"])
def test_a_renamed_file_keeps_its_track_and_is_found_by_its_new_name_alone(tmp_path, new) -> None:
    music, path = tmp_path / "music", tmp_path / "library.db"
    write_wav(music / "song.wav", tone(300, 3)).rename(music / "start.wav")
    assert index(path, music).indexed == 1
    (music / "start.wav").rename(music / new)
    report = index(path, music)
    assert (report.moved, report.indexed) == (1, 0)
    with Library(path) as library:
        (track,) = all_tracks(library)
        assert (track.id, track.path.name) == (1, new)
        assert [found.id for found in search(library, Path(new).stem)] == [1]
        assert search(library, "start") == []
    assert check(path) == []


def test_a_rename_in_nothing_but_case_keeps_the_track(tmp_path) -> None:
    music, path = tmp_path / "music", tmp_path / "library.db"
    file = write_wav(music / "song.wav", tone(300, 3))
    index(path, music)
    file.rename(music / "Song.wav")
    report = index(path, music)
    assert report.indexed == 0
    with Library(path) as library:
        assert [(track.id, track.path.name, track.status) for track in all_tracks(library)] == [
            (1, "Song.wav", "indexed")
        ]
