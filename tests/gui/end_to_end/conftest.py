"""A small library of real music, footage, and panels over them in a virtual display."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from plugin.demo.film import film_scenes, make_film
from plugin.demo.library import CATALOGUE, make_track
from plugin.library.indexing import IndexRun
from plugin.library.roots import add_root
from plugin.library.store import Library
from plugin.runtime.engine import Engine
from tests.gui.end_to_end.panel_process import PanelProcess
from tests.host_bridge.blender.blender_process import display

STYLES = ("ambient_pad", "horror", "orchestral_epic", "piano_ballad", "techno", "comedy")
SECONDS = 30
"""Of a track."""
SCENE_SECONDS = 4
"""Of each of the film's two scenes."""


@dataclass(frozen=True)
class World:
    """What the user has: music, a library of it, and footage."""

    home: Path
    music: Path
    film: Path


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Make it all once."""
    if shutil.which("Xvfb") is None:
        pytest.skip("needs the package xvfb")
    folder = tmp_path_factory.mktemp("world")
    world = World(folder / "home", folder / "music", folder / "two scenes.mp4")
    for path in (world.home, world.music):
        path.mkdir()
    for recipe in CATALOGUE:
        if recipe.style in STYLES:
            make_track(world.music / f"{recipe.title}.wav", replace(recipe, seconds=SECONDS))
    make_film(world.film, film_scenes(SCENE_SECONDS)[:2], size=(320, 180))
    add_root(world.home / "library.db", world.music)
    engine = Engine(device="cpu")
    engine.load()
    with Library(world.home / "library.db", writable=True) as library:
        run = IndexRun(library, engine, workers=1)
        run.run([world.music])
        assert run.report.indexed == len(STYLES), run.report
    return world


@pytest.fixture
def world(made: World, tmp_path: Path) -> World:
    """The same with a home of the test's own."""
    return replace(made, home=Path(shutil.copytree(made.home, tmp_path / "home")))


@pytest.fixture(scope="session")
def screen() -> Iterator[str]:
    """The display of the panels."""
    with display() as name:
        yield name


Opener = Callable[..., PanelProcess]


@pytest.fixture
def open_panel(world: World, screen: str, tmp_path: Path) -> Iterator[Opener]:
    """Starts a panel over the world: (arguments, environment); what a test leaves open is killed."""
    opened = []
    user = tmp_path / "user"
    user.mkdir()
    quiet = {
        "CUEFINDER_HOME": str(world.home), "CUEFINDER_BRIDGE": str(tmp_path / "bridge"), "HOME": str(user),
        "XDG_RUNTIME_DIR": str(user), "PULSE_SERVER": f"unix:{user}/no-server",
    }  # fmt: skip

    def start(*arguments: str, **environment: str) -> PanelProcess:
        panel = PanelProcess(tmp_path, screen, *arguments, **quiet | environment)
        opened.append(panel)
        return panel

    yield start
    for panel in opened:
        panel.kill()


@pytest.fixture
def bridge(tmp_path: Path) -> Path:
    """Where editors find the panel's address."""
    return tmp_path / "bridge"


@pytest.fixture(autouse=True)
def no_display_of_the_tests_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
