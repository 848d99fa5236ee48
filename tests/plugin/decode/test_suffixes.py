from pathlib import Path

import pytest

from plugin.decode import AUDIO_SUFFIXES, VIDEO_SUFFIXES, is_media


@pytest.mark.parametrize("name", ["a.mp3", "A.WAV", "a.b.flac", "x.M4A", "film.MOV", "f.webm", "ü 🎵.opus"])
def test_names_of_media(name):
    assert is_media(Path("music") / name)


@pytest.mark.parametrize("name", ["a.txt", "mp3", ".mp3", "._a.mp3", "a.mp3.part", "cover.jpg", "a.mid", "a"])
def test_names_of_other_files(name):
    assert not is_media(Path("music") / name)


def test_suffixes_are_lower_case_and_of_one_kind():
    assert all(suffix == suffix.lower() and suffix[0] == "." for suffix in AUDIO_SUFFIXES | VIDEO_SUFFIXES)
    assert not AUDIO_SUFFIXES & VIDEO_SUFFIXES
