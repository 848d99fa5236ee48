"""Which titles a test may hold (section 4.1): no named entities, no words that are not English.

The paper used NLTK's named-entity recognition, which needs a download and, on titles in which every word is
capitalised, takes most words for names. Here a title is out by the first of these rules that says so:

- `named entity`: a spaCy model, where one is asked for, finds a person, place, organisation, work or the like; or
  WordNet knows a word, or up to three together, foremost as the name of one particular thing; or, in a title that is
  otherwise in lower case, a word that is not the first begins with a capital;
- `not English`: a word is in no form in WordNet, nor one of English's closed classes;
- `unknown word`: a word is not in the decoder's vocabulary, so that no search could ever find it.

Where WordNet is not installed, its two rules are skipped and `rules` says so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from models.data.wordnet import load
from models.errors import ConfigError
from models.systems.titles.settings import DataSettings
from models.systems.titles.wordnet import WordNet

WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*(?:(?<=in)['’](?![^\W_]))?")
NAMING = frozenset({"PERSON", "NORP", "FAC", "ORG", "GPE", "LOC", "PRODUCT", "EVENT", "WORK_OF_ART"})
"""spaCy's labels of named entities; its dates, numbers and amounts are none."""
SMALL = 3
"""Letters of a word that title case may leave in lower case or not, as it likes."""
EMPTY, NAME, FOREIGN, UNKNOWN = "no words", "named entity", "not English", "unknown word"

Finder = Callable[[str], bool]


def words_of(title: str) -> list[str]:
    """Give the words of a title as written, contractions and hyphens kept within."""
    return [word.replace("’", "'") for word in WORD.findall(title)]


def spacy_finder(model: str) -> Finder:
    """Give a named-entity finder; ConfigError where spaCy or its model is not installed."""
    try:
        pipeline = import_module("spacy").load(model)
    except (ImportError, OSError) as error:
        raise ConfigError(
            f"data.spacy: {model!r} cannot be loaded; install spaCy and that model, or unset it"
        ) from error

    def find(title: str) -> bool:
        return any(entity.label_ in NAMING for entity in pipeline(title).ents)

    return find


@dataclass(frozen=True)
class TitleFilter:
    """The rules with what they look words up in.

    Attributes
    ----------
    wordnet : WordNet, optional
    is_known : callable, optional
        Whether a title has no word that is unknown to the decoder.
    finder : callable, optional
        Whether a title has a named entity.
    """

    wordnet: WordNet | None
    is_known: Finder | None = None
    finder: Finder | None = None

    @classmethod
    def of(cls, settings: DataSettings, is_known: Finder) -> TitleFilter:
        """Build the filter of a configuration."""
        database = load(None if settings.wordnet is None else Path(settings.wordnet))
        return cls(
            wordnet=None if database is None else WordNet(database),
            is_known=is_known if settings.known_words else None,
            finder=None if settings.spacy is None else spacy_finder(settings.spacy),
        )

    @property
    def rules(self) -> tuple[str, ...]:
        """Name what titles are looked up in."""
        return tuple(
            name
            for name, part in (("spaCy", self.finder), ("WordNet", self.wordnet), ("vocabulary", self.is_known))
            if part is not None
        )

    def reason(self, title: str) -> str | None:
        """Say why a title is left out, None for one that may stay."""
        written = words_of(title)
        if not written:
            return EMPTY
        lower = [word.lower() for word in written]
        if self._is_named(title, written, lower):
            return NAME
        if self.wordnet is not None and not all(self._is_english(word) for word in lower):
            return FOREIGN
        return UNKNOWN if self.is_known is not None and not self.is_known(title) else None

    def _is_named(self, title: str, written: Sequence[str], lower: list[str]) -> bool:
        if self.finder is not None and self.finder(title):
            return True
        if self.wordnet is not None and self.wordnet.name_in(lower) is not None:
            return True
        return any(word[0].isupper() for word in _inner(written)) and any(word.islower() for word in _inner(written))

    def _is_english(self, word: str) -> bool:
        assert self.wordnet is not None
        return self.wordnet.is_english(word) or (
            "-" in word and all(self.wordnet.is_english(part) for part in word.split("-"))
        )


def _inner(written: Sequence[str]) -> list[str]:
    """Words whose capital would mean something: not the first, not I, not those that title case leaves small."""
    return [word for word in written[1:] if word.split("'")[0] != "I" and len(word) > SMALL]


@dataclass
class Kept:
    """What a filter left.

    Attributes
    ----------
    places : list of int
        Of the titles that may stay.
    dropped : Counter
        Titles left out by reason.
    """

    places: list[int] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)


def keep(titles: Iterable[str], rules: Any) -> Kept:
    """Run a `TitleFilter` over titles and count what it leaves out."""
    kept = Kept()
    for place, title in enumerate(titles):
        reason = rules.reason(title)
        if reason is None:
            kept.places.append(place)
        else:
            kept.dropped[reason] += 1
    return kept
