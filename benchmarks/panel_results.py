"""How long the panel's table of results holds up the window, with as many rows as a large library has tracks.

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
from pathlib import Path
from time import perf_counter, thread_time

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
from PyQt6.QtCore import QEventLoop, Qt, QTimer
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication

from gui.find.results import ResultsView
from gui.models.columns import NUMBER
from plugin.library.records import Stamp, TagScore, Track
from plugin.suggest.suggester import Suggestion

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
    view, suggestions = ResultsView(), make_suggestions(options.rows)
    view.resize(1280, 720)
    view.show()
    watchdog = Watchdog()
    bar = view.verticalScrollBar()
    assert bar is not None
    turn(100)
    print(f"{options.rows} rows; the longest time that the window stood still, against {LIMIT * 1000:.0f} ms")

    def measure(name: str, work: Callable[[], object]) -> None:
        watchdog.begin()
        work()
        turn(50)
        wall, processor = watchdog.longest
        line = f"{name:24} {wall * 1000:7.1f} ms {wall / LIMIT:6.2f} times"
        print(f"{line}   processor {processor * 1000:7.1f} ms {processor / LIMIT:6.2f} times", flush=True)

    measure("take in", lambda: view.show_suggestions(suggestions))
    steps = np.linspace(0, bar.maximum(), options.turns).astype(int).tolist()
    measure("scroll by pages", lambda: frames(bar.setValue, steps))
    measure("scroll by the wheel", lambda: frames(lambda number: bar.setValue(3 * number), range(options.turns)))
    measure(
        "walk with the arrow key", lambda: frames(lambda _: QTest.keyClick(view, Qt.Key.Key_Down), range(options.turns))
    )
    for name in ("tempo", "score", "title", "tags"):
        measure(
            f"sort by {name}", lambda name=name: view.header.setSortIndicator(NUMBER[name], Qt.SortOrder.AscendingOrder)
        )
    view.selectRow(options.rows // 2)
    measure("rate", lambda: view.mark({"rating": 3}))
    measure("hide", lambda: view.mark({"hidden": True}))
    measure("bring back", view.unhide)
    view.close()


if __name__ == "__main__":
    main()
