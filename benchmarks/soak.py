"""A long watch measured against its limits: memory, open files and threads while thousands of files come and go.

A folder is watched as ``cuefinder watch`` does it, and disturbed at an even pace: files come new, in bursts and half
written, are changed, renamed and deleted, until so many events were made. Each minute the resident memory of the
watching process, its open files and threads are printed. Then, by the last two thirds (the models load in the first):

- the memory's growth by a line of least squares, as a ratio to a limit; the slope of that line in MB an hour
- growth of open files and of threads, as a ratio to a limit
- that the library is what is on the disk

Run: ``python benchmarks/soak.py [--minutes 30] [--events 10000]``. It exits with 1 where a ratio is over 1.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path
from time import monotonic, sleep
from typing import NamedTuple

import numpy as np
import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.support.ratios import keep
from benchmarks.watch import not_settled, watching, write_music
from plugin.library.roots import add_root
from plugin.runtime.engine import Engine

GROWTH_LIMIT = 16.0
"""MB: allocators come to rest slowly, so the slope of a short run says little; in half an hour it is 48 MB an hour."""
HANDLES_LIMIT = 16
FOLDERS = 20
MOST_FILES = 40
PATIENCE = 900.0


class Glance(NamedTuple):
    """What the process holds: at a time in seconds, memory in MB, open files, threads."""

    at: float
    memory: float
    files: int
    threads: int


class Folder:
    """A folder of short music that is disturbed; counts what was done to it."""

    def __init__(self, music: Path, data: bytes) -> None:
        self.there: set[Path] = set()
        self.events = 0
        self._music, self._data, self._rng = music, data, random.Random(1)

    def disturb(self) -> None:
        """Do one thing to the folder; a burst is many."""
        (self._burst, self._half_written, self._change, self._rename, self._delete, self._delete)[
            self._rng.randrange(6)
        ]()

    def _path(self) -> Path:
        path = self._music / f"{self._rng.randrange(FOLDERS)}" / f"{self._rng.getrandbits(64):x}.wav"
        path.parent.mkdir(exist_ok=True)
        return path

    def _burst(self) -> None:
        burst = [self._path() for _ in range(30)]
        for path in burst:
            path.write_bytes(self._data)
        for path in burst[1:]:
            path.unlink()
        self.there.add(burst[0])
        self.events += 2 * len(burst) - 1

    def _half_written(self) -> None:
        path = self._path()
        with path.open("wb") as file:
            for first in range(0, len(self._data), 8000):
                file.write(self._data[first : first + 8000])
                file.flush()
                self.events += 1
        self.there.add(path)

    def _change(self) -> None:
        for path in self._some(1):
            sound = bytearray(self._data)
            sound[-4000:] = self._rng.randbytes(4000)
            path.write_bytes(sound)
            self.events += 1

    def _rename(self) -> None:
        for path in self._some(2):
            new = self._path()
            path.rename(new)
            self.there.symmetric_difference_update({path, new})
            self.events += 1

    def _delete(self) -> None:
        for path in self._some(1 if len(self.there) < MOST_FILES else 5):
            path.unlink()
            self.there.discard(path)
            self.events += 1

    def _some(self, count: int) -> list[Path]:
        return self._rng.sample(sorted(self.there), min(count, len(self.there)))


def glance(began: float) -> Glance:
    """Look at this process."""
    process = psutil.Process()
    return Glance(monotonic() - began, process.memory_info().rss / 1e6, process.num_fds(), process.num_threads())


def soak(folder: Path, engine: Engine, seconds: float, events: int) -> list[Glance]:
    """Watch for a time; gives what was seen each minute, or each twelfth of the time where that is shorter."""
    music, library = folder / "music", folder / "soak.db"
    music.mkdir()
    add_root(library, music)
    disturbed = Folder(music, write_music(folder / "source.wav", 99, 1.0).read_bytes())
    seen: list[Glance] = []
    pause = min(60.0, seconds / 12)
    print(f"{'minute':>8} {'events':>8} {'memory MB':>10} {'files':>6} {'threads':>8}")
    with watching(library, engine) as told:
        began = monotonic()
        while (now := monotonic() - began) < seconds or disturbed.events < events:
            while disturbed.events < events * min(now / seconds, 1.0):
                disturbed.disturb()
            if now >= pause * (len(seen) + 1):
                seen.append(glance(began))
                _, memory, files, threads = seen[-1]
                print(f"{now / 60:8.1f} {disturbed.events:8} {memory:10.1f} {files:6} {threads:8}", flush=True)
            sleep(0.05)
        end = monotonic()
        while not_settled(library, disturbed.there):
            sleep(0.5)
            if monotonic() - end > PATIENCE:
                raise SystemExit(f"the library is not what is on the disk: {told[-5:]}")
    print(f"{disturbed.events} events; the library is what is on the disk {monotonic() - end:.0f} s after the last")
    return seen


def judge(seen: list[Glance]) -> float:
    """Print the ratios; gives the highest."""
    late = seen[len(seen) // 3 :]
    slope = float(np.polyfit([each.at / 3600 for each in late], [each.memory for each in late], 1)[0])
    third = max(1, len(late) // 3)
    grown = [
        float(np.median([each[field] for each in late[-third:]]) - np.median([each[field] for each in late[:third]]))
        for field in (Glance._fields.index("files"), Glance._fields.index("threads"))
    ]
    growth = slope * (late[-1].at - late[0].at) / 3600
    ratios = {
        f"memory {growth:+.1f} MB ({slope:+.1f} an hour), to {GROWTH_LIMIT:.0f}": growth / GROWTH_LIMIT,
        f"open files {grown[0]:+.0f}, to {HANDLES_LIMIT}": grown[0] / HANDLES_LIMIT,
        f"threads {grown[1]:+.0f}, to {HANDLES_LIMIT}": grown[1] / HANDLES_LIMIT,
    }
    for what, ratio in ratios.items():
        keep(what.split(" ")[0], [max(ratio, 0.0)], "lower")
        print(f"{what}: ratio {max(ratio, 0.0):.2f}")
    return max(ratios.values())


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--events", type=int, default=10_000)
    args = parser.parse_args()
    engine = Engine(device="cpu")
    engine.load()
    with tempfile.TemporaryDirectory() as folder:
        seen = soak(Path(folder), engine, 60 * args.minutes, args.events)
    return int(judge(seen) > 1)


if __name__ == "__main__":
    sys.exit(main())
