"""Suggestions: the tracks of the library that fit a question best, and the part of each that fits."""

from __future__ import annotations

import math

import numpy as np

from plugin.errors import InputError, StoreError
from plugin.library.matrix import load_matrix
from plugin.library.segment_matrix import SegmentMatrix
from plugin.library.store import Library
from plugin.library.tracks import spaces
from plugin.runtime.engine import Engine
from plugin.suggest.aspects import find_aspects
from plugin.suggest.choice import choose
from plugin.suggest.filters import hidden_tracks, passing
from plugin.suggest.nearest import Nearest
from plugin.suggest.query import DEFAULT_LENGTH, Query
from plugin.suggest.ranking import fuse
from plugin.suggest.suggestion import Suggestion, Suggestions


class Suggester:
    """Answers questions about one library; keeps the search matrix between them.

    Parameters
    ----------
    library : Library
    engine : Engine
        Another may take its place between two questions.
    """

    def __init__(self, library: Library, engine: Engine) -> None:
        self._library = library
        self.engine = engine
        self._matrix_of = ("", "")
        self._stale = 0
        self._matrix: SegmentMatrix | None = None

    def suggest(self, query: Query) -> Suggestions:
        """Rank the tracks of the library.

        Raises
        ------
        InputError
            The library is empty, a file or range of the query cannot be used, or a filter is wrong.
        StoreError
            The library was indexed with other packs only.
        """
        matrix = self._current_matrix()
        ids = passing(self._library, self.engine.space, query.filters)
        aspects = find_aspects(self.engine, self._library, query)
        length = query.length or aspects.clip_length or DEFAULT_LENGTH
        queries = matrix.turned(aspects.embeddings)
        weights = np.array([query.weight(aspect) for aspect in aspects.names])
        vector, shift = fuse(queries, weights, matrix.centre, matrix.covariance)
        # A clip a hair over 30 s is still covered by three segments.
        window = max(1, math.ceil(length / self.engine.segment_seconds - 0.05))
        passes = np.ones(len(matrix.ids), bool)
        if ids is not None:
            passes[:] = False
            passes[matrix.rows_of(ids)] = True
        considered = int(passes.sum())
        if not query.filters.show_hidden:
            passes[matrix.rows_of(hidden_tracks(self._library))] = False
        shown = int(passes.sum())
        passes[matrix.rows_of(np.array(aspects.seed_ids, np.int64))] = False
        nearest = Nearest(matrix, vector, window, np.flatnonzero(passes))
        results = []
        for choice in choose(self._library, self.engine.space, nearest, query.top, query.per_artist, aspects.seeds):
            part = nearest.rows(choice.rank)
            start = float(matrix.spans["start"][part.start])
            cosines = matrix.products(queries, part).mean(axis=1).tolist()
            results.append(
                Suggestion(
                    choice.track,
                    nearest.score(choice.rank) - shift,
                    *_segment(start, length, choice.recording.duration),
                    dict(zip(aspects.names, cosines, strict=True)),
                    tuple(copy.path for copy in choice.duplicates),
                    tuple(choice.versions),
                )
            )
        return Suggestions(tuple(results), shown, len(matrix.ids), self._stale, length, considered - shown)

    def _current_matrix(self) -> SegmentMatrix:
        revision, space = self._library.revision, self.engine.space
        if self._matrix is None or (revision, space) != self._matrix_of:
            self._matrix = load_matrix(self._library, space)
            self._stale = sum(count for other, count in spaces(self._library).items() if other != space)
            self._matrix_of = revision, space
        if len(self._matrix):
            return self._matrix
        if self._stale:
            raise StoreError(
                f"all {self._stale} tracks were indexed with another model pack: run 'cuefinder index' on their "
                "folders again, or 'cuefinder library rehear'"
            )
        raise InputError("the library holds no tracks: fill it with 'cuefinder index DIR'")


def _segment(start: float, length: float, duration: float) -> tuple[float, float]:
    """Fit a range of the wanted length into the track: it may be shorter only where the track is."""
    end = min(start + length, duration)
    return max(0.0, end - length), end
