"""WordNet for METEOR's synonyms, offline: of the system's package or of nltk's data.

The dictionary of Princeton's WordNet 3.0 is looked for in this order: `$WNSEARCHDIR`, `$WNHOME/dict` (both are
WordNet's own variables), `/usr/share/wordnet` (package wordnet-base of Debian and its kin), nltk's data
(`corpora/wordnet`).

nltk's own reader cannot read the first three: it asks for a file `lexnames` that Debian leaves out and refuses folders
outside nltk's data. METEOR asks a reader only for the synonyms of a word, so `Dictionary` reads the files (formats:
manual pages wndb(5WN), morphy(7WN)) as far as that needs.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import nltk

SYSTEM_FOLDERS = (Path("/usr/share/wordnet"), Path("/usr/local/share/wordnet"), Path("/usr/local/WordNet-3.0/dict"))
PARTS = ("noun", "verb", "adj", "adv")
NEEDED = tuple(f"{kind}.{part}" for kind in ("index", "data") for part in PARTS)

# Endings that morphy(7WN) takes off, with what it puts on; "ves" is nltk's addition.
_ENDINGS = {
    "noun": (
        ("s", ""),
        ("ses", "s"),
        ("ves", "f"),
        ("xes", "x"),
        ("zes", "z"),
        ("ches", "ch"),
        ("shes", "sh"),
        ("men", "man"),
        ("ies", "y"),
    ),
    "verb": (
        ("s", ""),
        ("ies", "y"),
        ("es", "e"),
        ("es", ""),
        ("ed", "e"),
        ("ed", ""),
        ("ing", "e"),
        ("ing", ""),
    ),
    "adj": (("er", ""), ("est", ""), ("er", "e"), ("est", "e")),
    "adv": (),
}


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
    """Synonyms out of the files of a WordNet dictionary, by the names that nltk's METEOR calls.

    Parameters
    ----------
    folder : Path
        Holds index.*, data.* and *.exc for nouns, verbs, adjectives and adverbs.
    """

    def __init__(self, folder: Path) -> None:
        self._data = {part: (folder / f"data.{part}").read_bytes() for part in PARTS}
        self._offsets = {part: dict(_index(folder / f"index.{part}")) for part in PARTS}
        self._exceptions = {part: _exceptions(folder / f"{part}.exc") for part in PARTS}
        self._known: dict[str, list[Synset]] = {}

    def synsets(self, word: str) -> list[Synset]:
        """Give the meanings of a word, inflected or not, in every part of speech."""
        word = word.lower()
        if word not in self._known:
            self._known[word] = [
                Synset(self._words(part, offset))
                for part in PARTS
                for form in self._forms(word, part)
                for offset in self._offsets[part][form]
            ]
        return self._known[word]

    def _forms(self, word: str, part: str) -> list[str]:
        """Forms of a word that the dictionary lists: itself and what its ending or an exception leads to."""
        bases = self._exceptions[part].get(word)
        if bases is None:
            bases = [word[: -len(old)] + new for old, new in _ENDINGS[part] if word.endswith(old)]
        return [form for form in dict.fromkeys([word, *bases]) if form in self._offsets[part]]

    def _words(self, part: str, offset: int) -> tuple[str, ...]:
        """Words of the synset at a byte of a data file: fields from the fifth on, each followed by its sense number."""
        data = self._data[part]
        fields = data[offset : data.index(b"\n", offset)].decode("utf-8").split()
        count = int(fields[3], 16)
        # An adjective may carry where it stands in the sentence: "alone(p)".
        return tuple(word.partition("(")[0] for word in fields[4 : 4 + 2 * count : 2])


def _index(path: Path) -> Iterator[tuple[str, list[int]]]:
    """Lemmas of an index file with the places of their synsets."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if not line.startswith(" "):  # the licence is set in
                fields = line.split()
                yield fields[0], [int(offset) for offset in fields[-int(fields[2]) :]]


def _exceptions(path: Path) -> dict[str, list[str]]:
    """Irregular forms with their bases; a dictionary without the file knows none."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8") as lines:
        return {word: bases for word, *bases in (line.split() for line in lines if line.strip())}


def find() -> Path | None:
    """Folder of a WordNet dictionary outside nltk's data, None where there is none."""
    folders = list(SYSTEM_FOLDERS)
    if home := os.environ.get("WNHOME"):
        folders.insert(0, Path(home) / "dict")
    if folder := os.environ.get("WNSEARCHDIR"):
        folders.insert(0, Path(folder))
    return next((folder for folder in folders if all((folder / name).is_file() for name in NEEDED)), None)


def load() -> Any:
    """Give a reader with `synsets(word)`, read once (half a second).

    Raises
    ------
    WordNetMissingError
        With one line that says what to install.
    """
    return _load(find())


@lru_cache(maxsize=1)
def _load(folder: Path | None) -> Any:
    """Read a dictionary, or nltk's where `folder` is None."""
    if folder is not None:
        return Dictionary(folder)
    try:
        nltk.corpus.wordnet.ensure_loaded()
    except LookupError:
        raise WordNetMissingError(
            "METEOR needs WordNet: install the package wordnet-base (or point WNSEARCHDIR at a dictionary)"
        ) from None
    return nltk.corpus.wordnet
