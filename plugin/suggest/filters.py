"""Which tracks of the library pass a question's filters."""

from __future__ import annotations

import json
from dataclasses import replace
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from plugin.errors import InputError
from plugin.library.schema import marks, tags, tracks, vocabulary
from plugin.library.store import Library
from plugin.suggest.keys import same_keys
from plugin.suggest.query import Filters

INSTRUMENTAL = "instrumental"
"""The vocal tag of music without voices."""


def passing(library: Library, space: str, filters: Filters) -> NDArray[np.int64] | None:
    """Give the ids of the tracks of one space that pass all filters, in rising order; None where all pass.

    Hidden tracks are among them: `hidden_tracks` tells which.

    Raises
    ------
    InputError
        A tag is not in the vocabulary (the message names the nearest words), or the key is not a key.
    """
    if replace(filters, show_hidden=False) == Filters():
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
    if filters.favourites:
        query = query.where(_marked(marks.c.favourite))
    if filters.min_rating:
        query = query.where(_marked(marks.c.rating >= filters.min_rating))
    with library.reading() as connection:
        words = select(vocabulary.c.tag, vocabulary.c.threshold).where(vocabulary.c.space == space)
        thresholds = dict(connection.execute(words).tuples().all())
        wanted = (*filters.tags, INSTRUMENTAL) if filters.instrumental else filters.tags
        if filters.vocal:
            query = query.where(or_(*(_carries(tag, thresholds[tag]) for tag in _voices(connection, space))))
        for words_of, keep in ((wanted, True), (filters.not_tags, False)):
            for word in words_of:
                tag = _known(word, thresholds)
                carries = _carries(tag, thresholds[tag])
                query = query.where(carries if keep else ~carries)
        # As one value: a row for each of a hundred thousand tracks would take several times as long.
        ids = json.loads(connection.scalar(select(func.json_group_array(query.subquery().c.id))) or "[]")
    return np.sort(np.array(ids, np.int64))


def hidden_tracks(library: Library) -> NDArray[np.int64]:
    """Give the ids of the tracks that the user hid."""
    with library.reading() as connection:
        return np.array(connection.scalars(select(marks.c.track_id).where(marks.c.hidden)).all(), np.int64)


def _carries(tag: str, threshold: float) -> ColumnElement[bool]:
    # A set, not a question for each track: SQLite makes it from the index of scores.
    return tracks.c.id.in_(select(tags.c.track_id).where(tags.c.tag == tag, tags.c.score >= threshold))


def _marked(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return tracks.c.id.in_(select(marks.c.track_id).where(condition))


def _voices(connection: Connection, space: str) -> list[str]:
    """Tags of the vocal group that tell of a voice."""
    of_space = (vocabulary.c.space == space, vocabulary.c.tag_group == "vocal", vocabulary.c.tag != INSTRUMENTAL)
    voices = list(connection.scalars(select(vocabulary.c.tag).where(*of_space)))
    if not voices:
        raise InputError("the vocabulary has no tag for voices: leave out tracks with the tag 'instrumental' instead")
    return voices


def _known(word: str, thresholds: dict[str, float]) -> str:
    tag = word.strip().casefold()
    if tag not in thresholds:
        near = get_close_matches(tag, thresholds, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "'cuefinder library stats' lists the tags in use"
        raise InputError(f"'{word}' is no tag of the vocabulary: {hint}")
    return tag
