"""Finding files: links, hidden files, hashes."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugin.library.records import Stamp
from plugin.library.scan import HASH_CHUNK_BYTES, content_hash, scan

SUFFIXES = {".wav", ".mp3"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.wav", "a/one.MP3", "a/two.wav", "a/cover.jpg", "a/._two.wav", ".hidden/three.wav", "README"):
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path / "root"


def test_scan_takes_music_and_counts_the_rest(folder) -> None:
    found = scan([folder], SUFFIXES)
    assert list(found.files) == [folder / "b.wav", folder / "a" / "one.MP3", folder / "a" / "two.wav"]
    assert found.files[folder / "b.wav"] == Stamp.of(folder / "b.wav")
    assert found.passed_over == {".jpg": 1, "no suffix": 1, "hidden": 2}
    assert (found.complete, found.problems) == ({folder}, [])


def test_links_make_no_loop_and_no_second_track(folder, tmp_path) -> None:
    (folder / "a" / "up").symlink_to(folder)
    (folder / "again").symlink_to(folder / "a")
    (folder / "self").symlink_to(folder / "self")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "far.wav").touch()
    (folder / "link").symlink_to(elsewhere)
    found = scan([folder, folder / "a", folder], SUFFIXES)
    assert sorted(found.files) == sorted(
        [folder / "b.wav", folder / "a" / "one.MP3", folder / "a" / "two.wav", elsewhere / "far.wav"]
    )


def test_file_named_by_the_user_is_taken_whatever_its_suffix(folder) -> None:
    found = scan([folder / "README"], SUFFIXES)
    assert list(found.files) == [folder / "README"]
    assert found.complete == set()


def test_missing_root_and_folder_without_music_are_problems_and_not_complete(folder, tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    found = scan([tmp_path / "gone", tmp_path / "empty", folder], SUFFIXES)
    assert found.problems == [
        (tmp_path / "gone", "No such file or directory"),
        (tmp_path / "empty", "no audio files in this folder"),
    ]
    assert found.complete == {folder}


def test_dangling_link_is_counted(folder) -> None:
    (folder / "gone.wav").symlink_to(folder / "nowhere.wav")
    found = scan([folder], SUFFIXES)
    assert found.passed_over["dangling links"] == 1
    assert found.complete == {folder}


def test_hash_sees_the_middle_of_a_file_whose_ends_are_silent(tmp_path) -> None:
    size = 40 * HASH_CHUNK_BYTES
    data = bytearray(size)
    path = tmp_path / "stem.wav"
    path.write_bytes(data)
    silent = content_hash(path, size)
    data[size // 4 : 3 * size // 4] = b"\1" * (size // 2)
    path.write_bytes(data)
    assert content_hash(path, size) != silent


def test_hash_of_a_small_file_is_of_all_of_it(tmp_path) -> None:
    hashes = set()
    for data in (b"", b"a", b"ab", b"ba", b"x" * 20000, b"x" * 19999 + b"y"):
        path = tmp_path / "file"
        path.write_bytes(data)
        hashes.add(content_hash(path, len(data)))
    assert len(hashes) == 6
