"""Playlists of what was found."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from fakes import tone, write_wav

from plugin.exchange import playlist
from plugin.library.records import Track
from plugin.library.store import Library
from plugin.library.tracks import all_tracks
from plugin.paths import library_path

NAMES = ("plain.wav", "#5 sharp.wav", "line\nbreak.wav", " blank.wav", "émoji 🎵.wav", os.fsdecode(b"caf\xe9.wav"))


@pytest.fixture
def oddly_named(tmp_path: Path, cuefinder) -> Path:
    folder = tmp_path / "music"
    for number, name in enumerate(NAMES):
        write_wav(folder / name, tone(100 + 50 * number, 3 + number))
    assert cuefinder("index", folder).status == 0
    return folder


def entries(text: str, folder: Path) -> list[Path]:
    """Read a playlist as a player does."""
    first, *lines = text.splitlines()
    assert first == "#EXTM3U"
    assert all(line.startswith("#EXTINF:") for line in lines[::2])
    places = [line for line in lines if not line.startswith("#")]
    assert len(places) == len(lines) // 2
    return [
        Path(os.fsdecode(unquote_to_bytes(place.removeprefix("file://")))) if place.startswith("file://")
        else folder / place
        for place in places
    ]  # fmt: skip


@pytest.mark.parametrize("relative", [False, True])
def test_every_name_leads_a_player_to_its_file(tmp_path, cuefinder, oddly_named, relative) -> None:
    target = tmp_path / "lists" / "all.m3u8"
    options = ["--relative"] if relative else []
    answer = cuefinder("suggest", "--text", "low", "--top", "9", "--playlist", target, *options, "--json")
    assert answer.status == 0
    text = target.read_text(encoding="utf-8")
    found = entries(text, target.parent)
    assert all(path.is_file() for path in found)
    listed = [Path(result["track"]["path"]).name for result in answer.json["results"]]
    assert [path.name for path in found] == listed
    assert set(listed) == set(NAMES)
    assert ("../music/plain.wav" in text.splitlines()) is relative
    assert (f"{oddly_named}/plain.wav" in text.splitlines()) is not relative


def tracks() -> list[Track]:
    with Library(library_path()) as library:
        return list(all_tracks(library))


def test_names_beginning_like_a_comment_are_entries(oddly_named) -> None:
    text = playlist(tracks(), oddly_named)
    assert "./#5 sharp.wav" in text.splitlines()


def test_lengths_are_whole_seconds_and_names_one_line(oddly_named) -> None:
    lines = playlist(tracks()).splitlines()
    assert "#EXTINF:3,plain" in lines
    assert "#EXTINF:5,line break" in lines


def test_search_writes_its_list_in_order(tmp_path, cuefinder, indexed) -> None:
    target = tmp_path / "found.m3u8"
    answer = cuefinder("search", "sound", "--playlist", target, "--json")
    assert [str(path) for path in entries(target.read_text(), tmp_path)] == [
        result["path"] for result in answer.json["results"]
    ]
    assert len(answer.json["results"]) == 3


def test_playlist_that_cannot_be_written_is_one_line(tmp_path, cuefinder, indexed) -> None:
    (tmp_path / "file").touch()
    answer = cuefinder("search", "sound", "--playlist", tmp_path / "file" / "x.m3u8")
    assert answer.status == 2
    assert answer.error.startswith(f"--playlist {tmp_path / 'file' / 'x.m3u8'}: ")


def test_relative_without_a_playlist_is_refused(cuefinder, indexed) -> None:
    answer = cuefinder("search", "sound", "--relative")
    assert answer.status == 2
    assert "give it with --playlist" in answer.error
