"""Watching measured against its limits: how soon a copied file can be found, and memory under thousands of changes.

- latency: seconds from the end of a copy until the track is in the library, best, median and worst of several copies,
  as a ratio to what cannot be avoided: the rest that a file must have had, and indexing the same files by themselves
- soak: for some minutes files are made, written in pieces, renamed and deleted, by the thousand; the resident memory
  after the first quarter and at the end, their difference as a ratio to a limit of 32 MB, and that the library is right

Run: ``python benchmarks/watch.py [--seconds 120]``. It exits with 1 where a ratio is over 1.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import sys
import tempfile
import threading
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import numpy as np
import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.support.ratios import keep
from plugin.library.indexing import IndexRun
from plugin.library.roots import add_root
from plugin.library.store import Library
from plugin.library.tracks import known_files, track_at
from plugin.library.watch import Watcher
from plugin.library.watch_event import WatchEvent
from plugin.runtime.engine import Engine

REST = 1.0
SLACK = 2.0
"""Seconds for noticing, and for starting the decoding processes."""
MEMORY_LIMIT = 32e6
COPIES = 7
RATE = 16000


def write_music(path: Path, seed: int, seconds: float = 20.0) -> Path:
    """Write a few decaying chords, different for each seed."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * RATE)) / RATE
    sound = sum(np.sin(2 * np.pi * note * time) for note in rng.uniform(110, 880, 4)) * np.exp(-3 * (time % 0.5))
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((sound / 5 * 32767).astype("<i2").tobytes())
    return path


@contextmanager
def watching(library: Path, engine: Engine) -> Iterator[list[WatchEvent]]:
    events: list[WatchEvent] = []
    stop = threading.Event()

    def write(work: Callable[[IndexRun], None]) -> None:
        with Library(library, writable=True) as store:
            work(IndexRun(store, engine))

    def note(event: WatchEvent) -> None:
        events.append(event)
        del events[:-100]

    thread = threading.Thread(target=Watcher(library, engine.space, write, note, rest=REST).run, args=(stop,))
    thread.start()
    try:
        while not events:
            sleep(0.05)
        yield events
    finally:
        stop.set()
        thread.join()


def wait_for(library: Path, path: Path) -> float:
    began = monotonic()
    while True:
        with Library(library) as store:
            track = track_at(store, path)
        if track is not None and track.status == "indexed":
            return monotonic() - began
        sleep(0.05)


def measure_latency(folder: Path, engine: Engine) -> float:
    sources = [write_music(folder / "sources" / f"{number}.wav", number) for number in range(COPIES)]
    alone = []
    for number, source in enumerate(sources):
        with Library(folder / f"alone {number}.db", writable=True) as store:
            alone.append(IndexRun(store, engine).run([source]).seconds)
    music, library = folder / "latency", folder / "latency.db"
    music.mkdir()
    add_root(library, music)
    waited = []
    with watching(library, engine):
        for source in sources:
            copy = music / source.name
            shutil.copyfile(source, copy)
            waited.append(wait_for(library, copy))
    limit = REST + statistics.median(alone) + SLACK
    ratio = statistics.median(waited) / limit
    print(f"copy to searchable: {min(waited):.2f} / {statistics.median(waited):.2f} / {max(waited):.2f} s")
    print(f"  rest {REST:.1f} s + indexing alone {statistics.median(alone):.2f} s + {SLACK:.1f} s: ratio {ratio:.2f}")
    return ratio


def measure_soak(folder: Path, engine: Engine, seconds: float) -> float:
    music, library = folder / "soak", folder / "soak.db"
    data = write_music(folder / "sources" / "short.wav", 99, 1.0).read_bytes()
    music.mkdir()
    add_root(library, music)
    process, rng = psutil.Process(), random.Random(1)
    changes, early, there = 0, 0, set[Path]()
    with watching(library, engine) as events:
        began = monotonic()
        while monotonic() - began < seconds:
            changes += disturb(music, data, there, rng)
            if not early and monotonic() - began > seconds / 4:
                early = process.memory_info().rss
        end = monotonic()
        while not_settled(library, there):
            sleep(0.5)
            if monotonic() - end > 600:
                raise SystemExit(f"the library is not what is on the disk: {events[-5:]}")
        late = process.memory_info().rss
    ratio = max(late - early, 0) / MEMORY_LIMIT
    print(f"soak: {changes} changes in {seconds:.0f} s, all taken in {monotonic() - end:.0f} s after the last")
    print(f"  memory {early / 1e6:.0f} MB, at the end {late / 1e6:.0f} MB")
    print(f"  growth as a ratio to {MEMORY_LIMIT / 1e6:.0f} MB: {ratio:.2f}")
    return ratio


def disturb(music: Path, data: bytes, there: set[Path], rng: random.Random) -> int:
    """Make a burst of files, write some in pieces, rename and delete; gives how many changes it was."""
    burst = [music / f"{rng.randrange(30)}" / f"{rng.getrandbits(64):x}.wav" for _ in range(100)]
    for path in burst:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data[:1000])
    for path in burst[:10]:
        with path.open("ab") as file:
            for first in range(1000, len(data), 8000):
                file.write(data[first : first + 8000])
                file.flush()
    for path in burst[3:]:
        path.unlink()
    moved = burst[0].with_name(f"moved {burst[0].name}")
    burst[0].rename(moved)
    there |= {moved, burst[1], burst[2]}
    if len(there) > 12:
        for path in rng.sample(sorted(there), 3):
            path.unlink()
            there.discard(path)
    sleep(0.7)
    return 100 + 10 + 97 + 1 + 3


def not_settled(library: Path, there: set[Path]) -> bool:
    with Library(library) as store:
        return {file.path for file in known_files(store) if file.status == "indexed"} != there


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=120.0)
    args = parser.parse_args()
    engine = Engine(device="cpu")
    engine.load()
    with tempfile.TemporaryDirectory() as folder:
        ratios = [measure_latency(Path(folder), engine), measure_soak(Path(folder), engine, args.seconds)]
    for name, ratio in zip(("copy to searchable", "growth of memory"), ratios, strict=True):
        keep(f"{name}, to the limit", [ratio], "lower")
    return int(max(ratios) > 1)


if __name__ == "__main__":
    sys.exit(main())
