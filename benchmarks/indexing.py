"""Indexing end to end, in one run with its parts: decoding alone and the models alone.

Each is the best of several turns taken in rotation, in times real time (seconds of music in a second of wall time):

- decode: `DecodePool` over the files, nothing done with the sound
- index: `IndexRun` over the same files into an empty library: decoding, all models, captions, the store
- models on one and on two threads: music and rhythm graphs over the same sound, held in memory
- captions: a sentence for each track, in tracks a second

Give a folder of music, or none: then a few pieces are rendered. Run: ``python benchmarks/indexing.py [DIR]``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from plugin.decode import AUDIO_SUFFIXES, Block, DecodePool
from plugin.library.indexing import IndexRun
from plugin.library.scan import scan
from plugin.library.store import Library
from plugin.runtime.engine import Engine
from plugin.synth.arranger import arrange
from plugin.synth.render import render

STYLES = ("piano_ballad", "techno", "orchestral_epic", "folk_guitar", "swing_trio", "lofi")
SECONDS = 60.0
RENDER_RATE = 44100


def make_music(folder: Path) -> None:
    for number, style in enumerate(STYLES):
        sound = render(arrange(style, number, SECONDS), rate=RENDER_RATE)
        with wave.open(str(folder / f"{style}.wav"), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(RENDER_RATE)
            file.writeframes((sound.T * 32767).astype("<i2").tobytes())


def decode(files: Sequence[Path], rate: int, workers: int) -> dict[Path, list[np.ndarray]]:
    sounds: dict[Path, list[np.ndarray]] = {path: [] for path in files}
    with DecodePool(workers=workers, rate=rate) as pool:
        for event in pool.decode(files):
            if isinstance(event, Block):
                sounds[event.path].append(event.samples)
    return sounds


def index(files: Sequence[Path], engine: Engine, workers: int) -> None:
    with tempfile.TemporaryDirectory() as folder, Library(Path(folder) / "library.db", writable=True) as library:
        report = IndexRun(library, engine, workers=workers).run(files)
    for path, reason in report.failures:
        print(f"failed: {path}: {reason}", file=sys.stderr)


def windows_of(sounds: dict[Path, list[np.ndarray]], engine: Engine) -> dict[Path, np.ndarray]:
    """Cut the sound of each file into whole segments, [B, N]."""
    size = round(engine.segment_seconds * engine.rate)
    joined = {path: np.concatenate(blocks) for path, blocks in sounds.items() if blocks}
    return {
        path: sound[: len(sound) // size * size].reshape(-1, size)
        for path, sound in joined.items()
        if len(sound) >= size
    }


def hear(engine: Engine, windows: Sequence[np.ndarray]) -> None:
    for batch in windows:
        engine.music(batch)
        engine.rhythm(batch)


def best_of(turns: int, works: dict[str, Callable[[], object]]) -> dict[str, float]:
    best = dict.fromkeys(works, float("inf"))
    for _ in range(turns):
        for name, work in works.items():
            begin = perf_counter()
            work()
            best[name] = min(best[name], perf_counter() - begin)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", help="music to index (default: a few rendered pieces)")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2, help="decoding processes (default: %(default)s)")
    parser.add_argument("--device", default="cpu", choices=("auto", "cpu", "cuda"))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as rendered:
        if args.folder is None:
            make_music(Path(rendered))
        files = list(scan([args.folder or Path(rendered)], AUDIO_SUFFIXES).files)
        measure(files, args)


def measure(files: Sequence[Path], args: argparse.Namespace) -> None:
    engine = Engine(device=args.device)
    single, double = (Engine(device=args.device, threads=threads) for threads in (1, 2))
    sounds = decode(files, engine.rate, args.workers)
    seconds = sum(block.size for blocks in sounds.values() for block in blocks) / engine.rate
    windows = windows_of(sounds, engine)
    heard = [engine.music(rows) for rows in windows.values()]
    model_seconds = sum(len(rows) for rows in windows.values()) * engine.segment_seconds
    took = best_of(
        args.turns,
        {
            "decode": lambda: decode(files, engine.rate, args.workers),
            "index": lambda: index(files, engine, args.workers),
            "models, 1 thread": lambda: hear(single, list(windows.values())),
            "models, 2 threads": lambda: hear(double, list(windows.values())),
            "captions": lambda: [engine.caption(features) for features in heard],
        },
    )
    print(f"{len(files)} files, {seconds / 60:.1f} min of music, device {engine.device}, {args.workers} decoders")
    for name in ("decode", "index"):
        print(f"{name:18} {seconds / took[name]:7.0f} x real time")
    for name in ("models, 1 thread", "models, 2 threads"):
        print(f"{name:18} {model_seconds / took[name]:7.0f} x real time")
    print(f"{'captions':18} {len(heard) / took['captions']:7.1f} tracks a second")
    print(f"{'index / decode':18} {took['index'] / took['decode']:7.2f} times as long")


if __name__ == "__main__":
    main()
