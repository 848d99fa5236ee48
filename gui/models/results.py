"""The list of suggestions: its order, what the user thinks of its tracks, and which of them are put away."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import TypedDict, cast

from gui.models.columns import RANK, Column
from plugin.library.records import Track
from plugin.suggest.suggestion import Suggestion


class Marks(TypedDict, total=False):
    """What the user thinks of a track, as far as it changes."""

    rating: int
    favourite: bool
    hidden: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A suggestion and its place in the answer, from 1 up."""

    rank: int
    suggestion: Suggestion


class ResultList:
    """The rows in the order in which they are shown; a new answer is sorted as the last one was.

    Rows are places in the answer rather than objects, so that an answer of 100,000 is taken in and sorted at once.
    """

    def __init__(self) -> None:
        self._suggestions: list[Suggestion] = []
        self._places: dict[int, int] = {}
        self._shown: list[int] = []
        self._order = (RANK, False)
        self._show_hidden = False
        self.best: dict[str, float] = {}
        """The highest cosine of each aspect in this answer."""

    def __len__(self) -> int:
        return len(self._shown)

    def __getitem__(self, number: int) -> Row:
        place = self._shown[number]
        return Row(place + 1, self._suggestions[place])

    def replace(self, suggestions: Iterable[Suggestion], *, show_hidden: bool = False) -> None:
        """Take in a new answer, best first."""
        self._suggestions = list(suggestions)
        self._show_hidden = show_hidden
        self._places = {found.track.id: place for place, found in enumerate(self._suggestions)}
        aspects = self._suggestions[0].aspects if self._suggestions else ()
        self.best = {aspect: max(found.aspects[aspect] for found in self._suggestions) for aspect in aspects}
        self._shown = [place for place, found in enumerate(self._suggestions) if self._is_shown(found)]
        self.sort(*self._order)

    def sort(self, column: Column, descending: bool) -> None:
        """Sort by a column; rows that are equal in it keep their order, rows without a value come last."""
        self._order = (column, descending)
        if column is RANK:
            self._shown.sort(reverse=descending)
            return
        keys = [column.sort_key(self._suggestions[place]) for place in self._shown]
        known = [number for number, key in enumerate(keys) if key is not None]
        unknown = [number for number, key in enumerate(keys) if key is None]
        known.sort(key=keys.__getitem__, reverse=descending)
        self._shown = [self._shown[number] for number in known + unknown]

    def find(self, track_id: int) -> int | None:
        """Give the number of a track's row; None where it is not shown."""
        place = self._places.get(track_id)
        return None if place is None else next(iter(self.numbers({place + 1}).values()), None)

    def track(self, track_id: int) -> Track | None:
        """Give a track of the answer, shown or not."""
        place = self._places.get(track_id)
        return None if place is None else self._suggestions[place].track

    def numbers(self, ranks: Collection[int]) -> dict[int, int]:
        """Give the numbers of the rows of some ranks; those that are not shown are absent."""
        return {place + 1: number for number, place in enumerate(self._shown) if place + 1 in ranks}

    def mark(self, track_id: int, marks: Marks) -> Marks:
        """Change what is known of a track's marks, wherever the row is; gives what they were."""
        place = self._places[track_id]
        found = self._suggestions[place]
        before = cast(Marks, {name: getattr(found.track, name) for name in marks})
        self._suggestions[place] = replace(found, track=replace(found.track, **marks))
        return before

    def is_hidden(self, track_id: int) -> bool:
        """Whether a track of the answer is to be out of sight."""
        return not self._is_shown(self._suggestions[self._places[track_id]])

    def remove(self, number: int) -> None:
        """Take a row out of sight; the answer keeps it."""
        del self._shown[number]

    def restore(self, track_id: int) -> None:
        """Bring a row back to where it belongs."""
        self._shown.append(self._places[track_id])
        column, descending = self._order
        self._shown.sort()
        self.sort(column, descending)

    def use_version(self, number: int, version: int) -> None:
        """Let another version of the recording stand for the others; the part is where it was, as far as it goes."""
        place = self._shown[number]
        found = self._suggestions[place]
        chosen = found.versions[version]
        others = (found.track, *(other for other in found.versions if other is not chosen))
        end = found.end if chosen.duration is None else min(found.end, chosen.duration)
        start = max(0.0, end - (found.end - found.start))
        del self._places[found.track.id]
        self._places[chosen.id] = place
        self._suggestions[place] = replace(found, track=chosen, versions=others, start=start, end=end)

    def _is_shown(self, found: Suggestion) -> bool:
        return self._show_hidden or not found.track.hidden


def part_of(found: Suggestion) -> tuple[float, float]:
    """Say where the best part begins and ends, as shares of the track from 0 to 1."""
    length = found.track.duration or found.end
    return found.start / length, min(found.end / length, 1.0)
