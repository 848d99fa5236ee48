"""Tracks for tests of the store, made without listening: every part of one tells whose it is."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from fakes import WORDS

from plugin.analysis import TrackFeatures
from plugin.library.records import Stamp
from plugin.library.store import Library
from plugin.library.writer import Analysis, FileRecord, save_track, save_vocabulary
from plugin.pack import Vocabulary

SPACE = "made"
VOCABULARY = Vocabulary(WORDS)
FOLDER = Path("/music")


@contextmanager
def quick_folder() -> Iterator[Path]:
    """Give a folder in memory where the system has such: syncing a disk thousands of times takes minutes."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


def mark_of(slot: int, generation: int) -> str:
    """A word that stands in all texts of a track, and nowhere else."""
    return f"zq{slot}x{generation}qz"


def vector_of(slot: int, generation: int, idx: int) -> np.ndarray:
    vector = np.random.default_rng((slot, generation, idx)).standard_normal(256).astype(np.float32)
    return vector / np.linalg.norm(vector)


def parts_of(generation: int) -> int:
    return 1 + generation % 5


def analysis(slot: int, generation: int, path: Path | None = None, stamp: Stamp | None = None) -> Analysis:
    """What indexing would have found out about a file; the lyrics are long, so rows have overflow pages."""
    word, count = mark_of(slot, generation), parts_of(generation)
    vectors = np.stack([vector_of(slot, generation, idx) for idx in range(count)])
    features = TrackFeatures(
        duration=10.0 * count, starts=10.0 * np.arange(count), ends=10.0 * (np.arange(count) + 1), embeddings=vectors,
        segment_tags=np.zeros((count, len(WORDS)), np.float32), core_tags=np.zeros((count, len(WORDS)), np.float32),
        embedding=vector_of(slot, generation, -1 % 1000),
        tags=np.full(len(WORDS), (generation % 90 + 10) / 100, np.float32), tempo=100.0 + generation, key="A minor",
        caption=f"Caption {word}.", peaks=np.full(400, generation % 250, np.uint8), onset=np.zeros(0, np.float32),
        chroma=np.zeros((0, 12), np.float32),
    )  # fmt: skip
    info: Any = SimpleNamespace(title=f"Title {word}", artist=f"Artist {word}", album=f"Album {word}")
    record = FileRecord(path or FOLDER / f"{slot}.flac", stamp or Stamp(1000 + slot, generation), b"h%d" % slot)
    return Analysis(record, info, features, -20.0, 0.5, f"Lyrics {word} " + f"la {slot} " * 900, [])


def fill(path: Path, count: int, generation: int = 3) -> None:
    """Make a library of so many tracks, the first of slot 0; their ids follow each other from 1 on."""
    with Library(path, writable=True) as library:
        save_vocabulary(library, SPACE, VOCABULARY)
        for slot in range(count):
            save_track(library, SPACE, VOCABULARY, analysis(slot, generation))


def whole_tracks(path: Path) -> dict[int, tuple[int, int, str, str]]:
    """Read slot, generation, status and path of every heard track by id.

    Raises
    ------
    AssertionError
        Some track is half there: its parts are of several generations, or more or fewer than they should be.
    """
    found: dict[int, tuple[int, int, str, str]] = {}
    with closing(sqlite3.connect(path)) as connection:
        heard = connection.execute(
            "SELECT id, path, status, title, artist, album, caption, tempo, duration, lyrics, embedding FROM tracks"
            " WHERE space != ''"
        )
        for id_, file, status, title, artist, album, caption, tempo, duration, lyrics, embedding in heard.fetchall():
            slot, generation = map(int, title.removeprefix("Title zq").removesuffix("qz").split("x"))
            made = analysis(slot, generation)
            assert (artist, album, caption) == (made.info.artist, made.info.album, made.features.caption), title
            assert (tempo, duration, lyrics) == (made.features.tempo, made.features.duration, made.lyrics), title
            assert embedding == made.features.embedding.astype("<f2").tobytes(), title
            parts = connection.execute(
                'SELECT idx, start, "end", embedding FROM segments WHERE track_id = ? ORDER BY idx', (id_,)
            ).fetchall()
            rows = zip(made.features.starts, made.features.ends, made.features.embeddings, strict=True)
            assert parts == [(idx, s, e, v.astype("<f2").tobytes()) for idx, (s, e, v) in enumerate(rows)], title
            scores = connection.execute("SELECT tag, score FROM tags WHERE track_id = ?", (id_,)).fetchall()
            assert dict(scores) == {word.name: float(made.features.tags[0]) for word in WORDS}, title
            words = connection.execute(
                "SELECT title, artist, album, caption, lyrics FROM words WHERE rowid = ?", (id_,)
            ).fetchall()
            assert words == [(title, artist, album, caption, lyrics)], title
            hits = connection.execute("SELECT rowid FROM words WHERE words MATCH ?", (mark_of(slot, generation),))
            assert hits.fetchall() == [(id_,)], title
            found[id_] = (slot, generation, status, file)
    return found
