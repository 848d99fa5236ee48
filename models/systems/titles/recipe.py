"""The song-title system by name."""

from __future__ import annotations

from models.systems.base import Recipe
from models.systems.titles.data import prepare
from models.systems.titles.settings import TitlesSettings
from models.systems.titles.system import Titles

RECIPE = Recipe(name="titles", settings=TitlesSettings, prepare=prepare, build=Titles)
