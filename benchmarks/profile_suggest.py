"""Where the time of a suggestion for a clip and words goes, and how far each step is from what the machine can do.

A clip of half a minute and a phrase are asked of a library of made vectors, again and again in one process. Wall time
of each step, without the steps inside it, median of the turns; the models run on one thread. The limits are measured in
the same run: FFmpeg that only decodes the clip's picture, the largest product of matrices, a copy of memory. "distance"
is the time that a step takes over that of its limit; 1 is the limit.

Run: ``python benchmarks/profile_suggest.py [--segments N]``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial, wraps
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from unittest.mock import patch

import av
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.support import big_library, limits
from benchmarks.support.ratios import keep
from benchmarks.support.turns import machine
from plugin.demo.film import film_scenes, make_film
from plugin.library.store import Library
from plugin.paths import pack_dir
from plugin.runtime.engine import Engine
from plugin.suggest import look, suggester
from plugin.suggest.query import Query

SIZE = (1280, 720)
CLIP_SECONDS = 30
WORDS = "calm piano with strings"
STEPS = (
    (look, "probe", "probe the clip"),
    (look, "video_frames", "decode and scale frames"),
    (Engine, "video", "video graph"),
    (Engine, "text", "text graph"),
    (suggester, "passing", "filters"),
    (suggester, "Nearest", "product with all segments"),
    (suggester, "choose", "rank, read tracks, fold versions"),
)


class Shares:
    """Wall time by step, without what steps inside it took."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self._inside: list[float] = []

    def __call__(self, step: str, work: Callable[..., Any], *values: Any, **options: Any) -> Any:
        """Do a work as part of a step; one that gives values one by one is drained."""
        self._inside.append(0.0)
        begin = perf_counter()
        result = work(*values, **options)
        if isinstance(result, Iterator):
            result = list(result)
        took = perf_counter() - begin
        self.spent[step] = self.spent.get(step, 0.0) + took - self._inside.pop()
        if self._inside:
            self._inside[-1] += took
        return result

    def around(self, step: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """Give a work that is counted as a step."""

        @wraps(work, updated=())
        def counted(*values: Any, **options: Any) -> Any:
            return self(step, work, *values, **options)

        return counted


def raw_picture(path: Path, seconds: float) -> float:
    """Seconds in which FFmpeg decodes the picture of a range on one thread, and nothing more."""
    begin = perf_counter()
    with av.open(str(path)) as media:
        for frame in media.decode(video=0):
            if frame.time is not None and frame.time > seconds:
                break
    return perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--segments", type=int, default=100_000)
    parser.add_argument("--turns", type=int, default=15)
    args = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_film(folder / "clip.mp4", film_scenes(CLIP_SECONDS)[:1], size=SIZE)
        big_library.fill(folder / "library.db", args.segments, big_library.Vectors())
        with Library(folder / "library.db") as library:
            profile(library, folder / "clip.mp4", args.turns)


def profile(library: Library, clip: Path, turns: int) -> None:
    engine = Engine(pack_dir(), device="cpu", threads=1, parts={})
    engine.load()
    engine.space = big_library.SPACE
    asked = suggester.Suggester(library, engine)
    query = Query(video=clip, text=WORDS)
    begin = perf_counter()
    asked.suggest(query)
    first = perf_counter() - begin
    rows, raw = [], []
    for _ in range(turns):
        shares = Shares()
        with ExitStack() as patches:
            for owner, name, step in STEPS:
                patches.enter_context(patch.object(owner, name, shares.around(step, getattr(owner, name))))
            shares("the rest", partial(asked.suggest, query))
        rows.append(shares.spent)
        raw.append(raw_picture(clip, CLIP_SECONDS))
    steps = {name: median(row.get(name, 0.0) for row in rows) for name in rows[0]}
    total = median(sum(row.values()) for row in rows)
    frames = engine.pack.manifest["video"]["frames"]
    picture = np.zeros((1, frames, *engine.video_size[::-1], 3), np.uint8)
    calls = -(-CLIP_SECONDS * engine.video_fps // frames)
    peak, copied = limits.flops(), limits.bandwidth()
    at_limit = {
        "decode and scale frames": median(raw),
        "video graph": calls * limits.work_of(engine.pack.file("video.onnx"), frames=picture) / peak,
        "product with all segments": asked._matrix.head.nbytes / copied,
    }
    print(f"{len(asked._matrix)} segments; one core: {peak / 1e9:.0f} GFLOPS, copies {copied / 1e9:.1f} GB/s")
    print(f"{'step':34} {'ms':>8} {'share':>6} {'distance':>9}")
    for name, value in sorted(steps.items(), key=lambda pair: -pair[1]):
        distance = f"{value / at_limit[name]:9.2f}" if name in at_limit else ""
        if name in at_limit:
            keep(f"{name}, to its limit", [value / at_limit[name]], "lower")
        print(f"{name:34} {1000 * value:8.2f} {value / total:6.3f} {distance}")
    print(f"{'all':34} {1000 * total:8.2f} {1:6.3f} {total / sum(at_limit.values()):9.2f}")
    print(f"the first, which reads the matrix: {1000 * first:.0f} ms, {first / total:.1f} of one of the others")


if __name__ == "__main__":
    main()
