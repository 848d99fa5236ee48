"""Prompts by analogy: tags A are to description A' as tags B are to what the model writes (ViML, section 3.1, I)."""

from __future__ import annotations

import json
import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.errors import ConfigError
from models.systems.viml.synthesis.base import Tag, select
from models.systems.viml.synthesis.templates import OTHER, Group, grouped

FILE = Path(__file__).with_name("examples.toml")
QUESTION, ANSWER = "[Input]:", "[Output]:"


@dataclass(frozen=True)
class Example:
    """A pair of the analogy: tags, the most confident first, and how a human describes the track."""

    tags: tuple[Tag, ...]
    text: str


def read_examples(path: Path = FILE) -> tuple[Example, ...]:
    """Read pairs: tables `examples` with `text` and, by group, tags with confidences.

    Raises
    ------
    ConfigError
        If the file cannot be read or a pair lacks its text or its tags; the line says which.
    """
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("examples", [])
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: the examples cannot be read ({error})") from error
    examples = []
    for number, entry in enumerate(entries, 1):
        try:
            text = " ".join(str(entry["text"]).split())
            groups = {word: group for group, words in entry.items() if group != "text" for word in words}
            tags = {word: float(entry[group][word]) for word, group in groups.items()}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ConfigError(f"{path}: example {number} needs text, and tags with confidences by group") from error
        if not text or not tags:
            raise ConfigError(f"{path}: example {number} needs text, and tags with confidences by group")
        examples.append(Example(select(tags, groups, 0.0, len(tags)), text))
    return tuple(examples)


def save_examples(path: Path, examples: Sequence[Example]) -> Path:
    """Write pairs as `read_examples` reads them; tags without a group are put under `other`."""
    entries = []
    for example in examples:
        by_group: dict[str, list[str]] = {}
        for tag in example.tags:
            entry = f"{json.dumps(tag.word, ensure_ascii=False)} = {tag.confidence!r}"
            by_group.setdefault(tag.group or OTHER, []).append(entry)
        lines = [f"{json.dumps(group)} = {{ {', '.join(words)} }}" for group, words in by_group.items()]
        entries.append("\n".join(["[[examples]]", f"text = {json.dumps(example.text, ensure_ascii=False)}", *lines]))
    path.write_text("\n\n".join(entries) + "\n", encoding="utf-8")
    return path


def describe(tags: Sequence[Tag], groups: Mapping[str, Group]) -> str:
    """Write tags as in figure 2: `GENRES: rock (82.6%), pop (31.0%); MOODS: happy (40.2%)`, most confident first."""
    return "; ".join(
        f"{groups[name].label}: {', '.join(f'{tag.word} ({tag.confidence:.1%})' for tag in members)}"
        for name, members in grouped(tags, groups).items()
    )


def write_prompt(examples: Sequence[Example], tags: Sequence[Tag], groups: Mapping[str, Group]) -> str:
    """Write the analogy; it ends where the model has to go on."""
    pairs = "".join(f"{QUESTION} {describe(pair.tags, groups)}\n{ANSWER} {pair.text}\n" for pair in examples)
    return f"{pairs}{QUESTION} {describe(tags, groups)}\n{ANSWER}"


def first_line(text: str) -> str:
    """Take what the model wrote up to the end of its line, or to where it asks itself the next question."""
    line = text.split("\n", 1)[0]
    for mark in (QUESTION, ANSWER):
        place = line.lower().find(mark.lower().rstrip(":"))
        line = line if place < 0 else line[:place]
    return line.strip()


def draw(examples: Sequence[Example], shots: int, tags: Sequence[Tag], rng: random.Random) -> list[Example]:
    """Draw pairs without putting one back; pairs of the very tags in question would give the answer away."""
    asked = {tag.word for tag in tags}
    others = [pair for pair in examples if {tag.word for tag in pair.tags} != asked]
    return rng.sample(others, min(shots, len(others)))
