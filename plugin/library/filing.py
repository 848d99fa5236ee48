"""Filing what became of each file that was read: in the library, one transaction a file, and in the report."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from plugin.analysis import SilentError, TrackAnalyser
from plugin.decode import Finished, MediaInfo
from plugin.library.captions import caption_taken
from plugin.library.lyrics import lyrics_of
from plugin.library.lyrics_files import lyrics_stamp
from plugin.library.progress import IndexReport
from plugin.library.records import Stamp
from plugin.library.scan import content_hash
from plugin.library.store import Library
from plugin.library.writer import Analysis, FileRecord, save_track, save_unheard
from plugin.runtime.engine import Engine

SHORT_SECONDS = 3.0
"""Under this length a track is indexed with a warning."""


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file that is being decoded."""

    stamp: Stamp
    lyrics_stamp: str
    info: MediaInfo
    analyser: TrackAnalyser
    lyrics: str
    warnings: list[str]


class Filing:
    """Writes files that were read; `keep` and `fail` are the writer's thread's.

    Parameters
    ----------
    library : Library
        Open for writing.
    engine : Engine
    report : IndexReport
        Is brought up to date after each file.

    Attributes
    ----------
    done : deque of pathlib.Path
        Files that were filed; to be taken out by who counts them.
    """

    def __init__(self, library: Library, engine: Engine, report: IndexReport) -> None:
        self._library, self._engine, self._report = library, engine, report
        self.done: deque[Path] = deque()

    def open(self, stamp: Stamp, info: MediaInfo) -> OpenFile:
        """Begin with a file."""
        warnings: list[str] = []
        stamp_of_lyrics = lyrics_stamp(info.path)  # first: what changes while it is read is then found again
        try:
            lyrics = lyrics_of(info.path, info.lyrics)
        except OSError as error:
            lyrics = ""
            warnings.append(f"its lyrics cannot be read: {error.strerror}")
        taken = partial(caption_taken, self._library, self._engine.space, info.path)
        analyser = TrackAnalyser(self._engine, lyrics=lyrics, taken=taken)
        return OpenFile(stamp, stamp_of_lyrics, info, analyser, lyrics, warnings)

    def keep(self, file: OpenFile, end: Finished) -> None:
        """File a track all of which was heard.

        Raises
        ------
        StoreError
            The library cannot be written.
        """
        path = end.path
        try:
            features = file.analyser.features()
            unchanged = Stamp.of(path) == file.stamp
            record = FileRecord(path, file.stamp, content_hash(path, file.stamp.size), file.lyrics_stamp)
        except SilentError as error:
            self.fail(path, file.stamp, str(error), status="silent")
            return
        except OSError as error:
            self.fail(path, file.stamp, error.strerror or str(error))
            return
        if not unchanged:
            self.fail(path, file.stamp, "it changed while it was read: run 'cuefinder index' again")
            return
        if not np.isfinite(features.embeddings).all():
            self.fail(path, file.stamp, "its sound cannot be analysed (the result is not a number)")
            return
        warnings = [*file.warnings, *end.warnings]
        if end.duration < SHORT_SECONDS:
            warnings.append(f"it is only {end.duration:.1f} s long")
        analysis = Analysis(record, file.info, features, end.loudness, end.peak, file.lyrics, warnings)
        save_track(self._library, self._engine.space, self._engine.vocabulary, analysis)
        self._report.indexed += 1
        self._report.warnings += [(path, warning) for warning in warnings]
        self.done.append(path)

    def fail(self, path: Path, stamp: Stamp, reason: str, *, status: Literal["failed", "silent"] = "failed") -> None:
        """File that there is nothing to know of a file, and why; raises as `keep`."""
        (self._report.silent if status == "silent" else self._report.failures).append((path, reason))
        try:
            hashed = content_hash(path, stamp.size)
        except FileNotFoundError:  # it went away after the scan: what the library knows of it stays
            pass
        except OSError:
            save_unheard(self._library, FileRecord(path, stamp, b""), status, reason)
        else:
            save_unheard(self._library, FileRecord(path, stamp, hashed), status, reason)
        self.done.append(path)
