"""The library and the models behind the panel; every call may take long and belongs on a worker thread.

What needs the store is imported in the calls: it takes an eighth of the panel's start, and the window needs none of it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gui.models.cancellation import Cancellation, CancelledError
from gui.models.engines import Engines
from plugin.errors import CuefinderError, InputError, printable
from plugin.library.progress import IndexReport, Progress
from plugin.library.watch_event import WatchEvent
from plugin.suggest.query import Query
from plugin.suggest.suggestion import Suggestions

if TYPE_CHECKING:
    from plugin.library.indexing import IndexRun
    from plugin.library.store import Library
    from plugin.library.watch import Writer
    from plugin.suggest.suggester import Suggester

PROGRESS_SECONDS = 0.1
"""Pause between two reports of progress: nobody reads faster."""
PATIENCE, TURN_SECONDS = 10.0, 0.5
"""How long another process may take from adopting a library to choosing its models, and between two looks."""


class OtherModelsError(CuefinderError):
    """The library has taken over what was heard with other models than those in use here."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What the library holds: tracks that can be suggested, files that failed, hours of music."""

    indexed: int = 0
    failed: int = 0
    hours: float = 0.0


@dataclass(frozen=True, slots=True)
class IndexState:
    """How far an index run was at one moment.

    ``share`` is 0 to 1, ``seconds_left`` an estimate, ``rate`` in seconds of music a second; ``problem`` is the last
    file that could not be read, and why.
    """

    files_done: int
    files_total: int
    failed: int
    share: float
    seconds_left: float | None
    rate: float = 0.0
    files_a_minute: float = 0.0
    problem: str = ""


class LibraryService:
    """Everything that the panel asks of the library; any thread may call it.

    Parameters
    ----------
    path : pathlib.Path
        The library's file; it need not exist yet.
    engines : Engines
    """

    def __init__(self, path: Path, engines: Engines) -> None:
        self.path = path
        self.engines = engines
        self._lock = threading.Lock()
        self._library: Library | None = None
        self._suggester: Suggester | None = None

    def summary(self) -> Summary:
        """Count what the library holds; all zero where there is none yet.

        Raises
        ------
        StoreError
            The library cannot be read.
        """
        if not self.path.exists():
            return Summary()
        from plugin.library.stats import stats
        from plugin.library.store import Library

        with Library(self.path) as library:
            found = stats(library)
        return Summary(found["tracks"]["indexed"], found["tracks"]["failed"], found["hours"])

    def device(self) -> str:
        """Load the models and give the device that they really run on, "CUDA" or "CPU".

        Raises
        ------
        PackError, DeviceError
            The models cannot be loaded.
        """
        return self.engines.engine().device

    def suggest(self, query: Query, cancellation: Cancellation) -> Suggestions:
        """Rank the tracks of the library.

        Raises
        ------
        CuefinderError
            As `plugin.suggest.suggester.Suggester.suggest` does.
        CancelledError
            The user ended it.
        """
        from plugin.library.store import Library
        from plugin.suggest.suggester import Suggester

        engine = self.engines.engine(cancellation)
        with self._lock:
            cancellation.check()
            if self._suggester is None:
                self._library = Library(self.path)
                self._suggester = Suggester(self._library, engine)
            self._suggester.engine = engine
            return self._suggester.suggest(query)

    def mark(self, track_id: int, marks: Mapping[str, Any]) -> None:
        """Set a track's rating, favourite or hidden mark; raises StoreError."""
        from plugin.library.marks import set_marks

        set_marks(self.path, track_id, **marks)

    def index(
        self,
        paths: Sequence[Path],
        on_state: Callable[[IndexState], None],
        cancellation: Cancellation,
        *,
        retry: bool = False,
    ) -> IndexReport:
        """Bring the library up to date with folders and files; a cancelled run gives what it did until then.

        With ``retry``, files are read again that failed before and did not change since.

        Raises
        ------
        CuefinderError
            The library or the models cannot be used; a file that fails is only listed in the report.
        """
        reports: list[IndexReport] = []

        def work(run: IndexRun) -> None:
            reports.append(run.report)
            with suppress(CancelledError):
                run.run(paths)

        self.write(work, on_state, cancellation, retry=retry)
        return reports[0]

    def write(
        self,
        work: Callable[[IndexRun], None],
        on_state: Callable[[IndexState], None],
        cancellation: Cancellation,
        *,
        retry: bool = False,
    ) -> None:
        """Do work with an index run, as the library's writer.

        Raises
        ------
        CuefinderError
            The library or the models cannot be used.
        CancelledError
            It was cancelled, and the work lets that through.
        """
        from plugin.library.indexing import IndexRun
        from plugin.library.store import Library

        engine = self.engines.engine(cancellation)  # questions are answered meanwhile, and are cancelled apart
        next_report = 0.0

        def step(progress: Progress) -> None:
            nonlocal next_report
            cancellation.check()
            if time.monotonic() >= next_report or progress.share == 1.0:
                next_report = time.monotonic() + PROGRESS_SECONDS
                on_state(index_state(progress, run.report))

        with Library(self.path, writable=True) as library:
            run = IndexRun(library, engine, on_progress=step, retry=retry)
            work(run)

    def watch(self, write: Writer, on_event: Callable[[WatchEvent], None], stop: threading.Event) -> None:
        """Watch the library's folders until `stop` is set.

        Raises
        ------
        CuefinderError
            The models cannot be used.
        OtherModelsError
            Those in use are not the library's any more.
        """
        from plugin.library.adopting import adopted_space
        from plugin.library.watch import Watcher

        while not stop.is_set():
            space, before = self.engines.engine().space, adopted_space(self.path)
            try:
                Watcher(self.path, space, write, on_event).run(stop)
            except InputError:
                now = adopted_space(self.path)
                if now == before:
                    raise
                if now not in ("", space):
                    raise OtherModelsError(f"{printable(self.path)} was heard again with other models") from None

    def follow(self, stop: threading.Event, patience: float = PATIENCE) -> None:
        """Use the models that the library was heard with by another process, which may be about to choose them.

        Parameters
        ----------
        stop : threading.Event
            Set where nobody waits for it any more.
        patience : float
            Seconds.

        Raises
        ------
        OtherModelsError
            They are not the ones that are in use on this machine.
        PackError, DeviceError
            They cannot be loaded.
        """
        from plugin.library.adopting import adopted_space

        until = time.monotonic() + patience
        while not stop.is_set():
            self.engines.follow()
            if self.engines.engine().space == adopted_space(self.path):
                return
            if time.monotonic() >= until:
                raise OtherModelsError(
                    f"{printable(self.path)} was heard again with models that are not in use here: choose them on the"
                    " page Models; folders are not watched until then"
                )
            stop.wait(TURN_SECONDS)

    def close(self) -> None:
        """Close the library; the next question opens it again."""
        with self._lock:
            if self._library is not None:
                self._library.close()
            self._library = self._suggester = None


def index_state(progress: Progress, report: IndexReport, *, before: int = 0) -> IndexState:
    """Say how far a run is that goes on where earlier ones ended, with so many files done `before`."""
    problem = ""
    if report.failures:
        path, reason = report.failures[-1]
        problem = f"{printable(path.name)}: {reason}"
    total = before + progress.files_total
    share = (before + progress.share * progress.files_total) / total if total else 1.0
    return IndexState(
        before + progress.files_done, total, progress.failed, share, progress.seconds_left,
        progress.rate, 60 * progress.files_done / max(progress.elapsed, 1e-9), problem,
    )  # fmt: skip
