"""Whether what a language model wrote can stand as the description of a track."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from models.systems.viml.synthesis.base import Tag
from models.systems.viml.synthesis.mentions import Mentions

_CHARACTERS = re.compile(r"[\x20-\x7eà-öø-ÿÀ-ÖØ-ß‘’“”–—…]*")
_WORD = re.compile(r"[A-Za-zà-öø-ÿÀ-ÖØ-ß0-9]+(?:['’&-][A-Za-zà-öø-ÿÀ-ÖØ-ß0-9]+)*")
_COMMON = frozenset(
    ("a", "an", "and", "at", "by", "for", "from", "in", "is", "it", "its", "like", "music", "of", "on", "over", "piece",
     "play", "plays", "song", "that", "the", "this", "to", "track", "tune", "with")
)  # fmt: skip
"""Words of which a description in English has at least one."""


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def _runs(words: Sequence[str], length: int) -> list[tuple[str, ...]]:
    return [tuple(words[i : i + length]) for i in range(len(words) - length + 1)]


@dataclass(frozen=True)
class Validator:
    """Checks texts.

    Attributes
    ----------
    mentions : Mentions
        Knows the vocabulary whose words must not be invented.
    at_least : int
        Tags that must be named, or all where there are fewer.
    fewest, most : int
        Words of a text.
    """

    mentions: Mentions
    at_least: int = 2
    fewest: int = 4
    most: int = 60

    def problem(self, text: str, tags: Sequence[Tag], examples: Iterable[str] = ()) -> str | None:
        """Say in one word why a text will not do, or None.

        Parameters
        ----------
        text : str
            A line.
        tags : sequence of Tag
            The confident tags of the track.
        examples : iterable of str
            Texts that it must not repeat.

        Returns
        -------
        str or None
            length, language, repetition, copy, tags (too few are named) or invented (a tag that the track lacks).
        """
        words = _words(text)
        if not self.fewest <= len(words) <= self.most:
            return "length"
        if not self._english(text, words):
            return "language"
        if repeats(words):
            return "repetition"
        if any(copies(words, _words(example)) for example in examples):
            return "copy"
        true = {tag.word for tag in tags}
        if len(self.mentions.named(text, true)) < min(self.at_least, len(true)):
            return "tags"
        if self.mentions.invented(text, true):
            return "invented"
        return None

    @staticmethod
    def _english(text: str, words: Sequence[str]) -> bool:
        """Characters of English, mostly words, most of them pronounceable, one of the commonest among them."""
        letters = sum(map(len, words))
        long = [word for word in words if len(word) > 3]
        spoken = [word for word in long if re.search(r"[aeiouyà-öø-ÿ]", word) and re.search(r"[^aeiou]", word)]
        return (
            _CHARACTERS.fullmatch(text) is not None
            and letters >= 0.7 * len(text.replace(" ", ""))
            and max(map(len, words)) <= 24
            and len(spoken) >= 0.9 * len(long)
            and not _COMMON.isdisjoint(words)
        )


def repeats(words: Sequence[str]) -> bool:
    """Whether a word follows itself, also after an `and`, or a run of four words comes twice."""
    runs = _runs(words, 4)
    twice = any(a == b for a, b in _runs(words, 2)) or any(a == c and b == "and" for a, b, c in _runs(words, 3))
    return twice or len(set(runs)) < len(runs)


def copies(words: Sequence[str], example: Sequence[str]) -> bool:
    """Whether four fifths of the runs of four words are those of an example, or the whole is part of it."""
    if len(words) < 4:
        return tuple(words) in set(_runs(example, len(words)))
    runs, known = _runs(words, 4), set(_runs(example, 4))
    return sum(run in known for run in runs) >= 0.8 * len(runs)
