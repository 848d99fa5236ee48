"""The demo film is a film: right length, rate, pictures and sound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from plugin.decode import probe, read_audio, video_frames
from plugin.demo.ambience import TEXTURES
from plugin.demo.encode import write_film
from plugin.demo.film import FPS, RATE, film_scenes, make_film, scene_sound
from plugin.synth.scenes import render_scene
from plugin.synth.styles import STYLES

SIZE = (96, 54)


def test_scenes_follow_each_other_and_differ() -> None:
    scenes = film_scenes()
    assert 5 <= len(scenes) <= 6
    assert scenes[0].start == 0
    assert all(one.end == other.start for one, other in pairwise(scenes))
    assert all(10 <= scene.seconds <= 12 for scene in scenes)
    assert len({scene.spec.place for scene in scenes}) == len(scenes)
    assert len({scene.words for scene in scenes}) == len(scenes)
    assert sum(scene.style is not None for scene in scenes) == 2
    assert {name for scene in scenes for name, _ in scene.sounds} <= set(TEXTURES)
    assert {scene.style for scene in scenes if scene.style} <= set(STYLES)


def test_the_film_shows_each_scene_in_its_place_with_its_sound(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    scenes = film_scenes(seconds=2)[:3]
    make_film(path, scenes, size=SIZE)
    info = probe(path)
    assert info.duration == pytest.approx(6.0, abs=0.1)
    assert info.fps == FPS
    assert (info.width, info.height) == SIZE
    assert info.title
    assert [file.name for file in tmp_path.iterdir()] == ["film.mp4"]
    frames = list(video_frames(path, FPS, size=SIZE))
    assert len(frames) == 6 * FPS
    for scene in scenes:
        painted = next(iter(render_scene(scene.spec, fps=FPS, size=SIZE, seconds=1)))
        time, shown = frames[int(scene.start * FPS)]
        assert time == pytest.approx(scene.start, abs=0.01)
        assert np.abs(shown.astype(float) - painted).mean() < 12  # what encoding may change
        sound = read_audio(path, 16_000, start=scene.start + 0.2, end=scene.end - 0.2)
        assert np.sqrt(np.mean(sound**2)) > 0.02


def test_a_scene_with_a_style_has_music_in_it() -> None:
    scene = next(scene for scene in film_scenes(seconds=3) if scene.style == "house")
    loud, quiet = scene_sound(scene), scene_sound(replace(scene, style=None))
    assert loud.shape == quiet.shape == (2, 3 * RATE)
    assert np.abs(loud).max() <= 1.0
    assert np.mean(loud**2) > 3 * np.mean(quiet**2)


def test_a_film_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    def frames() -> Iterator[np.ndarray]:
        yield np.zeros((54, 96, 3), np.uint8)
        raise RuntimeError("lamp broken")

    path = tmp_path / "film.mp4"
    with pytest.raises(RuntimeError, match="lamp broken"):
        write_film(path, [(frames(), np.zeros((2, RATE), np.float32))], fps=FPS, size=SIZE, rate=RATE, tags={})
    assert not list(tmp_path.iterdir())
