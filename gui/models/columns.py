"""The columns of the results: what their cells say, and what they are sorted by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from plugin.cli.support.units import clock, span
from plugin.errors import printable
from plugin.suggest.suggestion import Suggestion

TAGS_SHOWN = 6
STARS = 5

ASPECT_WORDS = {"video": "clip", "text": "words", "reference": "tracks"}
"""What the user gave for each aspect."""

SortKey = str | float | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, what a cell says, and the value it is sorted by (None: unknown, always last)."""

    name: str
    text: Callable[[Suggestion], str]
    sort_key: Callable[[Suggestion], SortKey]
    numeric: bool = False
    best_first: bool = False
    """The first click sorts from the highest value down."""


def aspects_text(found: Suggestion) -> str:
    """Say the score by aspect, the cosine with each."""
    return ", ".join(f"{ASPECT_WORDS[aspect]} {cosine:.2f}" for aspect, cosine in found.aspects.items())


def folded_text(found: Suggestion) -> str:
    """Say how many files stand behind a suggestion: other versions, and others of the same recording."""
    copies, versions = len(found.duplicates), len(found.versions)
    parts = []
    if versions:
        parts.append(f"+{versions} version{'s' * (versions > 1)}")
    if copies:
        parts.append("+1 copy" if copies == 1 else f"+{copies} copies")
    return ", ".join(parts)


def _words(name: str, text: Callable[[Suggestion], str]) -> Column:
    return Column(name, lambda found: printable(text(found)), lambda found: text(found).casefold() or None)


def _title(found: Suggestion) -> str:
    return "  ".join(filter(None, (printable(found.track.name), folded_text(found))))


def _tags(found: Suggestion) -> str:
    return ", ".join(tag.name for tag in found.track.tags[:TAGS_SHOWN])


def _length(found: Suggestion) -> str:
    return "" if found.track.duration is None else clock(found.track.duration)


def _tempo(found: Suggestion) -> str:
    return "" if found.track.tempo is None else f"{found.track.tempo:.0f}"


def _stars(found: Suggestion) -> str:
    return "★" * found.track.rating + "☆" * (STARS - found.track.rating)


RANK = Column("rank", lambda found: "", lambda found: None, numeric=True)
"""Its values are places in the answer, which a suggestion does not know."""

COLUMNS = (
    RANK,
    Column("favourite", lambda found: "♥" if found.track.favourite else "♡", lambda found: not found.track.favourite),
    Column("title", _title, lambda found: found.track.name.casefold()),
    _words("artist", lambda found: found.track.artist),
    Column("part", lambda found: span(found.start, found.end), lambda found: found.start),
    Column("length", _length, lambda found: found.track.duration, numeric=True),
    Column("tempo", _tempo, lambda found: found.track.tempo, numeric=True),
    _words("key", lambda found: found.track.key or ""),
    Column("score", lambda found: f"{found.score:+.2f}", lambda found: found.score, best_first=True),
    Column("rating", _stars, lambda found: found.track.rating or None, best_first=True),
    Column("tags", _tags, lambda found: found.track.tags[0].name if found.track.tags else None),
    _words("caption", lambda found: found.track.caption),
)
NUMBER = {column.name: number for number, column in enumerate(COLUMNS)}
