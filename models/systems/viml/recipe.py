"""ViML by name."""

from __future__ import annotations

from models.systems.base import Recipe, State
from models.systems.viml.prepare import prepare
from models.systems.viml.settings import ViMLSettings
from models.systems.viml.system import ViML


def build(settings: ViMLSettings, state: State) -> ViML:
    """Give the system with fresh weights."""
    return ViML(settings, state)


RECIPE = Recipe("viml", ViMLSettings, prepare, build)
