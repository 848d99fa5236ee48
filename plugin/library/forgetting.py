"""Forgetting tracks: all that is known of them goes, from all files that Cuefinder keeps."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from plugin.library.dropping import drop_and_note
from plugin.library.erasing import erase_traces, require_idle
from plugin.library.store import Library


def forget(library: Library, ids: Iterable[int]) -> None:
    """Drop tracks, all that is known of them and questions that name them, also from backups; no music is touched.

    Raises
    ------
    LockedError
        The library is being heard again, perhaps these very tracks; nothing was changed.
    StoreError
        The tracks are forgotten, but not all traces could be erased.
    """
    ids = list(ids)
    if not ids:
        return
    require_idle(library.path)
    with library.writing() as connection:
        store = connection.connection.driver_connection
        assert isinstance(store, sqlite3.Connection)
        drop_and_note(store, ids)
    erase_traces(library.path)
