"""The models that are known to work as parts."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Entry:
    """A model of the catalogue.

    Attributes
    ----------
    name : str
        By which it is installed.
    role : str
        What it does; one of `plugin.parts.part.ROLES`.
    source : str
        Repository on the Hugging Face hub; empty where it comes from a file or a folder of the user's.
    licence, url : str
        As published.
    bytes : int
        What is fetched; 0 where nothing is.
    about : str
        What it is for.
    how : str
        What the user does where there is no source.
    """

    name: str
    role: str
    source: str
    licence: str
    url: str
    bytes: int
    about: str
    how: str = ""


@cache
def catalogue() -> dict[str, Entry]:
    """Give the entries by name."""
    text = resources.files("plugin.parts").joinpath("catalogue.toml").read_text(encoding="utf-8")
    return {name: Entry(name, **values) for name, values in tomllib.loads(text).items()}
