"""Which tracks of the library pass a question's filters."""

from __future__ import annotations

from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, exists, select

from plugin.errors import InputError
from plugin.library.schema import tags, tracks, vocabulary
from plugin.library.store import Library
from plugin.suggest.keys import same_keys
from plugin.suggest.query import Filters


def passing(library: Library, space: str, filters: Filters) -> NDArray[np.int64] | None:
    """Give the ids of the tracks of one space that pass all filters, in rising order; None where there is no filter.

    Raises
    ------
    InputError
        A tag is not in the vocabulary (the message names the nearest words), or the key is not a key.
    """
    if filters == Filters():
        return None
    query: Select[int] = select(tracks.c.id).where(tracks.c.status == "indexed", tracks.c.space == space)
    if filters.tempo is not None:
        query = query.where(tracks.c.tempo.between(*filters.tempo))
    if filters.min_length is not None:
        query = query.where(tracks.c.duration >= filters.min_length)
    if filters.max_length is not None:
        query = query.where(tracks.c.duration <= filters.max_length)
    if filters.key is not None:
        query = query.where(tracks.c.key.in_(same_keys(filters.key)))
    with library.reading() as connection:
        words = select(vocabulary.c.tag, vocabulary.c.threshold).where(vocabulary.c.space == space)
        thresholds = dict(connection.execute(words).tuples().all())
        wanted = (*filters.tags, "instrumental") if filters.instrumental else filters.tags
        for words_of, keep in ((wanted, True), (filters.not_tags, False)):
            for word in words_of:
                tag = _known(word, thresholds)
                carries = exists().where(
                    tags.c.track_id == tracks.c.id, tags.c.tag == tag, tags.c.score >= thresholds[tag]
                )
                query = query.where(carries if keep else ~carries)
        ids = connection.execute(query.order_by(tracks.c.id)).scalars().all()
    return np.array(ids, np.int64)


def _known(word: str, thresholds: dict[str, float]) -> str:
    tag = word.strip().casefold()
    if tag not in thresholds:
        near = get_close_matches(tag, thresholds, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "'cuefinder library stats' lists the tags in use"
        raise InputError(f"'{word}' is no tag of the vocabulary: {hint}")
    return tag
