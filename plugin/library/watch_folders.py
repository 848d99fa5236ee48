"""Folders under the system's watch: which are there, which must be polled, and what is heard from them."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from watchdog import events
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

from plugin.library.mounts import on_network

Mode = Literal["watched", "polled", "offline"]
"""The system tells of changes; they are found by walks; the folder is not there."""

# Without opening and closing, which our own reading would cause.
_EVENTS: list[type[events.FileSystemEvent]] = [
    events.FileCreatedEvent, events.FileModifiedEvent, events.FileClosedEvent, events.FileMovedEvent,
    events.FileDeletedEvent, events.DirCreatedEvent, events.DirMovedEvent, events.DirDeletedEvent,
]  # fmt: skip


@dataclass(slots=True)
class _Folder:
    identity: tuple[int, int] | None
    mode: Mode
    watch: ObservedWatch | None = None


class WatchedFolders:
    """Keeps folders under watch, also those that go and come back. Use as a context manager, from one thread.

    Parameters
    ----------
    heard : callable
        ``heard(path, is_folder)``, called from watchdog's thread for every change.
    lost : callable
        Called from any thread when the system or watchdog could not keep up, so that changes are unknown.
    poll : bool
        Poll all folders, not only those on network drives.
    """

    def __init__(self, heard: Callable[[str, bool], None], lost: Callable[[], None], *, poll: bool = False) -> None:
        self._heard, self._poll = heard, poll
        self._complaints = _Complaints(lost)
        self._observer: BaseObserver | None = None
        self._folders: dict[Path, _Folder] = {}

    def __enter__(self) -> WatchedFolders:
        logging.getLogger("watchdog").addHandler(self._complaints)
        # Folders that come with folders in them are registered twice, which does no harm.
        warnings.filterwarnings("ignore", "Callback with id", RuntimeWarning)
        return self

    def __exit__(self, *exception: object) -> None:
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()
        logging.getLogger("watchdog").removeHandler(self._complaints)

    def update(self, wanted: Collection[Path]) -> dict[Path, Mode]:
        """Watch these folders and no others; gives those whose state has changed, or which were replaced."""
        changed: dict[Path, Mode] = {}
        for path in [path for path in self._folders if path not in wanted]:
            self._drop(path)
        for path in wanted:
            identity, old = _identity(path), self._folders.get(path)
            if old is not None and old.identity == identity and self._alive(old):
                continue
            if old is not None:
                self._drop(path)
            self._folders[path] = self._begin(path, identity)
            changed[path] = self._folders[path].mode
        return changed

    def mode(self, path: Path) -> Mode:
        """How a folder is watched."""
        return self._folders[path].mode

    def _begin(self, path: Path, identity: tuple[int, int] | None) -> _Folder:
        if identity is None:
            return _Folder(None, "offline")
        if self._poll or on_network(path):
            return _Folder(identity, "polled")
        try:
            if self._observer is None:
                observer = Observer()
                observer.start()
                self._observer = observer
            handler = _Handler(path, self._heard)
            watch = self._observer.schedule(handler, os.fspath(path), recursive=True, event_filter=_EVENTS)
        except OSError:  # the system's limit of watches, or it went away just now: then the next update says so
            return _Folder(identity, "polled")
        folder = _Folder(identity, "watched", watch)
        if self._at_limit():
            self._unschedule(watch)
            return _Folder(identity, "polled")
        return folder

    def _at_limit(self) -> bool:
        """Say whether the system takes no more watches: then watchdog left out subfolders without a word."""
        assert self._observer is not None
        probe = Path(Path.home().anchor)
        try:
            watch = self._observer.schedule(events.FileSystemEventHandler(), os.fspath(probe), event_filter=_EVENTS)
        except OSError:
            return True
        self._unschedule(watch)
        return False

    def _alive(self, folder: _Folder) -> bool:
        if folder.watch is None:
            return True
        assert self._observer is not None
        return any(emitter.watch == folder.watch and emitter.is_alive() for emitter in self._observer.emitters)

    def _drop(self, path: Path) -> None:
        folder = self._folders.pop(path)
        if folder.watch is not None:
            self._unschedule(folder.watch)

    def _unschedule(self, watch: ObservedWatch) -> None:
        assert self._observer is not None
        self._observer.unschedule(watch)


class _Handler(events.FileSystemEventHandler):
    """Passes on what is not hidden below a folder."""

    def __init__(self, folder: Path, heard: Callable[[str, bool], None]) -> None:
        self._start = len(os.path.join(folder, "")) - 1  # noqa: PTH118 - with the separator at its end
        self._heard = heard

    def on_any_event(self, event: events.FileSystemEvent) -> None:
        """Take an event."""
        for path in (event.src_path, event.dest_path):
            text = os.fsdecode(path)
            if text and os.sep + "." not in text[self._start :]:
                self._heard(text, event.is_directory)


class _Complaints(logging.Handler):
    """Takes any warning of watchdog as a sign that changes went unheard: it has no event for that."""

    def __init__(self, lost: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._lost = lost

    def emit(self, record: logging.LogRecord) -> None:
        """Take what watchdog logs."""
        if record.levelno == logging.WARNING or record.exc_info:
            self._lost()


def _identity(path: Path) -> tuple[int, int] | None:
    """Name the folder itself, whatever its path leads to; None where it is not there."""
    try:
        status = path.stat()
        return (status.st_dev, status.st_ino) if path.is_dir() else None
    except OSError:
        return None
