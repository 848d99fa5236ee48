"""The panel against its limits, in one run, without a screen (Qt's "offscreen" platform, no GPU).

- start: seconds from ``cuefinder panel`` until the window is painted, the first time and the median of several, as a
  ratio to 1.5 s
- first results: seconds from a clip's selection until rows are in the table, for clips that were never asked for, the
  first and the median, as a ratio to 1 s
- blocks: the longest time for which the window stood still (a watchdog timer of 5 ms), as a ratio to 50 ms: at rest,
  while so many files are indexed, when the largest answer that the settings allow comes in, and while 100,000 results
  are scrolled

The load of the machine before the run is printed, as other work on it counts in. It exits with 1 where a ratio of the
start, the first results or a block is over 1. Run: ``python benchmarks/panel.py [--files 1000]``.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import wave
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, time

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.support.ratios import keep

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
import numpy as np

from gui.models.settings import LIMITS
from plugin.demo.film import film_scenes, make_film
from plugin.paths import HOME_VARIABLE

START_LIMIT, RESULTS_LIMIT, BLOCK_LIMIT = 1.5, 1.0, 0.05
"""Seconds."""
RATE = 16000
FILE_SECONDS = 6.0
FIRST_FILES = 24
PAINTED = """
import gc, sys, time
if "gui" in sys.orig_argv:
    gc.disable()  # as gui.__main__ does before it imports the same
    from PyQt6.QtCore import QTimer
    from gui import app
    paint = app.PanelWindow.paintEvent
    def painted(window, event):
        paint(window, event)
        app.PanelWindow.paintEvent = paint
        # After this round of the event loop everything in the window has been painted.
        QTimer.singleShot(0, lambda: (print(time.time(), flush=True), window.close()))
    app.PanelWindow.paintEvent = painted
"""
"""Python runs it at the start of the panel's process, as sitecustomize.py."""


def make_music(folder: Path, count: int, seed: int) -> None:
    """Make short files of different chords."""
    rng = np.random.default_rng(seed)
    times = np.arange(round(FILE_SECONDS * RATE)) / RATE
    for number in range(count):
        root = 55 * 2 ** (rng.integers(0, 36) / 12)
        notes = root * 2 ** (np.array([0, rng.choice([3, 4]), 7, 12]) / 12)
        beat = np.exp(-(times * rng.uniform(1, 3) % 1) * rng.uniform(1, 6))
        sound = np.sin(2 * np.pi * notes[:, None] * times).sum(0) * beat
        with wave.open(str(folder / f"{seed}-{number}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes((sound / np.abs(sound).max() * 2e4).astype("<i2").tobytes())


def start_seconds(folder: Path) -> float:
    """Run ``cuefinder panel``; gives the seconds until its window was painted."""
    (folder / "sitecustomize.py").write_text(PAINTED)
    search = os.pathsep.join((str(folder), str(Path(__file__).parents[1])))
    command = [sys.executable, "-m", "plugin.cli.main", "panel", "--device", "cpu"]
    begin = time()
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": search}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the panel does not start: {done.stderr}")
    return float(done.stdout) - begin


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=1000, help="files to index")
    parser.add_argument("--rows", type=int, default=100_000, help="results to scroll")
    parser.add_argument("--starts", type=int, default=5, help="processes to start")
    args = parser.parse_args()
    # Here, so that the decoding processes, which import this module again, start without Qt.
    from benchmarks.panel_results import make_suggestions
    from benchmarks.support.panel_bench import PanelBench, turn

    missed = []

    def tell(name: str, seconds: float, limit: float) -> None:
        keep(f"{name}, to its limit", [seconds / limit], "lower")
        print(f"{name:38} {seconds * 1000:8.1f} ms  {seconds / limit:6.2f} times {limit * 1000:.0f} ms", flush=True)
        if seconds > limit:
            missed.append(name)

    def watch(name: str, work: Callable[[], object]) -> None:
        found = bench.watch(work)
        tell(f"block, {name}", found.longest, BLOCK_LIMIT)
        print(f"{'the window itself worked at most':38} {found.own * 1000:8.1f} ms at a time", flush=True)

    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as name:
        os.environ[HOME_VARIABLE] = name
        folder = Path(name)
        starts = [start_seconds(folder) for _ in range(args.starts)]
        tell("start, first", starts[0], START_LIMIT)
        tell("start, median", statistics.median(starts), START_LIMIT)
        first, many = folder / "first", folder / "many"
        for music, count in ((first, FIRST_FILES), (many, args.files)):
            music.mkdir()
            make_music(music, count, seed=count)
        scenes = film_scenes(20)
        make_film(folder / "film.mp4", scenes)
        bench = PanelBench(folder)
        bench.index(first)
        times = [bench.first_results(folder / "film.mp4", scene) for scene in scenes]
        tell("first results, first clip", times[0], RESULTS_LIMIT)
        tell(f"first results, median of {len(times)}", statistics.median(times), RESULTS_LIMIT)
        watch("at rest", lambda: turn(1000))
        begin = perf_counter()
        watch(f"indexing {args.files} files", lambda: bench.index(many))
        print(f"{args.files / (perf_counter() - begin):.1f} files a second were indexed")
        results = bench.window.find.results
        most = make_suggestions(round(LIMITS["results"][1]))
        watch(f"{len(most)} results coming in", lambda: results.show_suggestions(most))
        results.show_suggestions(make_suggestions(args.rows))
        watch(f"scrolling {args.rows} results", lambda: bench.scroll(5))
        bench.close()
    if missed:
        print(f"over the limit: {', '.join(missed)}")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
