"""Template sentences: from the tags of a group to a short fact in words (ViML, section 3.1, II)."""

from __future__ import annotations

import random
import string
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path

from models.errors import ConfigError
from models.systems.viml.synthesis.base import Tag
from models.systems.viml.synthesis.words import article, capitalised, is_plural, listed, with_article

OTHER = "other"
FILE = Path(__file__).with_name("templates.toml")
_FIELDS = frozenset({"tags", "one", "each", "Each", "s", "be"})


@dataclass(frozen=True)
class Template:
    """A sentence for the tags of a group, and what is left of it after another sentence."""

    sentence: str
    tail: str


@dataclass(frozen=True)
class Group:
    """How the tags of a group are written.

    Attributes
    ----------
    salience : float
        How much it tends to come first; above 0.
    label : str
        Its name in prompts.
    head : bool
        Whether its sentence may be continued by those of other groups.
    templates : tuple of Template
        At least one.
    """

    salience: float
    label: str
    head: bool
    templates: tuple[Template, ...]


@dataclass(frozen=True)
class Fact:
    """The filled template of a group.

    Attributes
    ----------
    group : str
        Key of the group.
    words : tuple of str
        The tags that it names.
    sentence, tail : str
        It as a sentence of its own, and as the end of another.
    """

    group: str
    words: tuple[str, ...]
    sentence: str
    tail: str


@cache
def read_groups(path: Path = FILE) -> Mapping[str, Group]:
    """Read a file of templates.

    Raises
    ------
    ConfigError
        If it cannot be read, or a group lacks something; the line says which.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: the templates cannot be read ({error})") from error
    groups = {}
    for name, entry in content.get("groups", {}).items():
        try:
            templates = tuple(Template(str(t["sentence"]), str(t["tail"])) for t in entry["templates"])
            group = Group(float(entry["salience"]), str(entry["label"]), bool(entry["head"]), templates)
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigError(f"{path}: groups.{name} needs salience, label, head and templates ({error})") from error
        if not templates or not group.salience > 0:
            raise ConfigError(f"{path}: groups.{name} needs a template and a salience above 0")
        for text in (text for template in templates for text in (template.sentence, template.tail)):
            fields = {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}
            if not fields or not fields <= _FIELDS:
                known = ", ".join(sorted(_FIELDS))
                raise ConfigError(f"{path}: groups.{name}: {text!r} must name the tags, with places out of {known}")
        groups[name] = group
    if OTHER not in groups:
        raise ConfigError(f"{path}: it needs a group {OTHER!r} for the tags of unknown groups")
    return groups


def grouped(tags: Sequence[Tag], groups: Mapping[str, Group]) -> dict[str, list[Tag]]:
    """Put tags together by group, in the order of the templates' file; unknown groups are `other`."""
    found: dict[str, list[Tag]] = {name: [] for name in groups}
    for tag in tags:
        found[tag.group if tag.group in groups else OTHER].append(tag)
    return {name: members for name, members in found.items() if members}


def fill(template: Template, group: str, words: Sequence[str]) -> Fact:
    """Put words into a template."""
    several = len(words) > 1 or is_plural(words[0])
    each = listed([with_article(word) for word in words])
    fields = {
        "tags": listed(words), "one": f"{article(words[0])} {listed(words)}", "each": each, "Each": capitalised(each),
        "s": "" if several else "s", "be": "are" if several else "is",
    }  # fmt: skip
    # "classical music" is a tag of some data sets.
    sentence, tail = (text.format(**fields).replace("music music", "music") for text in astuple(template))
    return Fact(group, tuple(words), sentence, tail)


def facts(tags: Sequence[Tag], groups: Mapping[str, Group], rng: random.Random) -> list[Fact]:
    """Draw a template for every group that has tags and fill it; the tags of a group in random order."""
    made = []
    for name, members in grouped(tags, groups).items():
        words = [tag.word for tag in members]
        rng.shuffle(words)
        made.append(fill(rng.choice(groups[name].templates), name, words))
    return made
