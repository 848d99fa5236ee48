"""WordNet for METEOR's synonyms, offline, wherever `models.data.wordnet` finds it.

METEOR asks a reader only for the synonyms of a word: `Dictionary` has as much of the interface of nltk's reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from models.data.wordnet import ENDINGS, PARTS, Database, stems
from models.data.wordnet import load as load_database

# "ves" is nltk's addition to morphy's endings; scores are to be those that nltk's reader gives.
_ENDINGS = {**ENDINGS, "noun": (*ENDINGS["noun"], ("ves", "f"))}


class WordNetMissingError(RuntimeError):
    """WordNet is nowhere on this machine; the message says what to install."""


@dataclass(frozen=True)
class Lemma:
    """A word of a synset."""

    word: str

    def name(self) -> str:
        """Give the word, underscores for blanks, in the dictionary's case."""
        return self.word


@dataclass(frozen=True)
class Synset:
    """Words of one meaning."""

    words: tuple[str, ...]

    def lemmas(self) -> list[Lemma]:
        """Give the words in the dictionary's order."""
        return [Lemma(word) for word in self.words]


class Dictionary:
    """Synonyms by the names that nltk's METEOR calls.

    Parameters
    ----------
    database : Database
        What they are looked up in.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, list[Synset]] = {}

    def synsets(self, word: str) -> list[Synset]:
        """Give the meanings of a word, inflected or not, in every part of speech."""
        word = word.lower()
        if word not in self._known:
            self._known[word] = [
                Synset(self._database.words(part, offset))
                for part in PARTS
                for form in self._forms(word, part)
                for offset in self._database.senses[part][form]
            ]
        return self._known[word]

    def _forms(self, word: str, part: str) -> list[str]:
        """Forms of a word that the dictionary lists: itself and what an exception or, without one, its ending gives."""
        lemmas = self._database.exceptions[part].get(word)
        if lemmas is None:
            lemmas = list(stems(word, _ENDINGS[part]))
        return [form for form in dict.fromkeys([word, *lemmas]) if form in self._database.senses[part]]


def load() -> Dictionary:
    """Give a reader with `synsets(word)`, read once.

    Raises
    ------
    WordNetMissingError
        With one line that says what to install.
    """
    database = load_database()
    if database is None:
        raise WordNetMissingError(
            "METEOR needs WordNet: install the package wordnet-base (or point WNSEARCHDIR at a dictionary)"
        )
    return _dictionary(database)


@lru_cache(maxsize=1)
def _dictionary(database: Database) -> Dictionary:
    return Dictionary(database)
