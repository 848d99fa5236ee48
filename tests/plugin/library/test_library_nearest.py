"""The ranking of a large library, most of whose matrix is never read, is that of a plain search through everything."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from store_material import SPACE, VOCABULARY, analysis, parts_of

import plugin.library.matrix as matrix_module
import plugin.suggest.nearest as nearest_module
from plugin.library.matrix import load_matrix
from plugin.library.segment_matrix import SegmentMatrix
from plugin.library.store import Library
from plugin.library.writer import save_track, save_vocabulary
from plugin.suggest.nearest import Nearest

COUNT = 120
SIZE = 256


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    """Unit vectors of segments, most of whose length lies on a few axes that are turned at random, float16."""
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.standard_normal((SIZE, SIZE)))[0]
    count = sum(parts_of(slot) for slot in range(COUNT))
    rows = rng.standard_normal((count, SIZE)) * np.exp(-np.arange(SIZE) / 12) @ turn
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype("<f2")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory, vectors: np.ndarray) -> Path:
    """A library of tracks with one to five segments."""
    path = tmp_path_factory.mktemp("nearest") / "library.db"
    with Library(path, writable=True) as library:
        save_vocabulary(library, SPACE, VOCABULARY)
        for slot in range(COUNT):
            save_track(library, SPACE, VOCABULARY, analysis(slot, slot))
        with library.writing() as connection:
            keys = connection.exec_driver_sql("SELECT track_id, idx FROM segments ORDER BY track_id, idx").all()
            for key, vector in zip(keys, vectors, strict=True):
                connection.exec_driver_sql(
                    "UPDATE segments SET embedding = ? WHERE track_id = ? AND idx = ?", (vector.tobytes(), *key)
                )
    return path


@pytest.fixture
def matrix(path: Path, monkeypatch: pytest.MonkeyPatch) -> SegmentMatrix:
    """The matrix as it is of a large library."""
    monkeypatch.setattr(matrix_module, "SPLIT_FROM", 100)
    monkeypatch.setattr(nearest_module, "FIRST", 4)
    path.with_name("library.db.segments").unlink(missing_ok=True)
    with Library(path) as library:
        load_matrix(library, SPACE)
        return load_matrix(library, SPACE)  # as it is in the cache


def plain(vectors: np.ndarray, matrix: SegmentMatrix, query: np.ndarray, length: int) -> np.ndarray:
    """Score all tracks one by one."""
    rows = vectors.astype(np.float64)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    scores = []
    for part in np.split(rows @ query, matrix.offsets[1:]):
        size = min(length, len(part))
        scores.append(max(part[first : first + size].mean() for first in range(len(part) - size + 1)))
    return np.array(scores)


def test_a_large_library_is_split_so_that_the_tails_are_short(matrix, vectors) -> None:
    assert matrix.head.shape[1] + matrix.tail.shape[1] == SIZE
    assert 0 < matrix.head.shape[1] <= SIZE // 2
    assert (matrix.head**2).sum(axis=1).mean() > matrix_module.HEAD_ENERGY
    np.testing.assert_allclose(matrix.axes @ matrix.axes.T, np.eye(SIZE), atol=1e-5)
    query = vectors[7].astype(np.float64)
    cosines = matrix.products(matrix.turned(query[None]))[0]
    expected = vectors.astype(np.float64) @ query / np.linalg.norm(vectors.astype(np.float64), axis=1)
    np.testing.assert_allclose(cosines, expected, atol=1e-5)


@pytest.mark.parametrize("length", [1, 2, 3, 9])
@pytest.mark.parametrize("gathered", [1, 8, 10_000])
def test_the_order_is_that_of_a_plain_search(matrix, vectors, monkeypatch, length, gathered) -> None:
    monkeypatch.setattr(nearest_module, "GATHERED", gathered)
    rng = np.random.default_rng(length)
    places = np.sort(rng.choice(COUNT, 90, replace=False))
    for query in (vectors[5].astype(np.float64), rng.standard_normal(SIZE)):  # like music; most of it off its axes
        scores = plain(vectors, matrix, query, length)
        nearest = Nearest(matrix, matrix.turned(query), length, places)
        ids = nearest[:3] + nearest[3:40] + nearest[40:]
        assert len(nearest) == len(ids) == 90
        assert sorted(ids) == matrix.ids[places].tolist()
        found = scores[np.searchsorted(matrix.ids, ids)]
        np.testing.assert_allclose(found, np.sort(scores[places])[::-1], atol=1e-5)
        given = [nearest.score(rank) for rank in range(90)]
        np.testing.assert_allclose(given, found, atol=1e-4)


def test_the_best_part_of_a_track_is_the_run_with_its_score(matrix, vectors) -> None:
    query = vectors[40].astype(np.float64)
    nearest = Nearest(matrix, matrix.turned(query), 2, np.arange(COUNT))
    for rank, id_ in enumerate(nearest[:10]):
        part = nearest.rows(rank)
        assert set(matrix.spans["track"][part].tolist()) == {id_}
        assert matrix.products(matrix.turned(query[None]), part).mean() == pytest.approx(nearest.score(rank), abs=1e-5)


def test_only_the_tails_of_tracks_that_can_be_among_the_best_are_read(matrix, vectors, monkeypatch) -> None:
    read: list[int] = []
    scored = Nearest._scored
    monkeypatch.setattr(Nearest, "_scored", lambda self, places: read.append(len(places)) or scored(self, places))
    nearest = Nearest(matrix, matrix.turned(vectors[5].astype(np.float64)), 1, np.arange(COUNT))
    nearest[:1]
    assert sum(read) < COUNT // 4


def test_a_filter_that_nothing_passes_gives_an_empty_ranking(matrix, vectors) -> None:
    nearest = Nearest(matrix, matrix.turned(vectors[0].astype(np.float64)), 3, np.arange(0))
    assert nearest[:10] == []
