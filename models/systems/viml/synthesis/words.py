"""English: articles, lists, agreement, sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence

_VOWEL_SOUND = re.compile(
    r"^(?!u[bcfhjkqrst][aeiou]|uni(?![mn])|use|usa|ukulele|eu|one\b|once\b)[aeiou]|^(?:hono|hour|heir|honest|8|11\b|18\b)",
    re.IGNORECASE,
)
_SPELT = re.compile(r"^(?:[AEFHILMNORSX](?:[A-Z0-9&]|\b(?!['-]?[a-z]))|r&b|rnb\b|mpb\b|fm\b|mc\b)")
"""Abbreviations that are spelt out and begin with a vowel's sound: an FM synthesizer, an R&B song."""
_MASS = frozenset(
    ("ambience", "beatbox", "beatboxing", "brass", "humming", "noise", "percussion", "rap", "scratching", "singing",
     "whistling", "woodwind")
)  # fmt: skip
"""Uncountable."""


def article(word: str) -> str:
    """Give `a` or `an` for what follows it."""
    return "an" if _SPELT.match(word) or _VOWEL_SOUND.match(word) else "a"


def is_plural(noun: str) -> bool:
    """Whether the name of an instrument takes no article: plural or uncountable (`drums`, `brass`, `male vocals`)."""
    last = noun.lower().split()[-1] if noun.split() else ""
    return last in _MASS or (last.endswith("s") and not last.endswith(("ss", "us")))


def with_article(noun: str) -> str:
    """Put the article before the name of an instrument where it takes one."""
    return noun if is_plural(noun) else f"{article(noun)} {noun}"


def listed(words: Sequence[str]) -> str:
    """Join words as a list of English: `a`, `a and b`, `a, b, and c`."""
    if len(words) < 3:
        return " and ".join(words)
    return f"{', '.join(words[:-1])}, and {words[-1]}"


def capitalised(text: str) -> str:
    """Begin with a capital, changing nothing else."""
    return text[:1].upper() + text[1:]


def tidy(text: str) -> str:
    """Put spaces, the capitals of sentences and the last full stop right.

    Returns
    -------
    str
        One line; empty where there is no letter in `text`.
    """
    text = re.sub(r"\s+([,.;:!?])", r"\1", " ".join(text.split()))
    if not re.search(r"[A-Za-z]", text):
        return ""
    text = re.sub(r"(^|[.!?] )([a-z])", lambda match: match[1] + match[2].upper(), text)
    return text if text.endswith((".", "!", "?")) else text.rstrip(",;:- ") + "."
