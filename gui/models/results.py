"""The list of suggestions: what its cells say, and how it is sorted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from plugin.cli.support.units import clock, span
from plugin.errors import printable
from plugin.suggest.suggester import Suggestion

TAGS_SHOWN = 6

SortKey = str | float | None


@dataclass(frozen=True, slots=True)
class Row:
    """A suggestion and its place in the answer, from 1 up."""

    rank: int
    suggestion: Suggestion

    @property
    def aspects(self) -> str:
        """The score by aspect, the cosine with each."""
        return ", ".join(f"{aspect} {cosine:.2f}" for aspect, cosine in self.suggestion.aspects.items())

    @property
    def part(self) -> tuple[float, float]:
        """Where the best part begins and ends, as shares of the track from 0 to 1."""
        length = self.suggestion.track.duration or self.suggestion.end
        return self.suggestion.start / length, min(self.suggestion.end / length, 1.0)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, what a cell says, and the value it is sorted by (None: unknown, always last)."""

    name: str
    text: Callable[[Row], str]
    sort_key: Callable[[Row], SortKey]
    numeric: bool = False


def _words(name: str, text: Callable[[Row], str]) -> Column:
    return Column(name, lambda row: printable(text(row)), lambda row: text(row).casefold() or None)


def _tags(row: Row) -> str:
    return ", ".join(tag.name for tag in row.suggestion.track.tags[:TAGS_SHOWN])


def _length(row: Row) -> str:
    return "" if row.suggestion.track.duration is None else clock(row.suggestion.track.duration)


def _tempo(row: Row) -> str:
    return "" if row.suggestion.track.tempo is None else f"{row.suggestion.track.tempo:.0f}"


COLUMNS = (
    Column("rank", lambda row: str(row.rank), lambda row: row.rank, numeric=True),
    Column("score", lambda row: f"{row.suggestion.score:+.2f}", lambda row: row.suggestion.score, numeric=True),
    _words("title", lambda row: row.suggestion.track.name),
    _words("artist", lambda row: row.suggestion.track.artist),
    Column("part", lambda row: span(row.suggestion.start, row.suggestion.end), lambda row: row.suggestion.start),
    Column("length", _length, lambda row: row.suggestion.track.duration, numeric=True),
    Column("tempo", _tempo, lambda row: row.suggestion.track.tempo, numeric=True),
    _words("key", lambda row: row.suggestion.track.key or ""),
    _words("tags", _tags),
    _words("caption", lambda row: row.suggestion.track.caption),
)


class ResultList:
    """The rows in the order in which they are shown; a new answer is sorted as the last one was."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._order = (COLUMNS[0], False)

    def replace(self, suggestions: Iterable[Suggestion]) -> None:
        """Take in a new answer, best first."""
        self.rows = [Row(rank, suggestion) for rank, suggestion in enumerate(suggestions, 1)]
        self.sort(*self._order)

    def sort(self, column: Column, descending: bool) -> None:
        """Sort by a column; rows that are equal in it keep their order, rows without a value come last."""
        self._order = (column, descending)
        known = [row for row in self.rows if column.sort_key(row) is not None]
        unknown = [row for row in self.rows if column.sort_key(row) is None]
        self.rows = sorted(known, key=column.sort_key, reverse=descending) + unknown
