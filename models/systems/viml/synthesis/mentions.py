"""Which tags a text names, and which it names without cause."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType

FILE = Path(__file__).with_name("vocabulary.toml")
GROUPS = ("genre", "mood", "instrument")


@cache
def read_vocabulary() -> Mapping[str, tuple[str, ...]]:
    """Words of the vocabulary beside this file, by group."""
    content = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return MappingProxyType({group: tuple(content[group]) for group in GROUPS})


@cache
def read_forms() -> Mapping[str, tuple[str, ...]]:
    """Other words that say a tag: the word, and the tags that it can stand for."""
    content = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return MappingProxyType({word: tuple(tags) for word, tags in content["forms"].items()})


def _stem(word: str) -> str:
    """Take the ending of a plural off, where the rest is still told apart."""
    return word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith(("ss", "us", "es")) else word


def _words(text: str) -> tuple[str, ...]:
    return tuple(_stem(word) for word in re.findall(r"[^\W_]+(?:['&][^\W_]+)*", text.lower()))


def _holds(whole: Sequence[str], part: Sequence[str]) -> bool:
    return any(tuple(whole[i : i + len(part)]) == tuple(part) for i in range(len(whole) - len(part) + 1))


class Mentions:
    """Finds tags in texts by whole words; number, hyphens and capitals do not matter, the longest name wins.

    Parameters
    ----------
    words : iterable of str
        The tags to know.
    forms : mapping of str to sequence of str
        Other words and the tags that they can stand for; those for tags not in `words` are left out.
    """

    def __init__(self, words: Iterable[str], forms: Mapping[str, Sequence[str]] | None = None):
        self.tags = {word.lower(): _words(word) for word in words}
        self._owners: dict[tuple[str, ...], set[str]] = {}
        for tag, name in self.tags.items():
            self._owners.setdefault(name, set()).add(tag)
        for form, owners in (read_forms() if forms is None else forms).items():
            known = {owner for owner in owners if owner in self.tags}
            if known:
                self._owners.setdefault(_words(form), set()).update(known)
        self._owners.pop((), None)
        self._longest = max(map(len, self._owners), default=0)

    def _matches(self, text: str) -> list[tuple[str, ...]]:
        words, found, place = _words(text), [], 0
        while place < len(words):
            for length in range(min(self._longest, len(words) - place), 0, -1):
                if (name := words[place : place + length]) in self._owners:
                    found.append(name)
                    place += length
                    break
            else:
                place += 1
        return found

    def named(self, text: str, tags: Iterable[str]) -> set[str]:
        """Give those of `tags` that a text names: itself, by another word, or within a longer name."""
        matches, whole = self._matches(text), _words(text)
        found = set()
        for tag in tags:
            name = self.tags.get(tag, _words(tag))
            if _holds(whole, name) or any(tag in self._owners[match] for match in matches):
                found.add(tag)
        return found

    def invented(self, text: str, tags: Iterable[str]) -> set[str]:
        """Give the known tags' names in a text that none of `tags` bears out.

        A part of a true tag's name is no invention: `guitar` where there is an `electric guitar`.
        """
        true = set(tags)
        names = [self.tags.get(tag, _words(tag)) for tag in true]
        return {
            " ".join(match)
            for match in self._matches(text)
            if not self._owners[match] & true and not any(_holds(name, match) for name in names)
        }
