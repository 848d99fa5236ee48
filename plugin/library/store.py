"""The library's store: one SQLite file, many readers, one writer."""

from __future__ import annotations

import logging
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType

from sqlalchemy import Connection, QueuePool, create_engine, event, insert, select, text

from plugin.errors import InputError, StoreError, printable
from plugin.library.backups import back_up, clear_fresh, is_due
from plugin.library.dropping import NOTE
from plugin.library.erasing import erase_traces
from plugin.library.lock import WriterLock
from plugin.library.migrations import upgrade
from plugin.library.opening import analyse, clear_errors, open_store, stored_version
from plugin.library.schema import SCHEMA_VERSION, meta, metadata, tracks

log = logging.getLogger(__name__)


class Library:
    """A library on disk, open for reading or for writing; any thread may use it.

    Parameters
    ----------
    path : pathlib.Path
        The SQLite file.
    writable : bool
        Open as the library's only writer, and make the file where there is none.

    Raises
    ------
    InputError
        There is no library to read.
    LockedError
        Another process is writing (only with `writable`).
    StoreError
        The file is no library, damaged, or from a newer version; it is left as it is. One of an older version is
        brought up to date, after a copy of it (`plugin.library.migrations`).
    """

    def __init__(self, path: Path, *, writable: bool = False) -> None:
        self.path = path
        self.writable = writable
        version = stored_version(path)
        if version is None and not writable:
            raise InputError(f"there is no library at {printable(path)}: make it with 'cuefinder index DIR'")
        if version is not None and not 1 <= version <= SCHEMA_VERSION:
            raise StoreError(
                f"the library {printable(path)} was written by another version of Cuefinder (store version "
                f"{version}, this one reads {SCHEMA_VERSION}): update Cuefinder or choose another --library"
            )
        self._lock = _lock(path) if writable or version not in (None, SCHEMA_VERSION) else None
        if self._lock is not None:
            try:
                clear_fresh(path)
                version = stored_version(path)  # another writer may have made or upgraded it before we had the lock
                if version is not None and version < SCHEMA_VERSION:
                    upgrade(path, version)
            except StoreError:
                self._release()
                raise
        if not writable:
            self._release()
        self._engine = create_engine("sqlite://", creator=self._connect, poolclass=QueuePool)
        # The driver would begin transactions late and never for reads; a begun one sees one state throughout.
        event.listen(self._engine, "begin", _begin)
        self._backed_up_on: date | None = None
        self._changed = False
        try:
            if version is None:
                self._create()
            elif writable and NOTE in self.facts():
                _do_or_warn(erase_traces, path)
        except StoreError:
            self.close()
            raise

    def close(self) -> None:
        """Close the store and let others write."""
        if self._changed:
            _do_or_warn(analyse, self.path)
        self._engine.dispose()
        self._release()

    def __enter__(self) -> Library:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the store."""
        with self._connected() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose changes are kept together at the end, or not at all.

        The library's revision goes up with them. The first change of a day is made after a backup.
        """
        self._back_up_once_a_day()
        with self._connected(immediate=True) as connection:
            yield connection
            connection.execute(text("UPDATE meta SET value = value + 1 WHERE key = 'revision'"))
        self._changed = True

    @contextmanager
    def _connected(self, **options: bool) -> Iterator[Connection]:
        with clear_errors(self.path), self._engine.connect() as connection:
            connection.execution_options(**options)
            with connection.begin():
                yield connection

    @property
    def revision(self) -> str:
        """Name the state of the store: it differs after every change, and from any other library's."""
        return "{id}-{revision}".format_map(self.facts())

    def facts(self) -> dict[str, str]:
        """Give what the store says of itself: schema_version, created, id, revision."""
        with self.reading() as connection:
            return dict(connection.execute(select(meta.c.key, meta.c.value)).tuples().all())

    def problems(self) -> list[str]:
        """Let SQLite check the whole file; an empty list means it is sound."""
        with self.reading() as connection:
            lines = connection.execute(text("PRAGMA integrity_check")).scalars().all()
        return [line for line in lines if line != "ok"]

    def _back_up_once_a_day(self) -> None:
        today = datetime.now(UTC).date()
        if self._backed_up_on == today or not self.writable:
            return
        self._backed_up_on = today
        with self.reading() as connection:
            is_empty = connection.execute(select(tracks.c.id).limit(1)).first() is None
        if not is_empty and is_due(self.path):
            _do_or_warn(back_up, self.path)

    def _connect(self) -> sqlite3.Connection:
        if not self.writable:
            # Not mode=ro, which would leave the files of the WAL behind.
            return open_store(self.path, "mode=rw", "query_only = ON")
        # What is deleted is not to be read in the file any more.
        pragmas = ("foreign_keys = ON", "journal_mode = WAL", "synchronous = NORMAL", "secure_delete = ON")
        return open_store(self.path, "mode=rwc", *pragmas)

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _create(self) -> None:
        values = {
            "schema_version": str(SCHEMA_VERSION),
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "id": uuid.uuid4().hex,
            "revision": "0",
        }
        with self._connected(immediate=True) as connection:
            metadata.create_all(connection)
            connection.execute(insert(meta), [{"key": key, "value": value} for key, value in values.items()])


def _lock(path: Path) -> WriterLock:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot make the folder {printable(path.parent)}: {error.strerror}") from error
    return WriterLock(path)


def _begin(connection: Connection) -> None:
    """Begin a transaction; one that writes takes its lock at once, for a state that it read may be old by then."""
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _do_or_warn(work: Callable[[Path], object], path: Path) -> None:
    """Do what the library's use must not wait for."""
    try:
        work(path)
    except StoreError as error:
        log.warning("%s", error)
