"""How far an index run is, and what it did."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


class Progress:
    """How far the reading of files is; the time left is judged by their sizes.

    Parameters
    ----------
    sizes : mapping of pathlib.Path to int
        The files to read and their sizes in bytes.
    """

    def __init__(self, sizes: Mapping[Path, int]) -> None:
        self.files_total = len(sizes)
        self.files_done = 0
        self.failed = 0
        self.audio_seconds = 0.0
        self._sizes = sizes
        self._bytes_total = sum(sizes.values())
        self._bytes_done = 0.0
        self._under_way: dict[Path, float] = {}
        self._started = time.monotonic()

    def advance(self, path: Path, seconds: float, duration: float | None) -> None:
        """Count so many seconds more of a file; its duration may be unknown."""
        self.audio_seconds += seconds
        share = seconds / duration if duration else 0.0
        self._under_way[path] = self._under_way.get(path, 0.0) + share * self._sizes[path]

    def end(self, path: Path, failed: int) -> None:
        """Count a file as done; ``failed`` is the number of failures so far."""
        self._under_way.pop(path, None)
        self._bytes_done += self._sizes[path]
        self.files_done += 1
        self.failed = failed

    @property
    def share(self) -> float:
        """Part of the work that is done, 0 to 1."""
        done = self._bytes_done + sum(self._under_way.values())
        return min(done / self._bytes_total, 1.0) if self._bytes_total else 1.0

    @property
    def elapsed(self) -> float:
        """Seconds since the work began."""
        return time.monotonic() - self._started

    @property
    def rate(self) -> float:
        """Seconds of music read in a second."""
        return self.audio_seconds / max(self.elapsed, 1e-9)

    @property
    def seconds_left(self) -> float | None:
        """Estimate of the time to the end; None before anything is done."""
        return self.elapsed * (1.0 - self.share) / self.share if self.share > 0 else None


@dataclass(slots=True)
class IndexReport:
    """What an index run did: counts of files, and what went wrong.

    ``problems`` are the paths that could not be walked or hold no music; ``failures`` the files that could
    not be read, ``silent`` those in which there is nothing to hear, ``warnings`` the remarks on indexed files.
    """

    found: int = 0
    unchanged: int = 0
    indexed: int = 0
    still_failed: int = 0
    moved: int = 0
    returned: int = 0
    missing: int = 0
    passed_over: dict[str, int] = field(default_factory=dict)
    problems: list[tuple[Path, str]] = field(default_factory=list)
    failures: list[tuple[Path, str]] = field(default_factory=list)
    silent: list[tuple[Path, str]] = field(default_factory=list)
    warnings: list[tuple[Path, str]] = field(default_factory=list)
    audio_seconds: float = 0.0
    seconds: float = 0.0
