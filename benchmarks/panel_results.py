"""How long the panel's results, a table or cards, hold up the window, with a row for each track of a large library.

A timer ticks every millisecond in the event loop; the longest pause between two ticks is how long the window stood
still, by the clock and by the processor time of its thread (the same on a machine that does nothing else). Measured
apart, against the limit of 50 ms: taking the answer in, scrolling from end to end by pages and by the wheel, walking
with the arrow key, sorting by each kind of column, and marks. Painted without a screen (Qt's platform "offscreen").

Run: ``python benchmarks/panel_results.py``.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from time import perf_counter, thread_time
from typing import get_args

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
from PyQt6.QtCore import QEventLoop, Qt, QTimer
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication

from benchmarks.support.ratios import keep
from gui.find.results import ResultsView
from gui.models.columns import NUMBER
from gui.models.settings import ResultsLook
from plugin.library.records import Stamp, TagScore, Track
from plugin.suggest.suggestion import Suggestion

LIMIT = 0.050
FRAME_MS = 16
WORDS = ("calm", "piano", "strings", "ambient", "hopeful", "cinematic", "warm", "dark", "slow", "choir")


class Watchdog:
    """Knows the longest time for which the event loop did not turn, in seconds of the clock and of the processor."""

    def __init__(self) -> None:
        self._timer = QTimer(timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self.begin()
        self._timer.start(1)

    def begin(self) -> None:
        """Forget what was measured."""
        self.longest, self._last = np.zeros(2), self._now()

    def _tick(self) -> None:
        now = self._now()
        self.longest, self._last = np.maximum(self.longest, now - self._last), now

    def _now(self) -> np.ndarray:
        return np.array([perf_counter(), thread_time()])


def make_suggestions(count: int) -> list[Suggestion]:
    rng = np.random.default_rng(0)
    found = []
    for number in range(count):
        words = rng.choice(WORDS, 6, replace=False)
        track = Track(
            id=number, path=Path(f"/music/{number}.flac"), stamp=Stamp(1, 1), content_hash=b"",
            title=f"Title {rng.integers(count)}", artist=f"Artist {rng.integers(count // 10 + 1)}", album="",
            duration=float(rng.uniform(60, 400)), tempo=float(rng.uniform(60, 180)), key="A minor", loudness=None,
            peak=None, caption="A slow, hopeful piano piece with warm strings.", lyrics="", space="s", status="indexed",
            reason="", warnings=(), indexed_at="", peaks=rng.integers(0, 255, 400, dtype=np.uint8).tobytes(),
            tags=tuple(TagScore(str(word), "mood", 0.9) for word in words), rating=int(rng.integers(6)),
        )  # fmt: skip
        aspects = {"video": 0.3, "text": 0.2, "reference": 0.8}
        found.append(Suggestion(track, 3.0 - number / count, 30.0, 60.0, aspects))
    return found


def turn(milliseconds: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def frames(step: Callable[[int], object], numbers: Iterable[int]) -> None:
    """Do one step a frame, as a display would show them."""
    for number in numbers:
        step(number)
        turn(FRAME_MS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--turns", type=int, default=200, help="steps of each way of scrolling")
    options = parser.parse_args()
    app = QApplication([])
    app.setStyle("Fusion")
    suggestions = make_suggestions(options.rows)
    print(f"{options.rows} rows; the longest time that the window stood still, against {LIMIT * 1000:.0f} ms")
    for look in get_args(ResultsLook):
        measure_look(look, suggestions, options.turns)


def measure_look(look: ResultsLook, suggestions: list[Suggestion], turns: int) -> None:
    """Do with a table or cards all that users do."""
    view = ResultsView()
    view.show_look(look)
    view.resize(1280, 720)
    view.show()
    rows, watchdog = view.views.view, Watchdog()
    bar = rows.verticalScrollBar()
    assert bar is not None
    turn(100)

    def measure(name: str, work: Callable[[], object]) -> None:
        watchdog.begin()
        work()
        turn(50)
        wall, processor = watchdog.longest
        keep(f"{look}, {name}, to the limit", [wall / LIMIT], "lower")
        line = f"{look:6} {name:24} {wall * 1000:7.1f} ms {wall / LIMIT:6.2f} times"
        print(f"{line}   processor {processor * 1000:7.1f} ms {processor / LIMIT:6.2f} times", flush=True)

    def sort(name: str) -> None:
        view.table.header.setSortIndicator(NUMBER[name], Qt.SortOrder.AscendingOrder)

    measure("take in", lambda: view.show_suggestions(suggestions))
    steps = np.linspace(0, bar.maximum(), turns).astype(int).tolist()
    measure("scroll by pages", lambda: frames(bar.setValue, steps))
    measure("scroll by the wheel", lambda: frames(lambda number: bar.setValue(3 * number), range(turns)))
    measure("walk with the arrow key", lambda: frames(lambda _: QTest.keyClick(rows, Qt.Key.Key_Down), range(turns)))
    for name in ("tempo", "score", "title", "tags"):
        measure(f"sort by {name}", partial(sort, name))
    view.views.select_row(len(suggestions) // 2)
    measure("rate", lambda: view.mark({"rating": 3}))
    measure("hide", lambda: view.mark({"hidden": True}))
    measure("bring back", view.unhide)
    view.close()


if __name__ == "__main__":
    main()
