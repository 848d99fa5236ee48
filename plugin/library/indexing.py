"""Indexing: from folders of music to tracks in the library."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from plugin.cores import cores
from plugin.decode import AUDIO_SUFFIXES, Block, DecodePool, Failed, Finished, Started
from plugin.library.filing import Filing, OpenFile
from plugin.library.pipeline import Pipeline
from plugin.library.plan import make_plan
from plugin.library.progress import IndexReport, Progress
from plugin.library.records import Stamp
from plugin.library.roots import note_scanned
from plugin.library.scan import Scan, scan
from plugin.library.store import Library
from plugin.library.tracks import known_about
from plugin.library.writer import save_vocabulary, update_files
from plugin.runtime.engine import Engine


class IndexRun:
    """One run over folders and files; `report` is right at any moment, also after an interrupt.

    Each file is written in one transaction as soon as it is analysed, so a run can be ended in any way and
    started again: it goes on where it was.

    Parameters
    ----------
    library : Library
        Open for writing.
    engine : Engine
        Loads its models when there is a file to read, and not before.
    workers : int
        Decoding processes, of which there are never more than cores.
    retry : bool
        Read files again that failed or were silent, though they did not change.
    on_progress : callable
        Called with the `Progress` after each step.
    """

    def __init__(
        self,
        library: Library,
        engine: Engine,
        *,
        workers: int = 2,
        retry: bool = False,
        on_progress: Callable[[Progress], None] = lambda progress: None,
    ) -> None:
        self.report = IndexReport()
        self._began = time.monotonic()
        self._library = library
        self._engine = engine
        self._workers = workers
        self._retry = retry
        self._on_progress = on_progress

    def run(self, paths: Sequence[Path]) -> IndexReport:
        """Index all music below the paths; a file that fails is listed in the report and stops nothing."""
        found = scan(paths, AUDIO_SUFFIXES)
        report = self.update(found)
        note_scanned(self._library.path, found.complete)
        return report

    def update(self, found: Scan) -> IndexReport:
        """Bring the library up to date with what a scan saw; what it did not look at stays as it is."""
        self.read(self.compare(found))
        return self.report

    def compare(self, found: Scan) -> dict[Path, Stamp]:
        """Note what moved, came back or is gone, all at once; gives the files that must be read."""
        report = self.report
        try:
            report.found = len(found.files)
            report.passed_over = dict(found.passed_over.most_common())
            report.problems = found.problems
            plan = make_plan(found, known_about(self._library, found), self._engine.space, retry=self._retry)
            report.unchanged, report.still_failed = plan.unchanged, plan.still_failed
            report.moved, report.returned, report.missing = plan.moved, plan.returned, len(plan.missing)
            if plan.found or plan.missing:
                update_files(self._library, plan.found, plan.missing)
        finally:
            report.seconds = time.monotonic() - self._began
        return plan.to_read

    def read(self, to_read: Mapping[Path, Stamp]) -> None:
        """Listen to files, each of which must still have its stamp."""
        try:
            if to_read:
                self._read(to_read)
        finally:
            self.report.seconds = time.monotonic() - self._began

    def _read(self, to_read: Mapping[Path, Stamp]) -> None:
        engine, report = self._engine, self.report
        save_vocabulary(self._library, engine.space, engine.vocabulary)
        progress = Progress({path: stamp.size for path, stamp in to_read.items()})
        filing = Filing(self._library, engine, report)
        workers = min(self._workers, cores())
        with DecodePool(workers=workers, rate=engine.rate) as pool, Pipeline(engine) as pipeline:
            # Several files are open at once, one in each decoding process.
            files: dict[Path, OpenFile] = {}
            for event in pool.decode(to_read):
                path = event.path
                match event:
                    case Started():
                        files[path] = filing.open(to_read[path], event.info)
                    case Block():
                        pipeline.hear(files[path].analyser, event.samples)
                        seconds = len(event.samples) / engine.rate
                        progress.advance(path, seconds, files[path].info.duration)
                    case Finished():
                        file = files.pop(path)
                        pipeline.finish(file.analyser, partial(filing.keep, file, event))
                    case Failed():
                        files.pop(path, None)
                        pipeline.write(partial(filing.fail, path, to_read[path], event.reason))
                report.audio_seconds = progress.audio_seconds
                self._say(progress, filing)
            while pipeline.wait():
                self._say(progress, filing)
        self._say(progress, filing)

    def _say(self, progress: Progress, filing: Filing) -> None:
        """Count the files that were filed since the last time, and tell."""
        while filing.done:
            progress.end(filing.done.popleft(), failed=len(self.report.failures))
        self._on_progress(progress)
