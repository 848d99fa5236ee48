"""Questions that are kept in the library, as the panel shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gui.models.query import QueryDraft
from plugin.errors import InputError

if TYPE_CHECKING:
    from plugin.library.searches import Search


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A question under a name."""

    id: int
    name: str
    draft: QueryDraft


@dataclass(frozen=True, slots=True)
class Kept:
    """All that is kept: past questions, the oldest first; saved ones; and how many could not be read."""

    past: tuple[QueryDraft, ...]
    saved: tuple[SavedSearch, ...]
    unreadable: int


def read_kept(library: Path) -> Kept:
    """Read past and saved questions.

    Raises
    ------
    StoreError
        The library cannot be read.
    """
    from plugin.library import searches

    past, bad_past = _readable(reversed(searches.history(library)))
    saved, bad_saved = _readable(searches.saved(library))
    named = tuple(SavedSearch(search.id, search.name or "", draft) for search, draft in saved)
    return Kept(tuple(draft for _, draft in past), named, bad_past + bad_saved)


def remember(library: Path, draft: QueryDraft) -> None:
    """Add a question to the history; raises StoreError."""
    from plugin.library.searches import remember

    remember(library, draft.as_dict())


def save(library: Path, name: str, draft: QueryDraft) -> None:
    """Save a question under a name; raises InputError, StoreError."""
    from plugin.library.searches import save

    save(library, name, draft.as_dict())


def remove(library: Path, search_id: int) -> None:
    """Remove a saved question; raises StoreError."""
    from plugin.library.searches import remove

    remove(library, search_id)


def changed_searches(library: Path, change: Callable[[Path], None]) -> Kept:
    """Make a change and read what is kept then.

    Raises
    ------
    InputError, StoreError
        The change cannot be made.
    """
    change(library)
    return read_kept(library)


def _readable(found: Iterable[Search]) -> tuple[list[tuple[Search, QueryDraft]], int]:
    kept, bad = [], 0
    for search in found:
        try:
            kept.append((search, QueryDraft.from_dict(search.question)))
        except InputError:
            bad += 1
    return kept, bad
