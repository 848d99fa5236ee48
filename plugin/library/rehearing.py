"""Hearing a whole library again with other models, while it stays as usable as it was.

What is heard goes into a second store beside the library (`plugin.library.second_store`), a track a transaction, so a
run can be ended in any way and goes on where it was. When it is done the library takes all of it over at once
(`plugin.library.adopting`). Until then the library has its own writer, for whom the old models go on working.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from plugin.errors import InputError, printable
from plugin.library.adopting import adopt
from plugin.library.backups import second_store
from plugin.library.indexing import IndexRun
from plugin.library.progress import IndexReport, Progress
from plugin.library.records import KnownFile, Stamp
from plugin.library.second_store import UNREAD, SecondStore, under_way
from plugin.library.store import Library
from plugin.library.tracks import known_files
from plugin.runtime.engine import Engine


class Rehearing:
    """Hears the tracks of a library again that were heard with other models than the engine's.

    Parameters
    ----------
    library : pathlib.Path
        Its file; another process may be writing to it.
    engine : Engine
        The new models; they load when there is a file to read.
    workers : int
        Decoding processes.
    on_progress : callable
        Called with the `Progress` after each step; what it raises ends the run.

    Attributes
    ----------
    report : IndexReport
        Right at any moment: ``found`` tracks are of another space, of which ``unchanged`` were heard in earlier runs
        and ``missing`` have no file at the moment, such as those on a drive that is away.
    """

    def __init__(
        self,
        library: Path,
        engine: Engine,
        *,
        workers: int = 2,
        on_progress: Callable[[Progress], None] = lambda progress: None,
    ) -> None:
        self.report = IndexReport()
        self._library, self._engine = library, engine
        self._workers, self._on_progress = workers, on_progress

    def run(self) -> IndexReport:
        """Hear what is left to hear; a file that fails is listed in the report, stays as it was, and stops nothing.

        Raises
        ------
        InputError
            There is no library.
        LockedError
            Another process hears it again.
        StoreError
            The library cannot be read, or the disk does not take the second store.
        """
        began = time.monotonic()
        space = self._engine.space
        with Library(self._library) as library:
            known = [file for file in known_files(library) if file.space]
        second = SecondStore(self._library, space)
        with second:
            second.follow(known)
            strangers = [file for file in known if file.space != space]
            left = _Left(strangers, {file.id: file for file in known_files(second)}, space)
            run = IndexRun(second, self._engine, workers=self._workers, on_progress=self._on_progress)
            report = self.report = run.report
            report.found, report.unchanged = len(strangers), left.done
            report.still_failed, report.missing = left.failed, left.away
            report.seconds = time.monotonic() - began
            run.read(left.to_read)
        return report

    def adopt(self) -> int:
        """Take all that was heard over into the library, and remove the second store; gives how many tracks it was.

        Raises
        ------
        LockedError
            Another process writes to the library or hears it again; try again.
        StoreError
            The disk does not take it; the library is as it was.
        """
        return adopt(self._library, self._engine.space)


class Status(NamedTuple):
    """How far the hearing of a library for a space is.

    ``total`` tracks of it are of another space; ``done`` of these were heard again, ``failed`` could not be read or
    are silent, and the files of ``away`` are not there at the moment. The rest is still to be heard.
    """

    total: int
    done: int
    failed: int
    away: int


def status(library: Path, space: str) -> Status:
    """Say how far the hearing of a library for a space is; asks the disk for each file that is not heard yet.

    Raises
    ------
    InputError
        There is no library.
    StoreError
        It cannot be read.
    """
    if not library.exists():
        raise InputError(f"there is no library at {printable(library)}: make it with 'cuefinder index DIR'")
    with Library(library) as store:
        strangers = [file for file in known_files(store) if file.space not in ("", space)]
    again: dict[int, KnownFile] = {}
    found = under_way(library)
    if found is not None and found.space == space:
        with Library(second_store(library)) as store:
            again = {file.id: file for file in known_files(store)}
    left = _Left(strangers, again, space)
    return Status(len(strangers), left.done, left.failed, left.away)


class _Left:
    """What is left to hear of tracks, by what the second store says of them under the same ids."""

    def __init__(self, tracks: Sequence[KnownFile], again: dict[int, KnownFile], space: str) -> None:
        self.done = self.failed = self.away = 0
        self.to_read: dict[Path, Stamp] = {}
        for file in tracks:
            new = again.get(file.id)
            if new is not None and new.space == space and new.content_hash == file.content_hash:
                self.done += 1
                continue
            try:
                stamp = Stamp.of(file.path)
            except OSError:
                self.away += 1
                continue
            if new is not None and not new.space and new.stamp.size != UNREAD and new.stamp == stamp:
                self.failed += 1
            else:
                self.to_read[file.path] = stamp
