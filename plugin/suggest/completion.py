"""Texts that a user may be about to write: past questions, and words of the vocabulary."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from plugin.pack import Vocabulary

MOST = 12
"""Texts that are offered."""

LAST_WORDS = 4
"""Words of what is written that are taken for the beginning of a phrase; none of a vocabulary is longer."""


def phrases(vocabulary: Vocabulary) -> list[str]:
    """Give all that a text can be completed to: the tags, then their synonyms."""
    synonyms = (word for tag in vocabulary.tags for word in tag.synonyms)
    return list(dict.fromkeys([*vocabulary.names, *synonyms]))


def complete(words: str, vocabulary: Sequence[str], past: Sequence[str]) -> list[str]:
    """Complete what is written.

    Past texts that begin with it come first, the latest before the others; then what is written with its last words
    completed to a phrase of the vocabulary, where the longest match counts ("female v" before "v"), and phrases that
    begin with them are before those of which a later word does; then past texts in which a later word begins with it.

    Parameters
    ----------
    words : str
        As it is written so far; case does not matter.
    vocabulary : sequence of str
        Phrases, the more usual first.
    past : sequence of str
        Earlier texts, the latest last.

    Returns
    -------
    list of str
        Whole texts, best first, each once and none equal to `words`; at most `MOST`.
    """
    key = _plain(words).casefold()
    if not key:
        return []
    starting, holding = _past(key, past)
    return _distinct([*starting, *_with_last_words(words.lstrip(), vocabulary), *holding], key)


def _past(key: str, past: Sequence[str]) -> tuple[list[str], list[str]]:
    """Find past texts that begin with what is written, and those in which a later word does; only as many as fit."""
    first, later = key.split(" ", 1)[0], f" {key}"
    starting: dict[str, str] = {}
    holding: dict[str, str] = {}
    for text in reversed(past):
        if first in text.casefold():  # most texts are done with here
            plain = _plain(text)
            folded = plain.casefold()
            if folded.startswith(key):
                starting.setdefault(folded, plain)
                if len(starting) > MOST:
                    break
            elif later in folded and len(holding) <= MOST:
                holding.setdefault(folded, plain)
    return list(starting.values()), list(holding.values())


def _with_last_words(words: str, vocabulary: Sequence[str]) -> list[str]:
    if words[-1:].isspace():  # every word would fit
        return []
    comma = max(words.rfind(","), words.rfind(";"))
    starts = [word.start() for word in re.finditer(r"[^\s,;]+", words) if word.start() > comma]
    folded = [(phrase.casefold(), phrase) for phrase in vocabulary]
    found: dict[str, str] = {}  # by phrase: "a female v" is not to become "a female female vocals"
    for start in starts[-LAST_WORDS:]:  # from the most words to the last one alone
        typed = _plain(words[start:]).casefold()
        fitting = [phrase for fold, phrase in folded if fold.startswith(typed)]
        fitting += [phrase for fold, phrase in folded if f" {typed}" in fold]
        for phrase in fitting:
            found.setdefault(phrase, words[:start] + phrase)
    return list(found.values())


def _distinct(texts: Iterable[str], key: str) -> list[str]:
    found: dict[str, str] = {}
    for text in texts:
        found.setdefault(_plain(text).casefold(), text)
    found.pop(key, None)
    return list(found.values())[:MOST]


def _plain(text: str) -> str:
    return " ".join(text.split())
