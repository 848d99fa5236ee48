"""Large libraries of made vectors that lie as real ones do, and an engine that knows their words."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from plugin.library.opening import analyse, open_store
from plugin.library.schema import EMBEDDING_DTYPE
from plugin.library.store import Library

DIMENSIONS = 256
PER_TRACK = 25
TAGS = 116
"""Words of the vocabulary: as many as the core pack has."""
SPACE = "made"
TRACKS_AT_ONCE = 1_000
GENRES = 300
DECAY = 17.5
"""Axes over which the variance falls to 1 / e. Of 4,396 segments of 283 recordings, heard with the core pack 0.3.0, 32
axes hold 0.950 and 64 axes 0.991 of the squared length; here they hold 0.945 and 0.990."""
WITHIN = 0.15
"""Share of the variance that is within tracks; measured on the same recordings."""
WORDS_OFF = 0.62
"""Length of what a phrase's vector has outside the first 64 axes; measured on 20 phrases."""


class Vectors:
    """Unit vectors of genres, tracks and segments, on axes that are turned at random; or near those of real tracks.

    Parameters
    ----------
    real : pathlib.Path, optional
        A library: each made track is one of its tracks, moved by noise of the covariance of its tracks, with segments
        that lie about it as those of its tracks do.
    """

    def __init__(self, real: Path | None = None) -> None:
        rng = np.random.default_rng(0)
        if real is None:
            scale = np.exp(-np.arange(DIMENSIONS) / DECAY / 2)
            turn = np.linalg.qr(rng.standard_normal((DIMENSIONS, DIMENSIONS)))[0]
            shape = (scale / np.linalg.norm(scale))[:, None] * turn
            self._genres = rng.standard_normal((GENRES, DIMENSIONS)) @ shape * np.sqrt((1 - WITHIN) * 0.7)
            self._between = shape * np.sqrt((1 - WITHIN) * 0.3)
            self._within = shape * np.sqrt(WITHIN)
            return
        rows, owners = _segments_of(real)
        self._genres = np.stack([rows[owners == owner].mean(axis=0) for owner in np.unique(owners)])
        deviations = rows - self._genres[np.unique(owners, return_inverse=True)[1]]
        self._between = _root(np.cov(self._genres.T)) * np.sqrt(0.3)
        self._within = _root(deviations.T @ deviations / len(rows))

    def segments(self, tracks: int, seed: int) -> np.ndarray:
        """Make the segments of tracks, float32 [tracks, PER_TRACK, D]."""
        rng = np.random.default_rng(seed)
        noise = rng.standard_normal((tracks, 1, DIMENSIONS), np.float32) @ self._between.astype(np.float32)
        means = self._genres[rng.integers(len(self._genres), size=tracks), None].astype(np.float32) + noise
        deviations = rng.standard_normal((tracks, PER_TRACK, DIMENSIONS), np.float32) @ self._within.astype(np.float32)
        return _unit(means + deviations)

    def phrases(self, count: int) -> np.ndarray:
        """Make vectors of phrases: near a genre, and off the axes of music as those of words are."""
        rng = np.random.default_rng(99)
        near = _unit(self._genres[rng.integers(len(self._genres), size=count)])
        off = _unit(rng.standard_normal((count, DIMENSIONS)))
        return _unit(near * np.sqrt(1 - WORDS_OFF**2) + off * WORDS_OFF).astype(np.float32)


def engine(phrases: np.ndarray) -> Any:
    """Give an engine that takes the number of a phrase for its words."""
    return SimpleNamespace(space=SPACE, segment_seconds=10.0, text=lambda words: phrases[[int(words[0])]])


def fill(path: Path, segments: int, vectors: Vectors, tags: int = TAGS) -> None:
    """Put so many segments into a new library, as fast as SQLite takes them."""
    Library(path, writable=True).close()
    words = [f"tag {number}" for number in range(tags)]
    count = segments // PER_TRACK
    with closing(open_store(path, "mode=rw")) as store:
        store.execute("PRAGMA synchronous = OFF")
        store.executemany("INSERT INTO vocabulary VALUES (?, ?, 'mood', 0.95)", [(SPACE, word) for word in words])
        for first in range(1, count + 1, TRACKS_AT_ONCE):
            ids = range(first, min(first + TRACKS_AT_ONCE, count + 1))
            rows = vectors.segments(len(ids), first)
            scores = np.random.default_rng(first).random((len(ids), tags)).tolist()
            means = _unit(rows.mean(axis=1)).astype(EMBEDDING_DTYPE)
            stored = rows.astype(EMBEDDING_DTYPE)
            store.execute("BEGIN")
            store.executemany(
                "INSERT INTO tracks (id, path, size, mtime_ns, content_hash, status, space, title, artist, album,"
                " duration, tempo, key, reason, warnings, indexed_at, caption, embedding, peaks, lyrics, folded) VALUES"
                " (?, ?, ?, 0, ?, 'indexed', ?, ?, ?, '', ?, 100.0, 'A minor', '', '[]', '2026', '', ?, x'', '', ?)",
                [
                    (id_, f"/music/{id_}.flac", id_, id_.to_bytes(16, "big"), SPACE, f"piece {id_}",
                     f"artist {id_ // 10}", 10.0 * PER_TRACK, mean.tobytes(), f"piece {id_}")
                    for id_, mean in zip(ids, means, strict=True)
                ],
            )  # fmt: skip
            store.executemany(
                "INSERT INTO segments VALUES (?, ?, ?, ?, ?)",
                [
                    (id_, idx, 10.0 * idx, 10.0 * (idx + 1), row.tobytes())
                    for id_, parts in zip(ids, stored, strict=True)
                    for idx, row in enumerate(parts)
                ],
            )
            store.executemany(
                "INSERT INTO tags VALUES (?, ?, ?)",
                [
                    (id_, word, score)
                    for id_, row in zip(ids, scores, strict=True)
                    for word, score in zip(words, row, strict=True)
                ],
            )
            store.execute("COMMIT")
    analyse(path)  # as a writer does when it closes the library


def _segments_of(library: Path) -> tuple[np.ndarray, np.ndarray]:
    with closing(open_store(library, "mode=ro")) as store:
        owners, blobs = zip(*store.execute("SELECT track_id, embedding FROM segments ORDER BY track_id"), strict=True)
    rows = np.frombuffer(b"".join(blobs), EMBEDDING_DTYPE).reshape(len(blobs), -1)
    return _unit(rows.astype(np.float64)), np.array(owners)


def _root(covariance: np.ndarray) -> np.ndarray:
    values, axes = np.linalg.eigh(covariance)
    return np.asarray((axes * np.sqrt(np.maximum(values, 0))).T)


def _unit(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True))
