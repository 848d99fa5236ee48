"""Erasing what was forgotten: its traces in the store's free pages and its log, in the caches and in the backups.

`forget` notes in the store what is to be erased, in the same transaction in which it drops the tracks. The note goes
when all is done, so a process that is killed meanwhile leaves work that the next writer ends.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from plugin.errors import LockedError, StoreError, printable
from plugin.library.backups import backups, copy_store, leftovers, remove_store, second_store
from plugin.library.dropping import NOTE, Forgotten, drop_tracks, note
from plugin.library.lock import WriterLock
from plugin.library.opening import ANALYSE, BUSY_SECONDS, is_damage, stored_version
from plugin.library.replacing import set_aside_copies


def require_idle(library: Path) -> None:
    """See to it that nobody hears the library again: what is forgotten now would be kept a moment later.

    Raises
    ------
    LockedError
        Somebody does.
    """
    if second_store(library).exists():
        _locked_second(library).release()


def erase_traces(library: Path) -> None:
    """End the erasing that a library has a note of; the caller holds the writer's lock.

    Backups are written anew without the tracks; damaged ones, damaged libraries that a repair kept, and what killed
    processes left are removed, for nothing can be taken out of them. Journals of changed files lose what they say
    of the tracks, so that those changes cannot be undone any more.

    Raises
    ------
    StoreError
        The disk does not take it, or another program keeps reading; the note stays for the next writer.
    """
    try:
        with closing(_connect(library)) as store:
            row = store.execute("SELECT value FROM meta WHERE key = ?", (NOTE,)).fetchone()
            if row is None:
                return
            what = Forgotten.of(row[0])
            if what.ids:
                _erase_beside(library, what)
                store.execute("UPDATE meta SET value = ? WHERE key = ?", (Forgotten([], []).as_text(), NOTE))
            _wipe(store)
            (busy, *_) = store.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                raise StoreError(f"another program keeps reading the library {printable(library)}")
            store.execute("DELETE FROM meta WHERE key = ?", (NOTE,))
    except (sqlite3.Error, OSError, StoreError) as error:
        raise StoreError(
            f"the tracks are forgotten, but not all traces of them could be erased ({error}): "
            "the next 'cuefinder index' or 'library forget' tries again"
        ) from error


def _erase_beside(library: Path, what: Forgotten) -> None:
    from plugin.filetags.journal import drop_steps, journal_folder  # brings the decoder along

    for cache in library.parent.glob("*"):
        if cache.name.startswith(f"{library.name}.segments"):
            cache.unlink(missing_ok=True)
    for file in [*leftovers(library), *set_aside_copies(library)]:
        file.unlink(missing_ok=True)
    drop_steps(journal_folder(library), {Path(path) for path in what.paths})
    _erase_from_second(library, what)
    for backup in backups(library):
        _erase_from(backup, what)


def _erase_from_second(library: Path, what: Forgotten) -> None:
    second = second_store(library)
    if not second.exists():
        return
    lock = _locked_second(library)
    try:
        if stored_version(second) is None:  # its maker was ended just then
            remove_store(second)
            return
        with closing(_connect(second)) as store:
            store.execute("BEGIN IMMEDIATE")
            drop_tracks(store, what)
            note(store, what)
            store.execute("COMMIT")
        erase_traces(second)
    except (sqlite3.DatabaseError, StoreError) as error:
        cause = error.__cause__ if isinstance(error, StoreError) else error
        if not is_damage(cause):
            raise
        remove_store(second)  # nothing can be taken out of it
    finally:
        lock.release()


def _locked_second(library: Path) -> WriterLock:
    try:
        return WriterLock(second_store(library))
    except LockedError as error:
        raise LockedError(f"the library is being heard again ({error}); what was heard by then is kept") from error


def _erase_from(backup: Path, what: Forgotten) -> None:
    class Untouched(Exception):
        """The backup holds nothing of the tracks."""

    def drop(copy: sqlite3.Connection) -> None:
        copy.execute("BEGIN")
        found = drop_tracks(copy, what)
        copy.execute("COMMIT")
        if not found:
            raise Untouched
        _wipe(copy)

    try:
        with closing(sqlite3.connect(f"{backup.absolute().as_uri()}?mode=ro", uri=True)) as source:
            copy_store(source, backup, drop)
    except Untouched:
        pass
    except sqlite3.OperationalError:  # of the disk
        raise
    except (sqlite3.DatabaseError, ValueError):  # damaged
        backup.unlink(missing_ok=True)


def _wipe(store: sqlite3.Connection) -> None:
    """Write a store anew, without what its free pages and the full-text index keep of deleted rows."""
    store.execute("INSERT INTO words (words) VALUES ('rebuild')")
    for statement in ANALYSE:  # some builds of SQLite keep samples of the values
        store.execute(statement)
    store.execute("VACUUM")


def _connect(library: Path) -> sqlite3.Connection:
    return sqlite3.connect(library, timeout=BUSY_SECONDS, isolation_level=None)
