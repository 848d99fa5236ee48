"""What the page that finds music reads of the library; each call may wait for the disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gui.models.chips import filter_parts
from gui.models.service import LibraryService
from plugin.errors import InputError, PackError, printable
from plugin.suggest.completion import phrases
from plugin.suggest.query import Filters


@dataclass(frozen=True, slots=True)
class Holdings:
    """What can be asked: the number of tracks, the tags in use, and with them what texts are completed to."""

    tracks: int = 0
    tags: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()


def read_holdings(service: LibraryService) -> Holdings:
    """Count the tracks and list the words; nothing where there is no library yet.

    Raises
    ------
    StoreError
        The library cannot be read.
    """
    from sqlalchemy import select

    from plugin.library.schema import vocabulary
    from plugin.library.store import Library

    tracks = service.summary().indexed
    if not service.path.exists():
        return Holdings(tracks)
    with Library(service.path) as library, library.reading() as connection:
        tags = connection.scalars(select(vocabulary.c.tag).distinct().order_by(vocabulary.c.tag)).all()
    try:
        offered = phrases(service.engines.vocabulary())
    except PackError:  # the page of models says what is wrong with the pack; the tags are there without it
        offered = []
    return Holdings(tracks, tuple(tags), tuple(dict.fromkeys([*tags, *offered])))


def count_by_filter(service: LibraryService, filters: Filters) -> list[tuple[str, int]]:
    """Say how many tracks each filter would leave by itself, the strictest first.

    Raises
    ------
    CuefinderError
        The library or the models cannot be used.
    """
    from plugin.library.store import Library
    from plugin.suggest.filters import passing

    space = service.engines.engine().space
    counts = []
    with Library(service.path) as library:
        for text, alone, _ in filter_parts(filters):
            ids = None if alone.show_hidden else passing(library, space, alone)
            if ids is not None:
                counts.append((text, len(ids)))
    return sorted(counts, key=lambda part: part[1])


def require_file(path: Path) -> Path:
    """Give the folder of a file that is there.

    Raises
    ------
    InputError
        It is not.
    """
    if not path.exists():
        raise InputError(f"{printable(path)}: the file is not there: is its drive connected?")
    return path.parent
