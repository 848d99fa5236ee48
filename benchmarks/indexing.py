"""Indexing end to end against decoding alone, format by format.

- decode: `DecodePool` over the files, loudness included, nothing done with the sound
- index: `IndexRun` over the same files into an empty library: decoding, all models, captions, the store

They take turns, so that each has its ratio to the other in the same turn: median, lowest and highest are printed. The
goal is that indexing runs at 0.7 of the speed of decoding alone. "bound" is the ratio to be reached if all cores
were busy all the time with exactly this work, by the time of the processor that both take: the distance from it is
waiting, or other programs; its distance from 1 is work.

Give a folder of music, or none: then pieces of the length of songs are rendered. Run: ``python benchmarks/indexing.py``
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.support.music import make_music
from benchmarks.support.ratios import keep
from benchmarks.support.turns import in_turns, machine, spread
from plugin.cores import cores
from plugin.decode import AUDIO_SUFFIXES, Block, DecodePool
from plugin.library.indexing import IndexRun
from plugin.library.scan import scan
from plugin.library.store import Library
from plugin.paths import pack_dir
from plugin.runtime.engine import Engine

GOAL = 0.7


def decode(files: Sequence[Path], rate: int, workers: int) -> float:
    """Decode; gives the seconds of sound."""
    samples = 0
    with DecodePool(workers=workers, rate=rate) as pool:
        for event in pool.decode(files):
            if isinstance(event, Block):
                samples += event.samples.size
    return samples / rate


def index(files: Sequence[Path], engine: Engine, workers: int) -> None:
    with tempfile.TemporaryDirectory() as folder, Library(Path(folder) / "library.db", writable=True) as library:
        report = IndexRun(library, engine, workers=workers).run(files)
    for path, reason in report.failures:
        print(f"failed: {path}: {reason}", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", help="music to index (default: rendered pieces)")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="decoding processes (default: 1 2)")
    parser.add_argument("--device", default="cpu", help="where the models run (default: %(default)s)")
    args = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as rendered:
        if args.folder is None:
            make_music(Path(rendered))
        files = sorted(scan([args.folder or Path(rendered)], AUDIO_SUFFIXES).files, key=lambda path: path.suffix)
        engine = Engine(pack_dir(), device=args.device, parts={})
        engine.load()
        print(f"{len(files)} files, device {engine.device}; speeds in times real time, the goal of the ratio is {GOAL}")
        print("format  decoders   decode    index   index / decode         of the goal   bound   cores busy")
        for workers in args.workers:
            kinds = {suffix: list(group) for suffix, group in groupby(files, key=lambda path: path.suffix)}
            for kind, some in {**kinds, "all": files}.items():
                measure(kind, some, engine, workers, args.turns)


def measure(kind: str, files: Sequence[Path], engine: Engine, workers: int, turns: int) -> None:
    seconds = decode(files, engine.rate, workers)
    spent = in_turns(
        turns,
        {"decode": partial(decode, files, engine.rate, workers), "index": partial(index, files, engine, workers)},
    )
    pairs = list(zip(spent["decode"], spent["index"], strict=True))
    ratio = [alone.wall / whole.wall for alone, whole in pairs]
    keep(f"{kind}, {workers} decoders, index / decode", ratio, "higher")
    share = median(alone.cpu / whole.cpu for alone, whole in pairs)
    bound = min(1.0, share * cores() / min(workers, cores()))
    busy = median(whole.cpu / whole.wall for _, whole in pairs)
    speeds = [seconds / median(each.wall for each in spent[name]) for name in ("decode", "index")]
    print(
        f"{kind:7} {workers:8} {speeds[0]:8.0f} {speeds[1]:8.0f}   {spread(ratio):20} {median(ratio) / GOAL:13.2f}"
        f" {bound:7.2f} {busy:7.2f} of {cores()}",
        flush=True,
    )


if __name__ == "__main__":
    main()
