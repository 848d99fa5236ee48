"""A rescan of a library in which nothing changed: `cuefinder index` over 100,000 files, against a limit of 60 s.

The files are sparse, each of its own size, in folders of a hundred; the library knows them all as heard before. The
command runs as users run it, start-up and everything. Run: ``python benchmarks/rescan.py [--files N]``.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from sqlalchemy import insert

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.support.command import index
from benchmarks.support.ratios import keep
from plugin.library.schema import segments, tags, tracks
from plugin.library.store import Library
from plugin.runtime.engine import Engine

LIMIT_SECONDS = 60.0
FOLDER = 100
SEGMENTS, TAGS = 20, 30
BATCH = 1000


def make(folder: Path, count: int) -> list[tuple[Path, os.stat_result]]:
    files = []
    for number in range(count):
        path = folder / f"{number // FOLDER:05}" / f"{number:07} - Some artist - Some title.flac"
        if number % FOLDER == 0:
            path.parent.mkdir(parents=True)
        with path.open("wb") as file:
            file.truncate(10_000_000 + number)
        files.append((path, path.stat()))
    return files


def fill(library: Path, files: list[tuple[Path, os.stat_result]], space: str) -> None:
    vector = bytes(2 * 256)
    with Library(library, writable=True) as store:
        for first in range(0, len(files), BATCH):
            batch = list(enumerate(files[first : first + BATCH], first + 1))
            rows = [
                {"id": id_, "path": path, "size": status.st_size, "mtime_ns": status.st_mtime_ns,
                 "content_hash": bytes(16),
                 "status": "indexed", "space": space, "title": f"Title {id_}", "artist": f"Artist {id_ // 12}",
                 "duration": 200.0, "indexed_at": "2026-01-01T00:00:00+00:00", "caption": f"Calm piano, number {id_}.",
                 "embedding": vector, "peaks": bytes(400)}
                for id_, (path, status) in batch
            ]  # fmt: skip
            parts = [{"track_id": id_, "idx": idx, "start": 10.0 * idx, "end": 10.0 * idx + 10, "embedding": vector}
                     for id_, _ in batch for idx in range(SEGMENTS)]  # fmt: skip
            scores = [{"track_id": id_, "tag": f"tag {tag}", "score": 0.5} for id_, _ in batch for tag in range(TAGS)]
            with store.writing() as connection:
                connection.execute(insert(tracks), rows)
                connection.execute(insert(segments), parts)
                connection.execute(insert(tags), scores)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--turns", type=int, default=2)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        music, library = Path(folder).resolve() / "music", Path(folder) / "library.db"
        fill(library, make(music, args.files), Engine(device="cpu").space)
        print(f"{args.files} files, library of {library.stat().st_size / 1e6:.0f} MB")
        used = []
        for turn in range(args.turns):
            report, seconds, memory = index(music, library)
            assert (report["unchanged"], report["indexed"], report["failed"]) == (args.files, 0, 0), report
            used.append(seconds / LIMIT_SECONDS)
            print(f"turn {turn + 1}: {seconds:.1f} s, {seconds / LIMIT_SECONDS:.2f} of {LIMIT_SECONDS:.0f} s", end="; ")
            print(f"without start-up {report['seconds']:.1f} s; memory {memory / 1e6:.0f} MB")
        keep("time, to the limit", used, "lower")
    return 0 if seconds < LIMIT_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
