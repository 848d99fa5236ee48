"""What the user thinks of tracks: stars, favourites, and such as shall not be suggested."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert as upsert

from plugin.errors import InputError, printable
from plugin.library.beside import changing
from plugin.library.schema import marks, tracks

STARS = 5


def set_marks(
    library: Path,
    track_id: int,
    *,
    rating: int | None = None,
    favourite: bool | None = None,
    hidden: bool | None = None,
) -> None:
    """Mark a track; what is None stays as it is. Marks stay with a track that is moved or indexed again.

    Parameters
    ----------
    library : pathlib.Path
        The library's file; another process may be writing to it.
    track_id : int
    rating : int, optional
        Stars, 0 (none) to 5.
    favourite, hidden : bool, optional
        Hidden tracks are not suggested.

    Raises
    ------
    InputError
        There is no such library or track, or no such rating.
    StoreError
        The library cannot be written.
    """
    if rating is not None and not 0 <= rating <= STARS:
        raise InputError(f"a rating of {rating} is out of range: choose 0 to {STARS} stars")
    if not library.exists():
        raise InputError(f"there is no library at {printable(library)}: make it with 'cuefinder index DIR'")
    given = {"rating": rating, "favourite": favourite, "hidden": hidden}
    changes = {name: value for name, value in given.items() if value is not None}
    with changing(library) as connection:
        if connection.execute(select(tracks.c.id).where(tracks.c.id == track_id)).first() is None:
            raise InputError(f"the library has no track {track_id} any more: ask again")
        fresh = {"rating": 0, "favourite": False, "hidden": False} | changes
        statement = upsert(marks).values(track_id=track_id, **fresh)
        if changes:
            statement = statement.on_conflict_do_update(index_elements=[marks.c.track_id], set_=changes)
        else:
            statement = statement.on_conflict_do_nothing()
        connection.execute(statement)
