"""The whole window over a small library, a film and a timeline, made once a process, for states that need music."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

from gui.demo import Demo, make_demo
from gui.models.cancellation import Cancellation
from gui.models.engines import Engines
from gui.models.service import LibraryService
from gui.screenshots.stage import Stage
from gui.window import PanelWindow
from plugin.demo.film import FilmScene, film_scenes
from plugin.demo.library import CATALOGUE

PIECES = ("Low Tide Lullaby", "Your Coat on the Chair", "Fence Post Letters", "Pursuit Protocol", "Sugar and Shade",
          "Banners over Tarn", "Runaway Wheelbarrow", "The Nursery Door")  # fmt: skip
PIECE_SECONDS = 32
SCENES = ("Calm sea at dusk", "Night chase in the rain", "Party")


@cache
def demo() -> Demo:
    """Make the media once; every stage gets a copy of them with a library of its own."""
    folder = Path(tempfile.gettempdir()) / "cuefinder-music"  # a name that can be shown
    try:
        folder.mkdir()
    except FileExistsError:  # another process shows it
        folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = Demo(folder)
    recipes = [replace(recipe, seconds=PIECE_SECONDS) for recipe in CATALOGUE if recipe.title in PIECES]
    make_demo(made, Engines(device="cpu"), lambda *_: None, Cancellation(), scenes=scenes(), recipes=recipes)
    return made


def scenes() -> list[FilmScene]:
    """Three scenes of the demo film, one after the other."""
    chosen = [scene for scene in film_scenes() if scene.name in SCENES]
    starts = [sum(scene.seconds for scene in chosen[:number]) for number in range(len(chosen))]
    return [replace(scene, start=float(start)) for scene, start in zip(chosen, starts, strict=True)]


def open_window(stage: Stage, *, with_music: bool = True) -> PanelWindow:
    """Open the window, with the library and timeline of the demo or with nothing."""
    library = stage.folder / "library.db"
    if with_music:
        shutil.copy(demo().library, library)
    service = LibraryService(library, stage.engines)
    window = PanelWindow(service, stage.tasks, stage.keeper, stage.folder / "bridge")
    stage.closing.callback(service.close)
    stage.closing.callback(window.close)
    window.show()
    stage.wait_until(lambda: "CPU" in window.messages.device.text() and window.messages.library.text() != "")
    if with_music:
        window.timeline.open_timeline(demo().timeline)
        stage.wait_until(lambda: window.timeline.clips.clips.rowCount() == 2 * len(SCENES))
    return window
