"""Systems by name, imported when asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from models.errors import ConfigError
from models.systems.base import Recipe

NAMES = ("synaesthesia", "titles", "alcap", "viml")


def find(name: str) -> Recipe[Any]:
    """Give the recipe of a system; ConfigError for an unknown name."""
    if name not in NAMES:
        raise ConfigError(f"there is no system {name!r}: choose one of {', '.join(NAMES)}")
    recipe: Recipe[Any] = import_module(f"models.systems.{name}.recipe").RECIPE
    return recipe
