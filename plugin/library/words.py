"""Full-text search over titles, artists, albums, tags, captions and lyrics."""

from __future__ import annotations

import re

from sqlalchemy import Connection, text

from plugin.errors import InputError
from plugin.library.records import Track
from plugin.library.store import Library
from plugin.library.tracks import get_tracks

WEIGHTS = {"title": 6.0, "artist": 4.0, "album": 3.0, "tags": 3.0, "caption": 1.5, "lyrics": 1.0}
"""How much a word counts by the field in which it is found (BM25)."""

MOST = 8_000
"""Tracks that are ranked, which takes some 20 ms; words that more of them hold tell little (`benchmarks/store.py`)."""
MOST_TITLES = 2_000
"""Tracks that are ranked by their titles where more hold the words."""

_PHRASE_OR_WORD = re.compile(r'"([^"]*)"|(\S+)')


def search(library: Library, words: str, limit: int = 20) -> list[Track]:
    """Find tracks that hold all the words, best first.

    Words match by their stems ("runs" finds "running") and their beginnings ("sax" finds "saxophone"), and tags by
    their synonyms ("creepy" finds "scary"); words between double quotes must follow each other. Where more than
    `MOST` tracks hold all the words, those that hold them in their titles come first.

    Raises
    ------
    InputError
        There is no word to search for.
    """
    query = fts_query(words)
    with library.reading() as connection:
        ids: list[int] = []
        if _more_than(connection, query, MOST):
            ids = _best(connection, f"title : ({query})", limit, MOST_TITLES)
        if len(ids) < limit:
            ids = list(dict.fromkeys(ids + _best(connection, query, limit, MOST)))[:limit]
    found = get_tracks(library, ids)
    return [found[id_] for id_ in ids if id_ in found]


def _more_than(connection: Connection, query: str, most: int) -> bool:
    """Whether more tracks fit; does not rank them, for which SQLite would first count each word in all tracks."""
    statement = text("SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH :query LIMIT :enough)")
    found: int = connection.execute(statement, {"query": query, "enough": most + 1}).scalar_one()
    return found > most


def _best(connection: Connection, query: str, limit: int, most: int) -> list[int]:
    """Rank the first so many tracks that fit, and give the best of them."""
    weights = ", ".join(str(weight) for weight in WEIGHTS.values())
    statement = text(
        "SELECT id FROM (SELECT rowid AS id, bm25(words, " + weights + ") AS score FROM words"
        " WHERE words MATCH :query LIMIT :most) ORDER BY score, id LIMIT :limit"
    )
    return list(connection.scalars(statement, {"query": query, "limit": limit, "most": most}))


def fts_query(words: str) -> str:
    """Turn what a user types into an FTS5 query; no character of it is taken as an operator."""
    terms = []
    for phrase, word in _PHRASE_OR_WORD.findall(words):
        term = (phrase or word).replace('"', "")
        if any(char.isalnum() for char in term):
            terms.append(f'"{term}"' if phrase else f'"{term}"*')
    if not terms:
        raise InputError(f"'{words}' holds no word to search for")
    return " ".join(terms)
