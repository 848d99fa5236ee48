"""All segments of one embedding space as a matrix, for exact search.

The matrix is a cache beside the store. It is mapped into memory, not read: it opens at once whatever its
size, and processes that search the same library share its pages. It is made anew when the store changes.
"""

from __future__ import annotations

import logging
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray
from sqlalchemy import func, select

from plugin.library.schema import EMBEDDING_DTYPE, segments, tracks
from plugin.library.store import Library

ROWS_AT_ONCE = 20_000
SPAN_DTYPE = np.dtype([("track", "<i8"), ("start", "<f8"), ("end", "<f8")])

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SegmentMatrix:
    """The segments of the tracks that can be suggested, sorted by track and time.

    Parameters
    ----------
    embeddings : ndarray of float32, [N, D]
        One row of unit norm for each segment.
    spans : ndarray of `SPAN_DTYPE`, [N]
        Track id, start and end in seconds of each segment.
    """

    embeddings: NDArray[np.float32]
    spans: NDArray[np.void]

    def __len__(self) -> int:
        return len(self.spans)

    @property
    def offsets(self) -> NDArray[np.int64]:
        """Row of each track's first segment, [T]."""
        ids = self.spans["track"]
        return np.flatnonzero(np.concatenate([np.ones(min(len(ids), 1), bool), ids[1:] != ids[:-1]]))

    def similarities(self, queries: NDArray[np.float32]) -> NDArray[np.float32]:
        """Compare queries with every segment: ``s[a, n] = <q[a], e[n]>``, the cosine of unit vectors.

        Parameters
        ----------
        queries : ndarray of float32, [A, D]
            Rows of unit norm.

        Returns
        -------
        ndarray of float32, [A, N]
        """
        # A product for each row: with so few rows it is faster than one of matrices.
        return np.stack([self.embeddings @ query for query in queries])


def load_matrix(library: Library, space: str) -> SegmentMatrix:
    """Give the matrix of one space, from the cache where that is up to date.

    Only tracks with the status ``indexed`` and of this space are in it: vectors of different spaces are
    never compared.
    """
    cache = library.path.with_name(library.path.name + ".segments")
    key = f"{library.revision} {space}"
    matrix = _read_cache(cache, key)
    if matrix is None:
        matrix = _build(library, space)
        try:
            _write_cache(cache, key, matrix)
            if f"{library.revision} {space}" != key:  # it may hold what was forgotten meanwhile
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
        spans = np.zeros(count, SPAN_DTYPE)
        embeddings: NDArray[np.float32] | None = None
        first = 0
        for rows in connection.execute(query).partitions(ROWS_AT_ONCE):
            ids, starts, ends, blobs = zip(*rows, strict=True)
            vectors = np.frombuffer(b"".join(blobs), EMBEDDING_DTYPE).reshape(len(rows), -1)
            if embeddings is None:
                embeddings = np.empty((count, vectors.shape[1]), np.float32)
            block = slice(first, first + len(rows))
            spans["track"][block], spans["start"][block], spans["end"][block] = ids, starts, ends
            embeddings[block] = vectors
            embeddings[block] /= np.linalg.norm(embeddings[block], axis=1, keepdims=True)
            first += len(rows)
    return SegmentMatrix(np.empty((0, 0), np.float32) if embeddings is None else embeddings, spans)


def _read_cache(cache: Path, key: str) -> SegmentMatrix | None:
    try:
        with cache.open("rb") as file:
            if npy.read_array(file).item() != key:
                return None
            spans = npy.read_array(file)
            embeddings = _mapped(file, cache)
    except (OSError, ValueError, EOFError):  # there is none, or it is damaged: it can always be made anew
        return None
    return SegmentMatrix(embeddings, spans)


def _mapped(file: IO[bytes], cache: Path) -> NDArray[Any]:
    npy.read_magic(file)
    shape, _, dtype = npy.read_array_header_1_0(file)
    if 0 in shape:
        return np.empty(shape, dtype)
    return np.memmap(cache, dtype, "r", offset=file.tell(), shape=shape)


def _write_cache(cache: Path, key: str, matrix: SegmentMatrix) -> None:
    handle, name = tempfile.mkstemp(prefix=f"{cache.name}.", suffix=".tmp", dir=cache.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            for array in (np.array(key), matrix.spans, matrix.embeddings):
                npy.write_array(file, array, version=(1, 0))
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(cache)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(name).unlink()
        raise
