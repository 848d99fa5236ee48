"""Searching libraries of ten thousand to two million segments, against numpy and against the goals.

For each size a library of made vectors that lie as those of recordings do is filled (`benchmarks.support.big_library`),
25 segments a track. Then, in turn, so that other work on the machine meets all of them alike, in milliseconds of wall
time:

- product: ``embeddings @ query`` of a float32 array in memory, the least that a search through everything can cost
- plain: the product, the best three segments in a row of each track, and the best 24 tracks: what a search must give
- search: the same from `Nearest`, on the matrix that is mapped from the cache
- suggest: `Suggester.suggest` as the command line and the panel call it, from a text to ten tracks and their parts

``recall`` is the share of the plain search's best ten tracks that the search has among its own; ``memory`` what the
search reads of the mapped matrix, and all of it. Once: making the matrix from the store (``build``), opening it, and a
list of 10,000 tracks as the panel shows it. Goals: a 95th percentile of 10 ms up to 100,000 segments and of 50 ms up
to a million; ``used`` is the search and the whole suggestion by that goal.

Run: ``python benchmarks/search.py [--sizes 2000000] [--near LIBRARY]``, with a library of real music to make the
vectors from. Two million segments take 5 GB of disk, 6 GB of memory and some minutes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.support.big_library import SPACE, Vectors, engine, fill
from benchmarks.support.ratios import keep
from plugin.library.matrix import load_matrix
from plugin.library.segment_matrix import SegmentMatrix
from plugin.library.store import Library
from plugin.suggest.nearest import Nearest
from plugin.suggest.query import Query
from plugin.suggest.ranking import best_windows
from plugin.suggest.suggester import Suggester

SIZES = (10_000, 100_000, 1_000_000)
GOALS = {100_000: 10.0, 1_000_000: 50.0}
"""Milliseconds, by the most segments that the goal is for."""
WINDOW = 3
READ = 24
"""Tracks that a suggestion looks at first."""
LONG_LIST = 10_000
COLUMNS = ("segments", "product", "plain", "search", "suggest", "search/product", "used", "recall", "memory", "build",
           "open", "long list")  # fmt: skip


def timed(turns: int, works: dict[str, Callable[[int], object]]) -> dict[str, np.ndarray]:
    """Time works in rotation; gives the milliseconds of each, after one turn that does not count."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(-1, turns):
        for name, work in works.items():
            begin = perf_counter()
            work(turn)
            times[name].append(1000 * (perf_counter() - begin))
    return {name: np.array(found[1:]) for name, found in times.items()}


def resident() -> float:
    return float(psutil.Process().memory_info().rss / 1e6)


def plain(rows: np.ndarray, matrix: SegmentMatrix, vector: np.ndarray) -> list[int]:
    best = best_windows(rows @ vector.astype(np.float32), matrix.offsets, WINDOW)
    order = np.argpartition(-best, READ)[:READ] if len(best) > READ else np.arange(len(best))
    ids: list[int] = matrix.ids[order[np.argsort(-best[order])]].tolist()
    return ids


def measure(library: Library, vectors: Vectors, turns: int) -> dict[str, Any]:
    begin = perf_counter()
    load_matrix(library, SPACE)
    built = perf_counter() - begin
    begin = perf_counter()
    matrix = load_matrix(library, SPACE)
    opened = perf_counter() - begin
    phrases = vectors.phrases(turns + 1)
    turned = matrix.turned(phrases)
    everything = np.arange(len(matrix.ids))
    suggester = Suggester(library, engine(phrases))

    def search(turn: int) -> list[int]:
        return Nearest(matrix, turned[turn], WINDOW, everything)[:READ]

    before = resident()
    for turn in range(turns):
        search(turn)
    read = resident() - before
    rows = np.hstack([matrix.head, matrix.tail])
    works: dict[str, Callable[[int], object]] = {
        "product": lambda turn: rows @ turned[turn].astype(np.float32),
        "plain": lambda turn: plain(rows, matrix, turned[turn]),
        "search": search,
        "suggest": lambda turn: suggester.suggest(Query(text=str(turn))),
    }
    times = timed(turns, works)
    recall = np.mean(
        [len({*search(turn)[:10]} & {*plain(rows, matrix, turned[turn])[:10]}) / 10 for turn in range(turns)]
    )
    whole = sum(getattr(matrix, name).nbytes for name in ("spans", "head", "tail")) / 1e6
    long = timed(1, {"long": lambda turn: suggester.suggest(Query(text="0", top=LONG_LIST))})["long"][0]
    return times | {"recall": recall, "read": read, "whole": whole, "build": built, "open": opened, "long": long}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of segments")
    parser.add_argument("--turns", type=int, default=40)
    parser.add_argument("--near", type=Path, metavar="LIBRARY", help="make vectors near those of this library")
    args = parser.parse_args()
    vectors = Vectors(args.near)
    print("times in ms: median / 95th percentile")
    print("  ".join(f"{column:>13}" for column in COLUMNS))
    for size in args.sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "library.db"
            fill(path, size, vectors)
            with Library(path) as library:
                found = measure(library, vectors, args.turns)
        median, late = ({name: np.percentile(found[name], part) for name in COLUMNS[1:5]} for part in (50, 95))
        goal = next((goal for most, goal in GOALS.items() if size <= most), None)
        keep(f"{size} segments, search / product", [median["search"] / median["product"]], "lower")
        if goal is not None:
            keep(f"{size} segments, search, 95th percentile to the goal", [late["search"] / goal], "lower")
            keep(f"{size} segments, suggest, 95th percentile to the goal", [late["suggest"] / goal], "lower")
        keep(f"{size} segments, recall", [found["recall"]], "higher")
        cells = (
            f"{size}",
            *(f"{median[name]:.1f} / {late[name]:.1f}" for name in COLUMNS[1:5]),
            f"{median['search'] / median['product']:.2f}",
            "-" if goal is None else f"{late['search'] / goal:.2f} / {late['suggest'] / goal:.2f}",
            f"{found['recall']:.3f}",
            f"{found['read']:.0f} of {found['whole']:.0f} MB",
            f"{found['build']:.1f} s",
            f"{1000 * found['open']:.1f} ms",
            f"{found['long']:.0f} ms",
        )
        print("  ".join(f"{cell:>13}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
