"""Making a sound library out of a damaged one: whole tracks are kept, others are to be heard again.

Nearly everything in a library can be made anew from the music. So a track of which anything is missing keeps its id,
its path and its marks, and the next index run hears it again; no track is ever half there.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import create_engine

from plugin.errors import InputError, StoreError, printable
from plugin.library.backups import PART, backups, clear_fresh, fresh_store, remove_store
from plugin.library.check import check
from plugin.library.lock import WriterLock
from plugin.library.rebuilding import RepairReport, fill
from plugin.library.replacing import make_current, put_in_place, set_aside
from plugin.library.salvage import Wreck
from plugin.library.schema import SCHEMA_VERSION, meta, metadata

HEAD_BYTES = 32
MOST_CUT = 64
"""How many times longer than it is a cut file may say it was."""


def repair(library: Path) -> RepairReport:
    """Check a library and, where it is damaged, put what can be read of it into a new one in its place.

    Raises
    ------
    InputError
        There is no library.
    LockedError
        Another process writes to it.
    StoreError
        It is of a newer version, nothing of it can be read, or the disk does not take the new one; the library is as
        it was.
    """
    if not library.exists():
        raise InputError(f"there is no library at {printable(library)}: make it with 'cuefinder index DIR'")
    try:
        problems = check(library)
    except StoreError as error:
        problems = [str(error)]
    report = RepairReport(problems)
    if not problems:
        return report
    lock = WriterLock(library)
    fresh = fresh_store(library)
    try:
        report.damaged = set_aside(library)
        clear_fresh(library)
        _rebuild(report.damaged, fresh, report)
        put_in_place(library, fresh)
    except (sqlite3.Error, OSError) as error:
        if report.damaged is not None:
            remove_store(report.damaged)  # it is still in its place
        raise StoreError(f"cannot repair the library {printable(library)} ({error}): {_advice(library)}") from error
    finally:
        clear_fresh(library)
        if report.damaged is not None:
            report.damaged.with_name(report.damaged.name + "-shm").unlink(missing_ok=True)
        lock.release()
    return report


def _advice(library: Path) -> str:
    known = backups(library)
    if known:
        return f"it is as it was; take the last backup: 'cuefinder library restore {printable(known[0].name)}'"
    return "it is as it was, and there is no backup: move it away and run 'cuefinder index' again"


def _rebuild(damaged: Path, fresh: Path, report: RepairReport) -> None:
    whole_length = _filled_up(damaged, fresh.with_name(fresh.name + PART))
    wreck = Wreck(whole_length)
    try:
        facts = {row["key"]: row["value"] for row in wreck.rows(meta).rows}
        version = facts.get("schema_version", str(SCHEMA_VERSION))
        if "tracks" not in wreck.tables or not version.isdecimal() or int(version) > SCHEMA_VERSION:
            raise sqlite3.DatabaseError(f"it is no library, or its store version is not up to {SCHEMA_VERSION}")
        engine = create_engine(f"sqlite:///{fresh}")
        metadata.create_all(engine)
        engine.dispose()
        with closing(sqlite3.connect(fresh, isolation_level=None)) as store:
            store.execute("PRAGMA journal_mode = OFF")  # until it is in its place, it is nothing
            store.execute("BEGIN")
            fill(store, wreck, facts, report)
            store.execute("COMMIT")
            if not report.kept and not report.again:
                raise sqlite3.DatabaseError("no track can be read")
            make_current(store)
    finally:
        wreck.close()
    with fresh.open("rb+") as file:
        os.fsync(file.fileno())


def _filled_up(damaged: Path, copy: Path) -> Path:
    """Give a file of the length that a store says it has, for SQLite opens no shorter one: a copy where it was cut."""
    with damaged.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if len(head) < HEAD_BYTES:
        return damaged
    page = int.from_bytes(head[16:18], "big")
    length = int.from_bytes(head[28:32], "big") * (65536 if page == 1 else page)
    size = damaged.stat().st_size
    if not size < length < size * MOST_CUT:  # else it is whole, or its head is no head
        return damaged
    remove_store(copy)
    for companion in ("", "-wal"):
        source = damaged.with_name(damaged.name + companion)
        if source.exists():
            shutil.copyfile(source, copy.with_name(copy.name + companion))
    os.truncate(copy, length)
    return copy
