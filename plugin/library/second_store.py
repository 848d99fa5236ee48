"""The second store beside a library, in which its tracks are heard again with other models.

It has the library's schema and the library's ids, so a track is the same in both however often its file moves. It can
always be made anew, so it is not backed up, and thrown away where it is damaged or of another version.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import insert, select, update

from plugin.errors import StoreError, printable
from plugin.library.backups import remove_store, second_store
from plugin.library.forgetting import forget
from plugin.library.lock import WriterLock
from plugin.library.opening import clear_errors, damage_of, is_damage, open_store, stored_version
from plugin.library.records import KnownFile
from plugin.library.schema import SCHEMA_VERSION, meta, tracks
from plugin.library.store import Library

SPACE = "rehearing"
"""Key of the space that is heard for, in the table ``meta``."""
WAITS = "waits to be heard"
UNREAD = -1
"""Size of a file that was not read yet."""

log = logging.getLogger(__name__)


class SecondStore(Library):
    """The second store, open for its only writer; made where there is none for this space.

    Parameters
    ----------
    library : pathlib.Path
        The library beside which it lies.
    space : str
        Id of the embedding space to hear for. What was heard for another one is thrown away.

    Raises
    ------
    LockedError
        Another process hears this library again.
    StoreError
        The disk does not take it.
    """

    def __init__(self, library: Path, space: str) -> None:
        self._clear_for(library, space)
        super().__init__(second_store(library), writable=True)
        with self.writing() as connection:
            connection.execute(insert(meta).prefix_with("OR REPLACE").values(key=SPACE, value=space))

    def follow(self, known: Sequence[KnownFile]) -> None:
        """Take over ids and paths of the library's tracks; what the library knows no longer is forgotten here too.

        Parameters
        ----------
        known : sequence of KnownFile
            All tracks of the library that were heard.
        """
        with self.reading() as connection:
            here = dict(connection.execute(select(tracks.c.id, tracks.c.path)).tuples().all())
        wanted = {file.id: file for file in known}
        forget(self, here.keys() - wanted.keys())
        moved = [file for id_, file in wanted.items() if id_ in here and here[id_] != file.path]
        new = [file for id_, file in wanted.items() if id_ not in here]
        if not moved and not new:
            return
        with self.writing() as connection:
            for file in moved:  # out of each other's way first
                connection.execute(update(tracks).where(tracks.c.id == file.id).values(path=f"moving:{file.id}"))
            for file in moved:
                connection.execute(update(tracks).where(tracks.c.id == file.id).values(path=file.path))
            if new:
                connection.execute(insert(tracks), [_unheard(file) for file in new])

    def _back_up_once_a_day(self) -> None:
        """It can be made anew."""

    @staticmethod
    def _clear_for(library: Path, space: str) -> None:
        """Remove a store that is of no use for a space, with a word about it."""
        path = second_store(library)
        if not path.exists():
            return
        lock = WriterLock(path)
        try:
            if not _is_sound(path):
                log.warning("the unfinished hearing %s is damaged or of another version: begun anew", printable(path))
                remove_store(path)
            elif (found := under_way(library)) is not None and found.space != space:
                log.warning("an unfinished hearing for other models is thrown away (%d tracks were heard)", found.heard)
                remove_store(path)
        except OSError as error:
            raise StoreError(f"cannot remove {printable(path)}: {error.strerror}") from error
        finally:
            lock.release()


class UnderWay(NamedTuple):
    """A hearing that goes on, or was ended on its way: the space that it is for, and how many tracks were heard."""

    space: str
    heard: int


def under_way(library: Path) -> UnderWay | None:
    """Say whether a library is being heard again; None where it is not.

    Raises
    ------
    StoreError
        The second store is damaged or cannot be read.
    """
    path = second_store(library)
    try:
        if stored_version(path) != SCHEMA_VERSION:  # none, of no use, or its maker was ended just then
            return None
        with clear_errors(path), closing(open_store(path, "mode=rw")) as connection:
            row = connection.execute("SELECT value FROM meta WHERE key = ?", (SPACE,)).fetchone()
            (count,) = connection.execute("SELECT count(*) FROM tracks WHERE space != ''").fetchone()
    except StoreError as error:
        if not is_damage(error.__cause__):
            raise
        raise StoreError(
            f"the unfinished hearing {printable(path)} is damaged: 'cuefinder library rehear' begins it anew"
        ) from error
    return None if row is None else UnderWay(str(row[0]), int(count))


def _is_sound(path: Path) -> bool:
    """Say whether a store can be gone on with."""
    try:
        if stored_version(path) not in (None, SCHEMA_VERSION):
            return False
        with clear_errors(path), closing(open_store(path, "mode=rw")) as connection:
            return not damage_of(connection)
    except StoreError as error:
        if is_damage(error.__cause__):
            return False
        raise


def _unheard(file: KnownFile) -> dict[str, Any]:
    return {
        "id": file.id, "path": file.path, "size": UNREAD, "mtime_ns": 0, "content_hash": b"", "status": "failed",
        "reason": WAITS, "indexed_at": "",
    }  # fmt: skip
