"""Indexing: from folders of music to tracks in the library."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from plugin.analysis import SilentError, TrackAnalyser
from plugin.decode import AUDIO_SUFFIXES, Block, DecodePool, Failed, Finished, MediaInfo, Started
from plugin.library.captions import caption_taken
from plugin.library.lyrics import lyrics_of
from plugin.library.plan import make_plan
from plugin.library.progress import IndexReport, Progress
from plugin.library.records import Stamp
from plugin.library.roots import note_scanned
from plugin.library.scan import Scan, content_hash, scan
from plugin.library.store import Library
from plugin.library.tracks import known_about
from plugin.library.writer import (
    Analysis,
    FileRecord,
    save_track,
    save_unheard,
    save_vocabulary,
    update_files,
)
from plugin.runtime.engine import Engine

SHORT_SECONDS = 3.0
"""Under this length a track is indexed with a warning."""


@dataclass(frozen=True, slots=True)
class _OpenFile:
    """A file that is being decoded."""

    stamp: Stamp
    info: MediaInfo
    analyser: TrackAnalyser
    lyrics: str
    warnings: list[str]


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
        Decoding processes.
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
        engine = self._engine
        save_vocabulary(self._library, engine.space, engine.vocabulary)
        progress = Progress({path: stamp.size for path, stamp in to_read.items()})
        # Several files are open at once, one in each decoding process.
        files: dict[Path, _OpenFile] = {}
        with DecodePool(workers=self._workers, rate=engine.rate) as pool:
            for event in pool.decode(to_read):
                path = event.path
                match event:
                    case Started():
                        files[path] = self._open(to_read[path], event.info)
                    case Block():
                        files[path].analyser.feed(event.samples)
                        seconds = len(event.samples) / engine.rate
                        progress.advance(path, seconds, files[path].info.duration)
                    case Finished():
                        self._finish(files.pop(path), event)
                    case Failed():
                        files.pop(path, None)
                        self._fail(path, to_read[path], event.reason)
                if isinstance(event, Finished | Failed):
                    progress.end(path, failed=len(self.report.failures))
                self.report.audio_seconds = progress.audio_seconds
                self._on_progress(progress)

    def _open(self, stamp: Stamp, info: MediaInfo) -> _OpenFile:
        warnings: list[str] = []
        try:
            lyrics = lyrics_of(info.path, info.lyrics)
        except OSError as error:
            lyrics = ""
            warnings.append(f"its lyrics cannot be read: {error.strerror}")
        taken = partial(caption_taken, self._library, self._engine.space, info.path)
        return _OpenFile(stamp, info, TrackAnalyser(self._engine, lyrics=lyrics, taken=taken), lyrics, warnings)

    def _finish(self, file: _OpenFile, end: Finished) -> None:
        path = end.path
        try:
            features = file.analyser.finish()
            unchanged = Stamp.of(path) == file.stamp
            record = FileRecord(path, file.stamp, content_hash(path, file.stamp.size))
        except SilentError as error:
            self._fail(path, file.stamp, str(error), status="silent")
            return
        except OSError as error:
            self._fail(path, file.stamp, error.strerror or str(error))
            return
        if not unchanged:
            self._fail(path, file.stamp, "it changed while it was read: run 'cuefinder index' again")
            return
        if not np.isfinite(features.embeddings).all():
            self._fail(path, file.stamp, "its sound cannot be analysed (the result is not a number)")
            return
        warnings = [*file.warnings, *end.warnings]
        if end.duration < SHORT_SECONDS:
            warnings.append(f"it is only {end.duration:.1f} s long")
        analysis = Analysis(record, file.info, features, end.loudness, end.peak, file.lyrics, warnings)
        save_track(self._library, self._engine.space, self._engine.vocabulary, analysis)
        self.report.indexed += 1
        self.report.warnings += [(path, warning) for warning in warnings]

    def _fail(self, path: Path, stamp: Stamp, reason: str, *, status: Literal["failed", "silent"] = "failed") -> None:
        (self.report.silent if status == "silent" else self.report.failures).append((path, reason))
        try:
            hashed = content_hash(path, stamp.size)
        except FileNotFoundError:  # it went away after the scan: what the library knows of it stays
            return
        except OSError:
            hashed = b""
        save_unheard(self._library, FileRecord(path, stamp, hashed), status, reason)
