"""Watching folders: what changes in them is taken into the library once it is at rest.

Everything is found twice: by what the system tells, and by walks that compare the disk with the library. Walks are
made at the start, when a folder comes back, when the system could not keep up, and now and then; on network drives,
which tell nothing, they are the only way. So nothing depends on an event that was missed.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from time import monotonic

from plugin.decode import AUDIO_SUFFIXES
from plugin.errors import InputError, StoreError
from plugin.library.adopting import adopted_space
from plugin.library.indexing import IndexRun
from plugin.library.lyrics_files import is_lyrics, songs_of
from plugin.library.plan import changed_paths
from plugin.library.records import Stamp
from plugin.library.roots import note_scanned, roots
from plugin.library.scan import Scan, is_music, look, scan
from plugin.library.settle import Settling, stamp_of
from plugin.library.store import Library
from plugin.library.tracks import known_about
from plugin.library.watch_event import WatchEvent
from plugin.library.watch_folders import WatchedFolders

REST_SECONDS = 3.0
"""A file that did not change for so long is taken to be written."""
POLL_SECONDS = 60.0
WALK_SECONDS = 3600.0
"""Between two walks of a folder of which the system tells: it may have missed something."""
ROOTS_SECONDS = 2.0
RETRY_SECONDS = 5.0
FILES_AT_ONCE = 50
"""Files to read before others may write to the library."""

Writer = Callable[[Callable[[IndexRun], None]], None]
"""Opens the library, does one piece of work with a new run, and lets others write."""


class Watcher:
    """Keeps the library up to date with its watched roots.

    Parameters
    ----------
    library : pathlib.Path
        The library's file.
    space : str
        Id of the embedding space in use.
    write : Writer
        Called as ``write(work)``; raises `plugin.errors.StoreError` where the library cannot be written now: then it
        is tried again.
    on_event : callable
        Called with each `WatchEvent`, from the thread of `run`.
    rest : float
        Seconds without a change after which a file is taken to be written.
    poll_seconds : float
        Between two walks of a folder on a network drive.
    poll : bool
        Poll all folders.
    """

    def __init__(
        self,
        library: Path,
        space: str,
        write: Writer,
        on_event: Callable[[WatchEvent], None],
        *,
        rest: float = REST_SECONDS,
        poll_seconds: float = POLL_SECONDS,
        poll: bool = False,
    ) -> None:
        self._library, self._space, self._write, self._say = library, space, write, on_event
        self._tick, self._poll_seconds, self._poll = min(rest / 4, 0.5), poll_seconds, poll
        self._settling = Settling(rest)
        self._lost = threading.Event()
        self._walks: dict[Path, float] = {}
        self._first_space = ""
        self._said: dict[Path, list[tuple[Path, str]]] = {}

    def run(self, stop: threading.Event) -> None:
        """Watch until `stop` is set; what was not taken in by then is found at the next start.

        Raises
        ------
        CuefinderError
            The models cannot be used, or the library has taken over what was heard with others: these ones would
            hear all of it again.
        """
        next_roots = 0.0
        self._first_space = adopted_space(self._library)
        with WatchedFolders(self._hear, self._lost.set, poll=self._poll) as folders:
            while not stop.is_set():
                try:
                    if monotonic() >= next_roots:
                        self._follow_roots(folders)
                        next_roots = monotonic() + ROOTS_SECONDS
                    self._walk_what_is_due(folders, stop)
                    self._take_in(self._settling.take(monotonic()), stop)
                except StoreError as error:
                    self._say(WatchEvent("waiting", text=str(error)))
                    stop.wait(RETRY_SECONDS)
                stop.wait(self._tick)

    def _hear(self, path: str, is_folder: bool) -> None:
        name = os.path.basename(path)  # noqa: PTH119 - thousands a second
        if is_folder or is_music(name, AUDIO_SUFFIXES) or is_lyrics(name):
            self._settling.note(Path(path), monotonic())

    def _follow_roots(self, folders: WatchedFolders) -> None:
        if adopted_space(self._library) not in (self._first_space, self._space):
            raise InputError("the library was heard again with other models: begin to watch anew, with those")
        wanted = [root.path for root in roots(self._library) if root.watched]
        self._walks = {path: due for path, due in self._walks.items() if path in wanted}
        for path, mode in folders.update(wanted).items():
            self._say(WatchEvent(mode, path))
            self._walks.pop(path, None)
            if mode != "offline":
                self._walks[path] = monotonic()

    def _walk_what_is_due(self, folders: WatchedFolders, stop: threading.Event) -> None:
        if self._lost.is_set():
            self._lost.clear()
            self._say(WatchEvent("lost"))
            self._walks = dict.fromkeys(self._walks, monotonic())
        if self._settling.full and not len(self._settling):
            self._settling.full = False
            self._walks = dict.fromkeys(self._walks, monotonic())
        for path, due in self._walks.items():
            if monotonic() >= due and not stop.is_set():
                self._walk(path)
                pause = self._poll_seconds if folders.mode(path) == "polled" else WALK_SECONDS
                self._walks[path] = monotonic() + pause

    def _walk(self, root: Path) -> None:
        found, changes = self._compare(root)
        note_scanned(self._library, found.complete)
        if found.problems != self._said.get(root, []):
            self._said[root] = found.problems
            for path, reason in found.problems:
                self._say(WatchEvent("problem", path, text=reason))
        if changes:
            self._say(WatchEvent("walked", root, changes))

    def _compare(self, folder: Path) -> tuple[Scan, int]:
        """Find out what differs between the disk below a folder and the library; all of it must come to rest first."""
        found = scan([folder], AUDIO_SUFFIXES)
        with Library(self._library) as library:
            changed = list(changed_paths(found, known_about(library, found), self._space))
        for path in changed:
            self._settling.suspect(path, monotonic())
        return found, len(changed)

    def _take_in(self, paths: Collection[Path], stop: threading.Event) -> None:
        """Take in what happened at paths: what moved or is gone at once, what must be heard in portions."""
        new_folders = {path for path in paths if path.is_dir()}
        for folder in new_folders:  # the system may not have told of all files that came with it
            self._compare(folder)
        files = songs_of((path for path in paths if path not in new_folders), AUDIO_SUFFIXES)
        if not files:
            return
        self._say(WatchEvent("changes", count=len(files)))
        to_read: dict[Path, Stamp] = {}
        self._do(lambda run: to_read.update(run.compare(self._look(files))), stop)
        left = list(to_read)
        while left and not stop.is_set():
            portion, left = left[:FILES_AT_ONCE], left[FILES_AT_ONCE:]
            # What changed while it waited for its turn comes again by its own event.
            still = [path for path in portion if stamp_of(path) == to_read[path]]
            self._do(lambda run, still=still: run.update(self._look(still)), stop)  # type: ignore[misc]

    def _look(self, paths: Iterable[Path]) -> Scan:
        return look(paths, list(self._walks), AUDIO_SUFFIXES)

    def _do(self, work: Callable[[IndexRun], object], stop: threading.Event) -> None:
        """Have a piece of work done, as soon as the library can be written."""

        def done(run: IndexRun) -> None:
            work(run)
            self._say(WatchEvent("indexed", report=run.report))

        while not stop.is_set():
            try:
                self._write(done)
                return
            except StoreError as error:
                self._say(WatchEvent("waiting", text=str(error)))
                stop.wait(RETRY_SECONDS)
