"""The vocabulary of tags: groups, words and their synonyms."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("vocabulary.toml")
GROUPS = ("genre", "mood", "instrument", "vocal")


@dataclass(frozen=True)
class Vocabulary:
    """Tags in output order.

    Attributes
    ----------
    names : tuple of str
    groups : tuple of str
        The group of each name.
    synonyms : dict of str to tuple of str
    """

    names: tuple[str, ...]
    groups: tuple[str, ...]
    synonyms: dict[str, tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.names)

    def index(self, name: str) -> int:
        """Position of a tag; ValueError for a word that is none."""
        return self.names.index(name)

    def find(self, text: str) -> list[int]:
        """Tags that `text` names by themselves or by a synonym, longest match first, as sorted positions."""
        found = set()
        taken = text.lower()
        for pattern, index in _patterns(self):
            if pattern.search(taken):
                found.add(index)
                taken = pattern.sub(" ", taken)
        return sorted(found)


@cache
def load_vocabulary() -> Vocabulary:
    """Read `vocabulary.toml`."""
    table = tomllib.loads(FILE.read_text(encoding="utf-8"))
    names = [(name, group) for group in GROUPS for name in table[group]]
    synonyms = {name: tuple(words) for group in GROUPS for name, words in table[group].items()}
    return Vocabulary(tuple(n for n, _ in names), tuple(g for _, g in names), synonyms)


_COMPILED: dict[int, list[tuple[re.Pattern[str], int]]] = {}


def _patterns(vocabulary: Vocabulary) -> list[tuple[re.Pattern[str], int]]:
    if id(vocabulary) not in _COMPILED:
        words = [
            (word, index) for index, name in enumerate(vocabulary.names) for word in (name, *vocabulary.synonyms[name])
        ]
        words.sort(key=lambda pair: -len(pair[0]))
        _COMPILED[id(vocabulary)] = [
            (re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])"), index) for word, index in words
        ]
    return _COMPILED[id(vocabulary)]
