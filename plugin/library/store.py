"""The library's store: one SQLite file, many readers, one writer."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from sqlalchemy import Connection, QueuePool, create_engine, event, insert, select, text
from sqlalchemy.exc import DatabaseError, IntegrityError, ProgrammingError

from plugin.errors import InputError, StoreError, printable
from plugin.library.lock import WriterLock
from plugin.library.migrations import upgrade
from plugin.library.schema import SCHEMA_VERSION, meta, metadata

BUSY_SECONDS = 30.0


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
        version = _stored_version(path)
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
                version = _stored_version(path)  # another writer may have made or upgraded it before we had the lock
                if version is not None and version < SCHEMA_VERSION:
                    upgrade(path, version)
            except StoreError:
                self._release()
                raise
        if not writable:
            self._release()
        self._engine = create_engine("sqlite://", creator=self._connect, poolclass=QueuePool)
        # The driver would begin transactions late and never for reads; a begun one sees one state throughout.
        event.listen(self._engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        if version is None:
            try:
                self._create()
            except StoreError:
                self.close()
                raise

    def close(self) -> None:
        """Close the store and let others write."""
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
        with _clear_errors(self.path), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose changes are kept together at the end, or not at all.

        The library's revision goes up with them.
        """
        with self.reading() as connection:
            yield connection
            connection.execute(text("UPDATE meta SET value = value + 1 WHERE key = 'revision'"))

    @property
    def revision(self) -> str:
        """Name the state of the store: it differs after every change, and from any other library's."""
        values = self.facts()
        return f"{values['id']}-{values['revision']}"

    def facts(self) -> dict[str, str]:
        """Give what the store says of itself: schema_version, created, id, revision."""
        with self.reading() as connection:
            return dict(connection.execute(select(meta.c.key, meta.c.value)).tuples().all())

    def problems(self) -> list[str]:
        """Let SQLite check the whole file; an empty list means it is sound."""
        with self.reading() as connection:
            lines = connection.execute(text("PRAGMA integrity_check")).scalars().all()
        return [line for line in lines if line != "ok"]

    def _connect(self) -> sqlite3.Connection:
        if not self.writable:
            connection = _open(self.path, "mode=rw")  # not ro, which would leave the files of the WAL behind
            connection.execute("PRAGMA query_only = ON")
            return connection
        connection = _open(self.path, "mode=rwc")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

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
        with self.reading() as connection:
            metadata.create_all(connection)
            connection.execute(insert(meta), [{"key": key, "value": value} for key, value in values.items()])


def _lock(path: Path) -> WriterLock:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot make the folder {printable(path.parent)}: {error.strerror}") from error
    return WriterLock(path)


def _open(path: Path, options: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?{options}"
    # isolation_level None: transactions begin and end where we say so
    return sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, check_same_thread=False, isolation_level=None)


def _stored_version(path: Path) -> int | None:
    """Read the version of a store without changing it; None where there is no store yet."""
    if not path.exists():
        return None
    # Without a write-ahead log nobody has the store open: then SQLite need not put files of its own beside it.
    has_log = path.with_name(path.name + "-wal").exists()
    options = "mode=ro" if has_log else "mode=ro&immutable=1"
    with _clear_errors(path), closing(_open(path, options)) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        if not names:  # an empty file, or a process ended while it made the library
            return None
        row = None
        if "meta" in names:
            row = connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()
    if row is None:
        raise StoreError(f"{printable(path)} is not a Cuefinder library: choose another file")
    return int(row[0])


@contextmanager
def _clear_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (IntegrityError, ProgrammingError, sqlite3.IntegrityError, sqlite3.ProgrammingError):
        raise  # mistakes of ours, not of the disk
    except (DatabaseError, sqlite3.DatabaseError) as error:
        reason = str(getattr(error, "orig", None) or error)
        if "malformed" in reason or "not a database" in reason:
            advice = "it is damaged or no library; move it away and run 'cuefinder index' again"
        else:
            advice = "check the disk and the access rights"
        raise StoreError(f"cannot use the library {printable(path)} ({reason}): {advice}") from error
