"""What the user of a test has: music, a library of it, and footage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from plugin.demo.film import film_scenes, make_film
from plugin.demo.library import CATALOGUE, make_track
from plugin.library.indexing import IndexRun
from plugin.library.roots import add_root
from plugin.library.store import Library
from plugin.runtime.engine import Engine
from tests.gui.end_to_end.panel_process import PanelProcess

STYLES = ("ambient_pad", "horror", "orchestral_epic", "piano_ballad", "techno", "comedy")
TRACK_SECONDS = 30
SCENE_SECONDS = 4
"""Of each of the film's two scenes."""

Opener = Callable[..., PanelProcess]
"""Starts a panel over a world: (arguments, environment)."""


@dataclass(frozen=True)
class World:
    """Folders of the library and of the music, and the film."""

    home: Path
    music: Path
    film: Path


def make_world(folder: Path) -> World:
    """Make it all, and let the real engine hear it."""
    world = World(folder / "home", folder / "music", folder / "two scenes.mp4")
    for path in (world.home, world.music):
        path.mkdir()
    for recipe in CATALOGUE:
        if recipe.style in STYLES:
            make_track(world.music / f"{recipe.title}.wav", replace(recipe, seconds=TRACK_SECONDS))
    make_film(world.film, film_scenes(SCENE_SECONDS)[:2], size=(320, 180))
    engine = Engine(device="cpu")
    engine.load()
    library_file = world.home / "library.db"
    add_root(library_file, world.music)
    with Library(library_file, writable=True) as library:
        run = IndexRun(library, engine, workers=1)
        run.run([world.music])
    assert run.report.indexed == len(STYLES), run.report
    return world
