"""The demo film: six short scenes with ambient sound, two of them with music."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plugin.demo.ambience import TEXTURES
from plugin.demo.encode import write_film
from plugin.synth.arranger import arrange
from plugin.synth.render import render
from plugin.synth.scenes import SceneSpec, render_scene

FPS = 24
SIZE = (640, 360)
RATE = 44_100


@dataclass(frozen=True)
class FilmScene:
    """A scene of the film.

    Parameters
    ----------
    name : str
    spec : SceneSpec
        What is to be seen.
    words : str
        What an editor would type to find music for it.
    sounds : tuple of (str, float)
        Textures of `plugin.demo.ambience` and their gains.
    style : str, optional
        Style of the music that plays in the scene.
    seconds : int
    start : float
        Where it begins in the film.
    """

    name: str
    spec: SceneSpec
    words: str
    sounds: tuple[tuple[str, float], ...]
    style: str | None = None
    seconds: int = 11
    start: float = 0.0

    @property
    def end(self) -> float:
        """Where it ends in the film, in seconds."""
        return self.start + self.seconds


_SCENES = (
    FilmScene(
        "Calm sea at dusk",
        SceneSpec(12, "sea", "dusk", camera="slow pan", motion=0.15, grade="warm", grain=0.05),
        "calm relaxing ambient",
        (("waves", 1.0), ("wind", 0.15)),
    ),
    FilmScene(
        "Night chase in the rain",
        SceneSpec(5, "city", "night", "rain", "handheld", motion=0.95, cuts=8, grade="cold", light=0.6, grain=0.1),
        "tense electronic chase",
        (("street", 1.2), ("rain", 0.5), ("steps", 0.5)),
    ),
    FilmScene(
        "Mountains at dawn",
        SceneSpec(21, "mountains", "dawn", camera="slow pan", motion=0.2, light=0.6),
        "majestic orchestral music, hopeful",
        (("wind", 1.0),),
    ),
    FilmScene(
        "Creatures in the meadow",
        SceneSpec(3, "cartoon", "day", motion=0.6, cuts=2, grade="saturated", light=0.6),
        "playful funny comedy music",
        (("birds", 0.35), ("hops", 0.3)),
        style="comedy",
    ),
    FilmScene(
        "Haunted house",
        SceneSpec(8, "haunted house", "night", "storm", "zoom", motion=0.4, grade="cold", light=0.65, letterbox=True),
        "scary dark suspense",
        (("wind", 0.7), ("thunder", 1.3), ("rain", 0.3)),
    ),
    FilmScene(
        "Party",
        SceneSpec(4, "party", "night", camera="handheld", motion=0.9, cuts=4, grade="saturated", light=0.6),
        "energetic dance music",
        (("crowd", 0.35),),
        style="house",
    ),
)


def film_scenes(seconds: int | None = None) -> list[FilmScene]:
    """List the scenes in their places in the film; `seconds` overrides the length of each."""
    placed, start = [], 0.0
    for scene in _SCENES:
        scene = replace(scene, start=start, seconds=seconds or scene.seconds)
        start = scene.end
        placed.append(scene)
    return placed


def scene_sound(scene: FilmScene) -> NDArray[np.float32]:
    """Make the sound of a scene, float32 [2, N] at `RATE`, with short fades at both ends."""
    samples = scene.seconds * RATE
    rng = np.random.default_rng([scene.spec.seed, 6])
    sound = np.zeros((2, samples), np.float32)
    for name, gain in scene.sounds:
        sound += np.float32(gain) * TEXTURES[name](rng, samples, RATE)
    if scene.style:
        # The piece is cut out of a longer one, past its introduction.
        music = render(arrange(scene.style, scene.spec.seed, scene.seconds + 12.0), rate=RATE)
        sound += np.float32(0.7) * music[:, 8 * RATE : 8 * RATE + samples]
    fade = np.minimum(1.0, np.arange(samples) / (0.15 * RATE)).astype(np.float32)
    sound *= fade * fade[::-1]
    return np.tanh(sound).astype(np.float32)  # soft limit: thunder may not clip


def make_film(
    path: Path,
    scenes: Sequence[FilmScene] | None = None,
    *,
    size: tuple[int, int] = SIZE,
) -> None:
    """Film all scenes into one MP4 file.

    Parameters
    ----------
    path : pathlib.Path
        An old file is replaced.
    scenes : sequence of FilmScene, optional
        Those of `film_scenes` unless given.
    size : tuple of int
        Width and height in pixels.
    """
    scenes = film_scenes() if scenes is None else scenes

    def parts() -> Iterator[tuple[Iterator[NDArray[np.uint8]], NDArray[np.float32]]]:
        for scene in scenes:
            yield render_scene(scene.spec, fps=FPS, size=size, seconds=scene.seconds), scene_sound(scene)

    tags = {"title": "Six scenes", "artist": "Cuefinder"}
    write_film(path, parts(), fps=FPS, size=size, rate=RATE, tags=tags)
