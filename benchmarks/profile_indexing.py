"""Where the time of indexing goes, and how far each step is from what the machine can do.

Each step is done alone, on one thread, over the same sound; what counts is time of the processor. The limits are
measured in the same run: FFmpeg that only decodes, the largest product of matrices, a copy of memory. "distance" is the
time that a step takes over the time that it would take at its limit; 1 is the limit.

Run: ``python benchmarks/profile_indexing.py [DIR]``.
"""

from __future__ import annotations

import argparse
import pickle
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.support import limits
from benchmarks.support.music import make_music
from benchmarks.support.ratios import keep
from benchmarks.support.turns import machine
from plugin.analysis import TrackAnalyser
from plugin.decode import AUDIO_SUFFIXES, audio_blocks, decode_file, probe
from plugin.decode.file import Event, Finished
from plugin.library.filing import Filing, OpenFile
from plugin.library.progress import IndexReport
from plugin.library.records import Stamp
from plugin.library.scan import content_hash, scan
from plugin.library.store import Library
from plugin.paths import pack_dir
from plugin.runtime.engine import Engine

BLOCK_SECONDS = 60.0


class Clock:
    """Adds up the time of the processor by step."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    def __call__(self, step: str, work: Callable[..., Any], *values: object, **options: object) -> Any:
        """Do a work as part of a step."""
        begin = process_time()
        result = work(*values, **options)
        self.spent[step] = self.spent.get(step, 0.0) + process_time() - begin
        return result


class Timed:
    """An engine whose captions are timed apart."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock

    def __getattr__(self, name: str) -> object:
        return getattr(self._engine, name)

    def caption(self, *values: object, **options: object) -> str:
        """Write a caption."""
        written: str = self._clock("captions", self._engine.caption, *values, **options)
        return written


def hear(files: Sequence[Path], engine: Engine, clock: Clock) -> float:
    """Index the files step by step; gives the seconds of sound."""
    heard = 0.0
    with tempfile.TemporaryDirectory() as folder, Library(Path(folder) / "library.db", writable=True) as library:
        filing = Filing(library, Timed(engine, clock), IndexReport())
        for file in files:
            blocks = list(audio_blocks(file, engine.rate, block_seconds=BLOCK_SECONDS))
            analyser = TrackAnalyser(Timed(engine, clock))
            open_file = OpenFile(Stamp.of(file), "", probe(file), analyser, "", [])
            for block in blocks:
                segments = clock("cut into segments, waveform", analyser.cut, block)
                _hear(engine, analyser, segments, clock)
                clock("pass a block to another process", passed, block)
            _hear(engine, analyser, analyser.cut_rest(), clock)
            end = Finished(file, sum(map(len, blocks)) / engine.rate, -14.0, 1.0)
            before = clock.spent.get("captions", 0.0)
            clock("tempo, key, store", filing.keep, open_file, end)
            clock.spent["tempo, key, store"] -= clock.spent["captions"] - before
            clock("of that: hash of the content", content_hash, file, file.stat().st_size)
            heard += end.duration
    return heard


def passed(block: np.ndarray) -> np.ndarray:
    copy: np.ndarray = pickle.loads(pickle.dumps(block, protocol=5))
    return copy


def _hear(engine: Engine, analyser: TrackAnalyser, segments: np.ndarray, clock: Clock) -> None:
    if len(segments):
        music = clock("music graph", engine.music, segments)
        analyser.take(music, *clock("rhythm graph", engine.rhythm, segments))


def events(files: Sequence[Path], rate: int) -> list[Event]:
    return [event for file in files for event in decode_file(file, rate, BLOCK_SECONDS)]


def mono(files: Sequence[Path], rate: int) -> None:
    for file in files:
        for _ in audio_blocks(file, rate):
            pass


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", help="music (default: rendered pieces)")
    args = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as rendered:
        if args.folder is None:
            make_music(Path(rendered))
        profile(list(scan([args.folder or Path(rendered)], AUDIO_SUFFIXES).files))


def profile(files: Sequence[Path]) -> None:
    engine, clock = Engine(pack_dir(), device="cpu", threads=1, parts={}), Clock()
    engine.load()
    seconds = hear(files, engine, clock)
    raw = limits.raw_decoding(files)
    clock("decoded, 16 kHz mono", mono, files, engine.rate)
    clock("decoded with loudness", events, files, engine.rate)
    peak, copied = limits.flops(), limits.bandwidth()
    window = np.zeros((1, round(engine.rate * engine.segment_seconds)), np.float32)
    graphs = {
        f"{name} graph": limits.work_of(engine.pack.file(f"{name}.onnx"), audio=window) for name in ("music", "rhythm")
    }
    spent = clock.spent
    steps = {
        "FFmpeg decodes": raw,
        "resampling to mono": spent.pop("decoded, 16 kHz mono") - raw,
    }
    steps["loudness"] = spent.pop("decoded with loudness") - sum(steps.values())
    steps |= spent
    total = sum(value for name, value in steps.items() if not name.startswith("of that"))
    at_limit = {"FFmpeg decodes": raw, "pass a block to another process": seconds * engine.rate * 4 / copied}
    at_limit |= {name: seconds / engine.segment_seconds * work / peak for name, work in graphs.items()}
    print(
        f"{len(files)} files, {seconds / 60:.0f} min; one core: {peak / 1e9:.0f} GFLOPS, copies {copied / 1e9:.1f} GB/s"
    )
    print(f"{'step':34} {'ms a minute':>11} {'share':>6} {'times real time':>16} {'distance':>9}")
    for name, value in steps.items():
        distance = f"{value / at_limit[name]:9.2f}" if name in at_limit else ""
        if name in at_limit and at_limit[name] != value:
            keep(f"{name}, to its limit", [value / at_limit[name]], "lower")
        print(f"{name:34} {value / seconds * 60e3:11.2f} {value / total:6.3f} {seconds / value:16.0f} {distance}")
    least = raw + sum(at_limit[name] for name in graphs)
    print(f"{'all':34} {total / seconds * 60e3:11.2f} {1:6.3f} {seconds / total:16.0f} {total / least:9.2f}")
    keep("all, to its limit", [total / least], "lower")
    decoding = sum(steps[name] for name in ("FFmpeg decodes", "resampling to mono", "loudness"))
    print(f"decoding is {decoding / total:.2f} of it: with all cores busy, indexing can run at that share of its speed")


if __name__ == "__main__":
    main()
