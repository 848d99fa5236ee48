"""Textures and music files of the demo."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from plugin.decode import probe, read_audio
from plugin.demo import library
from plugin.demo.ambience import TEXTURES, noise
from plugin.demo.encode import sound_suffixes, write_sound
from plugin.demo.library import CATALOGUE, Recipe, library_files, make_media
from plugin.errors import CuefinderError
from plugin.synth.styles import STYLES

RATE = 22_050


def tone(seconds: float = 2.0, rate: int = 44_100) -> np.ndarray:
    time = np.arange(round(seconds * rate)) / rate
    return 0.4 * np.stack([np.sin(2 * np.pi * 440 * time), np.sin(2 * np.pi * 660 * time)]).astype(np.float32)


@pytest.mark.parametrize("name", TEXTURES)
def test_textures_are_wide_level_and_never_tones(name: str) -> None:
    sound = TEXTURES[name](np.random.default_rng(1), 6 * RATE, RATE)
    assert sound.shape == (2, 6 * RATE)
    assert sound.dtype == np.float32
    assert np.sqrt(np.mean(sound**2)) == pytest.approx(0.1, rel=0.01)
    assert np.corrcoef(sound)[0, 1] < 0.999
    power = np.abs(np.fft.rfft(sound[0])) ** 2
    assert np.sort(power)[-3:].sum() < 0.2 * power.sum()


def test_noise_stays_in_its_band() -> None:
    sound = noise(np.random.default_rng(1), 2 * RATE, RATE, 500, 1000)
    power = np.abs(np.fft.rfft(sound[0])) ** 2
    frequency = np.fft.rfftfreq(2 * RATE, 1 / RATE)
    inside = power[(frequency > 400) & (frequency < 1200)].sum()
    assert inside > 0.8 * power.sum()


@pytest.mark.parametrize("suffix", sound_suffixes())
def test_every_format_keeps_sound_and_tags(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"é{suffix}"
    tags = {"title": "Blue Ünder", "artist": "Nobody & Co", "album": "First"}
    write_sound(path, tone(), 44_100, tags)
    info = probe(path)
    assert (info.title, info.artist, info.album) == tuple(tags.values())
    assert info.channels == 2
    sound = read_audio(path, 16_000)
    assert len(sound) / 16_000 == pytest.approx(2.0, abs=0.08)
    spectrum = np.abs(np.fft.rfft(sound[8000:24000]))  # 1 Hz a bin
    assert set(np.argsort(spectrum)[-2:]) == {440, 660}
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_missing_encoder_is_named_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugin.demo.encode._FORMATS", {".mp3": ("mp3", ("libnothing",), None)})
    with pytest.raises(CuefinderError, match="libnothing"):
        write_sound(tmp_path / "a.mp3", tone(), 44_100, {})
    assert sound_suffixes() == []
    assert not list(tmp_path.iterdir())


def test_the_catalogue_is_broad_and_names_every_piece_once() -> None:
    assert len(CATALOGUE) >= 26
    assert len({recipe.style for recipe in CATALOGUE}) >= 12
    assert {recipe.style for recipe in CATALOGUE} <= set(STYLES)
    assert len({recipe.title for recipe in CATALOGUE}) == len(CATALOGUE)
    assert all(45 <= recipe.seconds <= 75 for recipe in CATALOGUE)
    files = library_files(Path("music"))
    assert len({path for path, _ in files}) == len(CATALOGUE)
    assert {path.suffix for path, _ in files} == set(sound_suffixes())
    assert len(sound_suffixes()) >= 3


def test_media_that_are_there_are_kept_and_missing_ones_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipes = [Recipe("lullaby_music_box", 1, 5, "Tin Moon", "A", "B"), Recipe("waltz", 2, 5, "Spool", "C", "D")]
    film, kept = tmp_path / "film.mp4", library_files(tmp_path / "music", recipes)[1][0]
    for path in (film, kept):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"complete")
    seen: list[tuple[int, int]] = []
    files = make_media(
        tmp_path / "music", film, recipes=recipes, workers=1, on_progress=lambda *state: seen.append(state)
    )
    assert seen == [(2, 3), (3, 3)]
    assert film.read_bytes() == kept.read_bytes() == b"complete"
    info = probe(files[0])
    assert (info.title, info.artist, info.album) == ("Tin Moon", "A", "B")
    assert np.abs(read_audio(files[0], 16_000)).max() > 0.1
    monkeypatch.setattr(library, "ProcessPoolExecutor", None)  # nothing is left to do, so no process starts
    assert make_media(tmp_path / "music", film, recipes=recipes) == files


def test_a_failure_in_a_process_is_the_callers(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"complete")
    with pytest.raises(CuefinderError, match="no_such_style"):
        make_media(tmp_path, tmp_path / "film.mp4", recipes=[Recipe("no_such_style", 1, 5, "T", "A", "B")], workers=1)
