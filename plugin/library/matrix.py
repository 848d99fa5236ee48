"""Making the search matrix from the store.

The matrix is a cache beside the store. It is mapped into memory, not read: it opens at once whatever its
size, and processes that search the same library share its pages. It is made anew when the store changes.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import fields

import numpy as np
from sqlalchemy import ColumnElement, Connection, func, select

from plugin.library.matrix_cache import read_arrays, write_arrays
from plugin.library.schema import EMBEDDING_DTYPE, segments, tracks
from plugin.library.segment_matrix import SPAN_DTYPE, Doubles, Floats, Rows, SegmentMatrix
from plugin.library.store import Library

FORMAT = 2
"""Of the cache."""
ROWS_AT_ONCE = 20_000
TRACKS_AT_ONCE = 500
SPLIT_FROM = 50_000
"""Segments from which a head and a tail pay off (`benchmarks/search.py`)."""
SAMPLE = 2_000
"""Tracks from which the axes are found; any axes give the exact answer, only not as fast."""
HEAD_ENERGY = 0.99
"""Mean share of the squared length that the head holds."""
SHORTEST = 1e-9
"""A vector of nothing stays one, so that it spoils no others."""
HEAD_STEP = 16
"""The head's width is a multiple of it."""

log = logging.getLogger(__name__)


def load_matrix(library: Library, space: str) -> SegmentMatrix:
    """Give the matrix of one space, from the cache where that is up to date.

    Only tracks with the status ``indexed`` and of this space are in it: vectors of different spaces are
    never compared.
    """
    cache = library.path.with_name(library.path.name + ".segments")
    key = f"{FORMAT} {library.revision} {space}"
    arrays = read_arrays(cache, key)
    if arrays is not None and len(arrays) == len(fields(SegmentMatrix)):
        return SegmentMatrix(*arrays)
    matrix = _build(library, space)
    try:
        write_arrays(cache, key, [getattr(matrix, field.name) for field in fields(matrix)])
        if f"{FORMAT} {library.revision} {space}" != key:  # it may hold what was forgotten meanwhile
            cache.unlink(missing_ok=True)
    except OSError as error:  # a full disk, or somebody else's library: search works without a cache
        log.warning("cannot keep the search matrix in %s: %s", cache, error.strerror)
    return matrix


def _build(library: Library, space: str) -> SegmentMatrix:
    suggestable = (tracks.c.status == "indexed") & (tracks.c.space == space)
    joined = segments.join(tracks, tracks.c.id == segments.c.track_id)
    query = (
        select(segments.c.track_id, segments.c.start, segments.c.end, segments.c.embedding)
        .select_from(joined)
        .where(suggestable)
        .order_by(segments.c.track_id, segments.c.idx)
    )
    with library.reading() as connection:
        count = connection.execute(select(func.count()).select_from(joined).where(suggestable)).scalar_one()
        axes, width = _axes(connection, suggestable, count)
        spans = np.zeros(count, SPAN_DTYPE)
        head = np.empty((count, width), np.float32)
        tail = np.empty((count, len(axes) - width), np.float32)
        first = 0
        for rows in connection.execute(query).partitions(ROWS_AT_ONCE):
            ids, starts, ends, blobs = zip(*rows, strict=True)
            block = slice(first, first + len(rows))
            spans["track"][block], spans["start"][block], spans["end"][block] = ids, starts, ends
            turned = _units(blobs) @ axes.T
            head[block], tail[block] = turned[:, :width], turned[:, width:]
            first += len(rows)
    track_ids = spans["track"]
    offsets = np.flatnonzero(np.concatenate([np.ones(min(count, 1), bool), track_ids[1:] != track_ids[:-1]]))
    norms = np.sqrt(np.einsum("nd,nd->n", tail, tail))
    tail_norms = np.maximum.reduceat(norms, offsets) if count else norms
    return SegmentMatrix(
        spans, offsets, track_ids[offsets], axes, head, tail, tail_norms, *_spread(head, tail, offsets)
    )


def _axes(connection: Connection, suggestable: ColumnElement[bool], count: int) -> tuple[Floats, int]:
    """Give the axes, and how many of them make the head."""
    ids = np.array(connection.scalars(select(tracks.c.id).where(suggestable)).all(), np.int64)
    chosen = np.random.default_rng(0).permutation(ids)[: SAMPLE if count >= SPLIT_FROM else 1]
    blobs: list[bytes] = []
    for first in range(0, len(chosen), TRACKS_AT_ONCE):
        query = select(segments.c.embedding).where(
            segments.c.track_id.in_(chosen[first : first + TRACKS_AT_ONCE].tolist())
        )
        blobs += connection.scalars(query)
    if not blobs:
        return np.empty((0, 0), np.float32), 0
    rows = _units(blobs)
    size = rows.shape[1]
    if count < SPLIT_FROM:
        return np.eye(size, dtype=np.float32), size
    energies, axes = np.linalg.eigh(rows.T.astype(np.float64) @ rows / len(rows))
    energies, axes = energies[::-1], axes[:, ::-1].T.astype(np.float32)
    needed = int(np.searchsorted(np.cumsum(energies), HEAD_ENERGY)) + 1
    width = -(-needed // HEAD_STEP) * HEAD_STEP
    return np.ascontiguousarray(axes), width if width <= size // 2 else size


def _units(blobs: Sequence[bytes]) -> Floats:
    vectors = np.frombuffer(b"".join(blobs), EMBEDDING_DTYPE).reshape(len(blobs), -1).astype(np.float32)
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), SHORTEST))


def _spread(head: Floats, tail: Floats, offsets: Rows) -> tuple[Doubles, Doubles]:
    """Give mean and covariance of the tracks' mean vectors."""
    size = head.shape[1] + tail.shape[1]
    total, squares = np.zeros(size), np.zeros((size, size))
    ends = np.append(offsets[1:], len(head))
    for first in range(0, len(offsets), TRACKS_AT_ONCE):
        part = slice(first, first + TRACKS_AT_ONCE)
        rows = slice(offsets[part][0], ends[part][-1])
        block = np.hstack([head[rows], tail[rows]]).astype(np.float64)
        sums = np.add.reduceat(block, offsets[part] - rows.start, axis=0)
        means = sums / (ends[part] - offsets[part])[:, None]
        total += means.sum(axis=0)
        squares += means.T @ means
    count = max(len(offsets), 1)
    return total / count, squares / count - np.outer(total, total) / count**2
