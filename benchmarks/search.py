"""Searching a library: Cuefinder against the plain matrix product of the same vectors, in one run.

For each size a library of random unit vectors is filled (25 segments a track), then measured, each the best of several
turns taken in rotation, in milliseconds of wall time:

- product: ``embeddings @ query`` of a float32 array in memory, the least that exact search can cost
- search: `SegmentMatrix.similarities` on the matrix that is mapped from the cache
- suggest: `Suggester.suggest` as the command line and the panel call it, from a text to ten tracks and their parts
- long list: the same with a list of 10,000 tracks, each with its tags, as the panel shows it

and once: making the matrix from the store, and opening it from the cache. Run: ``python benchmarks/search.py``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from types import SimpleNamespace
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from sqlalchemy import insert

from plugin.library.matrix import load_matrix
from plugin.library.schema import EMBEDDING_DTYPE, segments, tags, tracks, vocabulary
from plugin.library.store import Library
from plugin.suggest.query import Query
from plugin.suggest.suggester import Suggester

DIMENSIONS = 256
PER_TRACK = 25
TRACKS_AT_ONCE = 400
TAGS = 116
"""Words of the vocabulary: as many as the core pack has."""
LONG_LIST = 10_000
SPACE = "random"


def unit_rows(count: int, seed: int) -> np.ndarray:
    rows = np.random.default_rng(seed).standard_normal((count, DIMENSIONS)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def fill(library: Library, count: int) -> None:
    """Put so many segments into the store, as indexing would."""
    words = [f"tag {number}" for number in range(TAGS)]
    with library.writing() as connection:
        rows = [{"space": SPACE, "tag": word, "tag_group": "mood", "threshold": 0.95} for word in words]
        connection.execute(insert(vocabulary), rows)
    for first in range(0, count // PER_TRACK, TRACKS_AT_ONCE):
        ids = range(first + 1, min(first + TRACKS_AT_ONCE, count // PER_TRACK) + 1)
        vectors = unit_rows(len(ids) * PER_TRACK, first).reshape(len(ids), PER_TRACK, DIMENSIONS)
        with library.writing() as connection:
            connection.execute(insert(tracks), [track_row(id_, rows) for id_, rows in zip(ids, vectors, strict=True)])
            connection.execute(
                insert(segments),
                [
                    {
                        "track_id": id_,
                        "idx": idx,
                        "start": 10.0 * idx,
                        "end": 10.0 * (idx + 1),
                        "embedding": row.astype(EMBEDDING_DTYPE).tobytes(),
                    }
                    for id_, rows in zip(ids, vectors, strict=True)
                    for idx, row in enumerate(rows)
                ],
            )
            scores = np.random.default_rng(first).random((len(ids), TAGS)).tolist()
            connection.execute(
                insert(tags),
                [
                    {"track_id": id_, "tag": word, "score": score}
                    for id_, row in zip(ids, scores, strict=True)
                    for word, score in zip(words, row, strict=True)
                ],
            )


def track_row(id_: int, rows: np.ndarray) -> dict[str, Any]:
    mean = rows.mean(axis=0)
    return {
        "id": id_,
        "path": Path(f"/music/{id_}.flac"),
        "size": id_,
        "mtime_ns": 0,
        "content_hash": b"",
        "status": "indexed",
        "space": SPACE,
        "artist": f"artist {id_ // 10}",
        "duration": 10.0 * PER_TRACK,
        "tempo": 100.0,
        "key": "A minor",
        "indexed_at": "",
        "embedding": (mean / np.linalg.norm(mean)).astype(EMBEDDING_DTYPE).tobytes(),
    }


def best_of(turns: int, works: dict[str, Callable[[int], object]]) -> dict[str, float]:
    best = dict.fromkeys(works, float("inf"))
    for turn in range(turns):
        for name, work in works.items():
            begin = perf_counter()
            work(turn)
            best[name] = min(best[name], perf_counter() - begin)
    return best


def measure(library: Library, turns: int) -> dict[str, float]:
    begin = perf_counter()
    load_matrix(library, SPACE)
    built = perf_counter() - begin
    begin = perf_counter()
    matrix = load_matrix(library, SPACE)
    opened = perf_counter() - begin
    queries = unit_rows(turns, 99)
    plain = np.array(matrix.embeddings)
    engine: Any = SimpleNamespace(space=SPACE, segment_seconds=10.0, text=lambda words: queries[[int(words[0])]])
    suggester = Suggester(library, engine)
    seconds = best_of(
        turns,
        {
            "product": lambda turn: plain @ queries[turn],
            "search": lambda turn: matrix.similarities(queries[[turn]]),
            "suggest": lambda turn: suggester.suggest(Query(text=str(turn))),
            "long list": lambda turn: suggester.suggest(Query(text=str(turn), top=LONG_LIST)),
        },
    )
    found = matrix.similarities(queries[:1])[0]
    np.testing.assert_allclose(found, plain @ queries[0], atol=1e-6)
    return seconds | {"build": built, "open": opened}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 500_000], help="numbers of segments")
    parser.add_argument("--turns", type=int, default=10)
    args = parser.parse_args()
    measured = ("product", "search", "suggest", "long list", "build", "open")
    columns = ("segments", *measured[:4], "search/product", "suggest/product", *measured[4:])
    print("  ".join(f"{column:>9}" for column in columns))
    for size in args.sizes:
        with tempfile.TemporaryDirectory() as folder, Library(Path(folder) / "library.db", writable=True) as library:
            fill(library, size)
            took = measure(library, args.turns)
        times = [f"{1000 * took[name]:.1f} ms" for name in measured]
        ratios = [f"{took[name] / took['product']:.2f}" for name in ("search", "suggest")]
        cells = (size, *times[:4], *ratios, *times[4:])
        print("  ".join(f"{cell:>{max(9, len(name))}}" for cell, name in zip(cells, columns, strict=True)), flush=True)


if __name__ == "__main__":
    main()
