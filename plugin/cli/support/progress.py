"""The display of an index run on stderr."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from plugin.cli.support.output import clip
from plugin.cli.support.units import clock

if TYPE_CHECKING:
    from plugin.library.progress import Progress

STYLES = ("auto", "bar", "lines", "json", "none")
BAR_SECONDS = 0.1
LINE_SECONDS = 10.0
BAR_WIDTH = 24


class ProgressDisplay:
    """Shows progress in one of the `STYLES`: a bar, a line now and then, or JSON lines, all on stderr.

    Parameters
    ----------
    style : str
        ``auto`` is a bar on a terminal and lines elsewhere.
    """

    def __init__(self, style: str) -> None:
        if style == "auto":
            style = "bar" if sys.stderr.isatty() else "lines"
        self._show: Callable[[Progress], None] | None = {
            "bar": self._bar,
            "lines": self._line,
            "json": self._json,
        }.get(style)
        self._pause = BAR_SECONDS if style == "bar" else LINE_SECONDS if style == "lines" else 0.0
        self._next = time.monotonic() + (LINE_SECONDS if style == "lines" else 0.0)
        self._bar_is_up = False

    def __call__(self, progress: Progress) -> None:
        """Show the state, unless the last one was shown a moment ago."""
        now = time.monotonic()
        if self._show is not None and now >= self._next:
            self._next = now + self._pause
            self._show(progress)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar_is_up:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._bar_is_up = False

    def _bar(self, progress: Progress) -> None:
        filled = round(progress.share * BAR_WIDTH)
        bar = "#" * filled + "." * (BAR_WIDTH - filled)
        line = clip(f"[{bar}] {_words(progress)}", shutil.get_terminal_size().columns - 1)
        print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)
        self._bar_is_up = True

    def _line(self, progress: Progress) -> None:
        print(_words(progress), file=sys.stderr, flush=True)

    def _json(self, progress: Progress) -> None:
        left = progress.seconds_left
        state = {
            "files_done": progress.files_done,
            "files_total": progress.files_total,
            "failed": progress.failed,
            "share": round(progress.share, 4),
            "rate": round(progress.rate, 2),
            "seconds_left": None if left is None else round(left, 1),
        }
        print(json.dumps(state), file=sys.stderr, flush=True)


def _words(progress: Progress) -> str:
    left = progress.seconds_left
    words = f"{progress.files_done}/{progress.files_total} files, {progress.rate:.0f}x real time"
    if progress.failed:
        words += f", {progress.failed} failed"
    return words if left is None else f"{words}, {clock(left)} left"
