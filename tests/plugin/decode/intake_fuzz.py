"""Damaged files through the whole intake: scan, worker processes, tags, lyrics, analysis, library.

Run as a program, it does so with any number: ``python tests/plugin/decode/intake_fuzz.py --files 10000``.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import psutil

if __name__ == "__main__":
    here = Path(__file__).resolve()
    sys.path[:0] = [str(here.parents[3]), str(here.parents[1]), str(here.parent)]

from fakes import FakeEngine
from media_mutations import lyrics, mutate, originals

from plugin.decode import VIDEO_SUFFIXES, DecodePool, Event, Failed, Finished, probe, video_frames
from plugin.errors import DecodeError
from plugin.library.indexing import IndexRun
from plugin.library.records import Track
from plugin.library.store import Library
from plugin.library.tracks import all_tracks

MIB = 2**20
BATCH = 500


@dataclass
class Outcome:
    """What became of the files; memory is in MiB, ``slowest`` the longest time of one file in seconds."""

    files: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    longest: float = 0.0
    statuses: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    culprits: dict[str, bytes] = field(default_factory=dict)
    parent: float = 0.0
    worker: float = 0.0

    @property
    def crashes(self) -> int:
        return sum(count for reason, count in self.reasons.items() if "crashed" in reason)

    @property
    def hangs(self) -> int:
        return sum(count for reason, count in self.reasons.items() if "hung" in reason)

    @property
    def greedy(self) -> int:
        return sum(count for reason, count in self.reasons.items() if "memory" in reason)


class MemoryWatch:
    """Notes the most memory that this process took more than at first, and that any child begun since held; in MiB."""

    def __init__(self, outcome: Outcome) -> None:
        self._outcome, self._end = outcome, threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *exception: object) -> None:
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        me = psutil.Process()
        before, others = me.memory_info().rss, {child.pid for child in me.children()}
        while not self._end.wait(0.05):
            self._outcome.parent = max(self._outcome.parent, (me.memory_info().rss - before) / MIB)
            for child in (child for child in me.children() if child.pid not in others):
                try:
                    self._outcome.worker = max(self._outcome.worker, child.memory_info().rss / MIB)
                except psutil.NoSuchProcess:
                    continue


def watch(path: Path, rate: int, block_seconds: float) -> Iterator[Event]:
    """Decode the pictures of a film, as captions of clips need them; for workers."""
    count = 0
    if probe(path).video_codec is None:
        raise DecodeError(path, "no picture in it")
    for time, picture in video_frames(path, 2.0, size=(224, 224)):
        count += picture.shape == (224, 224, 3) and time >= 0
    yield Finished(path, count / 2, None, 0.0)


def fuzz(folder: Path, files: int, seed: int, *, pictures: bool = False, workers: int = 2) -> Outcome:
    """Index so many damaged files, or look at so many damaged films; in ``folder``, which stays."""
    outcome = Outcome()
    rng = random.Random(seed)
    sources = folder / "originals"
    sources.mkdir()
    whole = originals(sources)
    if pictures:
        whole = {name: content for name, content in whole.items() if Path(name).suffix in VIDEO_SUFFIXES}
    begin = perf_counter()
    with MemoryWatch(outcome):
        for first in range(0, files, BATCH):
            batch = folder / f"batch{first}"
            batch.mkdir()
            paths = [_write(rng, batch, number, whole) for number in range(min(BATCH, files - first))]
            if pictures:
                _look(paths, outcome, workers)
            else:
                _index(folder / "library.db", batch, paths, outcome, workers)
            for path in [*batch.iterdir()]:
                path.unlink()
    outcome.files, outcome.seconds = files, perf_counter() - begin
    return outcome


def _write(rng: random.Random, folder: Path, number: int, whole: dict[str, bytes]) -> Path:
    suffix, content = mutate(rng, whole)
    path = folder / f"{number}{suffix}"
    path.write_bytes(content)
    if rng.random() < 0.05:
        path.with_suffix(rng.choice((".lrc", ".txt"))).write_bytes(lyrics(rng))
    return path


def _index(library: Path, batch: Path, paths: list[Path], outcome: Outcome, workers: int) -> None:
    """Index a folder; every file must be in the library once, with a reason if it was not heard."""
    last: list[float] = []  # empty until the first step, so that opening the library does not count

    def step(progress: object) -> None:
        outcome.slowest = max(outcome.slowest, perf_counter() - last[0] if last else 0.0)
        last[:] = [perf_counter()]

    with Library(library, writable=True) as store:
        # By name, for folders are walked for music alone and films are to be heard as well.
        run = IndexRun(store, FakeEngine(), workers=workers, on_progress=step)
        run.run(paths)
        found: dict[Path, Track] = {track.path: track for track in all_tracks(store) if track.path.parent == batch}
    assert set(found) == {path.resolve() for path in paths}
    for path, track in found.items():
        assert (track.status == "indexed") != bool(track.reason), (path, track.status, track.reason)
        _count(outcome, path, track.status, track.reason)
        outcome.longest = max(outcome.longest, track.duration or 0.0)
        if track.duration and track.duration > 60:
            _count(outcome, path, "long", f"gave more than {60} s of sound")


def _look(paths: list[Path], outcome: Outcome, workers: int) -> None:
    ended: set[Path] = set()
    with DecodePool(workers=workers, deadline=30.0, decode=watch) as pool:
        last = perf_counter()
        for event in pool.decode(paths):
            assert event.path not in ended
            outcome.slowest, last = max(outcome.slowest, perf_counter() - last), perf_counter()
            ended.add(event.path)
            if isinstance(event, Failed):
                _count(outcome, event.path, "failed", event.reason)
            elif isinstance(event, Finished):
                _count(outcome, event.path, "seen", "")
                outcome.longest = max(outcome.longest, event.duration)
                if event.duration > 60:
                    _count(outcome, event.path, "long", "gave more than 60 s of pictures")
    assert ended == set(paths)


def _count(outcome: Outcome, path: Path, status: str, reason: str) -> None:
    outcome.statuses[status] += 1
    if reason:
        short = re.sub(r"\d+(\.\d+)?", "N", re.sub(r" \(.*(skipped|read|silence).*\)", "", reason))
        outcome.reasons[short] += 1
        if any(word in short for word in ("crash", "hung", "memory", "more than")):
            outcome.culprits[f"{len(outcome.culprits)} {short[:40]}{path.suffix}"] = path.read_bytes()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pictures", action="store_true", help="look at films instead of listening to files")
    parser.add_argument("--keep", type=Path, help="folder for files that cost more than they should")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = fuzz(Path(folder).resolve(), args.files, args.seed, pictures=args.pictures)
    print(f"{outcome.files} files in {outcome.seconds:.0f} s; longest wait {outcome.slowest:.1f} s")
    print(", ".join(f"{count} {status}" for status, count in outcome.statuses.most_common()))
    print(f"longest {outcome.longest:.0f} s; memory: parent +{outcome.parent:.0f} MiB, worker {outcome.worker:.0f} MiB")
    print(f"crashes {outcome.crashes}, deadline {outcome.hangs}, memory limit {outcome.greedy}")
    for reason, count in outcome.reasons.most_common():
        print(f"{count:7} {reason}")
    if args.keep:
        args.keep.mkdir(parents=True, exist_ok=True)
        for name, content in outcome.culprits.items():
            (args.keep / name).write_bytes(content)


if __name__ == "__main__":
    main()
