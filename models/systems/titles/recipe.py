"""The song-title system by name."""

from __future__ import annotations

from models.systems.base import Recipe, State
from models.systems.pretrained import weights_wanted
from models.systems.titles.data import prepare
from models.systems.titles.settings import TitlesSettings
from models.systems.titles.system import Titles


def build(settings: TitlesSettings, state: State) -> Titles:
    """Make the system, with the published weights that the settings name unless a checkpoint's follow."""
    system = Titles(settings, state)
    if weights_wanted():
        system.load_pretrained()
    return system


RECIPE = Recipe(name="titles", settings=TitlesSettings, prepare=prepare, build=build)
