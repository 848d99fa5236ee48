"""The store with a million rows: opening, searching, paging, filtering, marking, counting, each against its limit.

Two libraries are generated: one of 40,000 tracks with 25 segments and all tags each (a million segments), as indexing
makes it, and one of a million tracks, one segment and eight tags each. In milliseconds of wall time: the 95th
percentile of several turns for what a user does again and again, the best of a few else; ``used`` is the time by its
limit, so that 1.0 and above is too slow.

Run: ``python benchmarks/store.py [--tracks 40000] [--sparse 1000000]``; 0 leaves a library out. By default the second
library is a tenth of that, for a million tracks take ten minutes and 6 GB of disk.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from time import perf_counter

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from sqlalchemy import select

from benchmarks.support.ratios import keep
from plugin.library.backups import back_up, backups
from plugin.library.forgetting import forget
from plugin.library.marks import set_marks
from plugin.library.opening import analyse, open_store
from plugin.library.schema import tracks
from plugin.library.stats import stats
from plugin.library.store import Library
from plugin.library.tracks import find_track, get_tracks, known_files, spaces
from plugin.library.words import search
from plugin.suggest.filters import passing
from plugin.suggest.query import Filters

DIMENSIONS = 256
SPACE = "made"
TAGS = [f"tag{number}" for number in range(116)]
AT_ONCE = 5_000
PAGE = 100
ADJECTIVES = ("calm", "bright", "dark", "slow", "fast", "warm", "cold", "wide", "thin", "soft", "loud", "wild", "sad")
NOUNS = ("piano", "river", "night", "city", "forest", "drums", "voice", "strings", "rain", "train", "harbour", "dawn")
LIMITS = {
    "open": 2000.0, "search a rare word": 50.0, "search a common word": 50.0, "search two words": 50.0, "page": 50.0,
    "filter by tempo": 50.0, "filter by tags": 50.0, "filter by rating": 50.0, "filter by key": 50.0, "mark": 50.0,
    "by title": 1000.0, "stats": 5000.0, "spaces": 1000.0, "known files": 20_000.0, "back up": 60_000.0,
    "forget": 120_000.0,
}  # fmt: skip


def fill(path: Path, count: int, segments: int, tags: int) -> None:
    """Put so many tracks into a new library, as fast as SQLite takes them."""
    Library(path, writable=True).close()
    rng, words = np.random.default_rng(1), random.Random(1)
    vectors = rng.standard_normal((4096, DIMENSIONS)).astype("<f2")
    blobs = [vector.tobytes() for vector in vectors]
    with closing(open_store(path, "mode=rw")) as store:
        store.execute("PRAGMA synchronous = OFF")
        store.executemany("INSERT INTO vocabulary VALUES (?, ?, 'mood', 0.9)", [(SPACE, tag) for tag in TAGS])
        for first in range(1, count + 1, AT_ONCE):
            ids = range(first, min(first + AT_ONCE, count + 1))
            scores = rng.random((len(ids), tags))
            texts = [f"{words.choice(ADJECTIVES)} {words.choice(NOUNS)}" for _ in ids]
            store.execute("BEGIN")
            store.executemany(
                "INSERT INTO tracks (id, path, size, mtime_ns, content_hash, status, space, title, artist,"
                " album, duration, tempo, key, loudness, peak, reason, warnings, indexed_at,"
                " caption, embedding, peaks, lyrics, folded)"
                " VALUES (?, ?, ?, 0, ?, 'indexed', ?, ?, ?, ?, ?, ?, ?, -14.0, 0.9, '', '[]', '2026', ?, ?, ?, '', ?)",
                [
                    (id_, f"/music/{id_ // 1000}/{id_ // 10}/{id_}.flac", 30_000_000 + id_, id_.to_bytes(16, "big"),
                     SPACE, f"{text} w{id_}", f"Artist {id_ // 50}", f"Album {id_ // 10}", 10.0 * segments,
                     60.0 + id_ * 7919 % 1200 / 10, f"{'CDEFGAB'[id_ % 7]} {'major' if id_ % 2 else 'minor'}",
                     f"A {text} with {words.choice(NOUNS)} and w{id_}.", blobs[id_ % 4096], bytes(400),
                     f"{text} w{id_}")
                    for id_, text in zip(ids, texts, strict=True)
                ],
            )  # fmt: skip
            store.executemany(
                "INSERT INTO segments VALUES (?, ?, ?, ?, ?)",
                [
                    (id_, idx, 10.0 * idx, 10.0 * idx + 10.0, blobs[(id_ * 31 + idx) % 4096])
                    for id_ in ids
                    for idx in range(segments)
                ],
            )
            store.executemany(
                "INSERT INTO tags VALUES (?, ?, ?)",
                [
                    (id_, TAGS[(id_ + number) % len(TAGS)], score)
                    for id_, row in zip(ids, scores.tolist(), strict=True)
                    for number, score in enumerate(row)
                ],
            )
            store.execute(
                "INSERT INTO words (rowid, title, artist, album, tags, caption, lyrics)"
                " SELECT id, title, artist, album, (SELECT group_concat(tag, ', ') FROM tags WHERE track_id = id AND"
                " score >= 0.9), caption, lyrics FROM tracks WHERE id BETWEEN ? AND ?",
                (ids[0], ids[-1]),
            )
            store.executemany("INSERT INTO marks VALUES (?, ?, 0, 0)", [(id_, id_ % 6) for id_ in ids if id_ % 50 == 0])
            store.execute("COMMIT")
    analyse(path)  # as a writer does when it closes the library


def timed(work: Callable[[int], object], turns: int) -> list[float]:
    times = []
    for turn in range(turns):
        begin = perf_counter()
        work(turn)
        times.append(1000 * (perf_counter() - begin))
    return times


def page(library: Library, after: int) -> None:
    """Read the tracks that a list in the order of the paths shows behind one of them."""
    with library.reading() as connection:
        path = connection.scalar(select(tracks.c.path).where(tracks.c.id == after))
        ids = connection.scalars(
            select(tracks.c.id).where(tracks.c.path > path).order_by(tracks.c.path).limit(PAGE)
        ).all()
    assert len(get_tracks(library, ids)) == len(ids)


def measure(path: Path, count: int, turns: int) -> dict[str, float]:
    rng = random.Random(2)
    ids = [rng.randint(1, count) for _ in range(turns)]

    def opened(turn: int) -> None:
        with Library(path) as library:
            assert library.facts()["id"]

    found = {"open": min(timed(opened, 3))}
    with Library(path) as library:
        again: dict[str, Callable[[int], object]] = {
            "search a rare word": lambda turn: search(library, f"w{ids[turn]}"),
            "search a common word": lambda turn: search(library, NOUNS[turn % len(NOUNS)]),
            "search two words": lambda turn: search(library, f"{ADJECTIVES[turn % 13]} {NOUNS[turn % 12]}"),
            "page": lambda turn: page(library, ids[turn]),
            "filter by tempo": lambda turn: passing(library, SPACE, Filters(tempo=(80.0 + turn, 84.0 + turn))),
            "filter by tags": lambda turn: passing(library, SPACE, Filters(tags=(TAGS[turn], TAGS[turn + 1]))),
            "filter by rating": lambda turn: passing(library, SPACE, Filters(min_rating=4)),
            "filter by key": lambda turn: passing(library, SPACE, Filters(key="A minor", tempo=(90.0, 100.0))),
            "mark": lambda turn: set_marks(path, ids[turn], rating=turn % 5),
        }
        for name, work in again.items():
            times = timed(work, turns)
            found[name] = float(np.percentile(times, 95))
        found["by title"] = min(timed(lambda turn: find_track(library, f"w{count}"), 2))
        found["stats"] = min(timed(lambda turn: stats(library), 2))
        found["spaces"] = min(timed(lambda turn: spaces(library), 2))
        found["known files"] = min(timed(lambda turn: known_files(library), 1))
    found["back up"] = min(timed(lambda turn: back_up(path), 1))
    for backup in backups(path):
        backup.unlink()
    with Library(path, writable=True) as writer:
        writer._back_up_once_a_day()  # is measured above
        for backup in backups(path):
            backup.unlink()
        found["forget"] = min(timed(lambda turn: forget(writer, [ids[0]]), 1))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tracks", type=int, default=40_000, help="tracks of 25 segments")
    parser.add_argument("--sparse", type=int, default=100_000, help="tracks of one segment")
    parser.add_argument("--turns", type=int, default=40)
    args = parser.parse_args()
    for count, segments, tags in ((args.tracks, 25, len(TAGS)), (args.sparse, 1, 8)):
        if not count:
            continue
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "library.db"
            begin = perf_counter()
            fill(path, count, segments, tags)
            size = path.stat().st_size / 1e9
            print(f"{count} tracks, {count * segments} segments: {size:.2f} GB, made in {perf_counter() - begin:.0f} s")
            print(f"{'':24}{'ms':>10}{'limit':>10}{'used':>8}")
            for name, took in measure(path, count, args.turns).items():
                keep(f"{count} tracks, {name}, to its limit", [took / LIMITS[name]], "lower")
                print(f"{name:24}{took:10.1f}{LIMITS[name]:10.0f}{took / LIMITS[name]:8.2f}", flush=True)


if __name__ == "__main__":
    main()
