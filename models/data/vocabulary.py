"""The vocabulary of tags: groups, words and their synonyms."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
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

    @cached_property
    def words(self) -> tuple[tuple[re.Pattern[str], str, int], ...]:
        """Every name and synonym, longest first: a pattern for the whole word, the word, the tag's position."""
        words = [(w, i) for i, name in enumerate(self.names) for w in (name, *self.synonyms[name])]
        words.sort(key=lambda pair: -len(pair[0]))
        return tuple((re.compile(rf"(?<![\w-]){re.escape(w)}(?![\w-])"), w, i) for w, i in words)

    def find(self, text: str) -> list[int]:
        """Tags that `text` names by themselves or by a synonym, longest match first, as sorted positions."""
        found = set()
        taken = text.lower()
        for pattern, _, index in self.words:
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
