"""Full-text search over titles, artists, albums, tags, captions and lyrics."""

from __future__ import annotations

import re

from sqlalchemy import text

from plugin.errors import InputError
from plugin.library.records import Track
from plugin.library.store import Library
from plugin.library.tracks import get_tracks

WEIGHTS = {"title": 6.0, "artist": 4.0, "album": 3.0, "tags": 3.0, "caption": 1.5, "lyrics": 1.0}
"""How much a word counts by the field in which it is found (BM25)."""

_PHRASE_OR_WORD = re.compile(r'"([^"]*)"|(\S+)')


def search(library: Library, words: str, limit: int = 20) -> list[Track]:
    """Find tracks that hold all the words, best first.

    Words match by their stems ("runs" finds "running") and their beginnings ("sax" finds "saxophone"), and tags by
    their synonyms ("creepy" finds "scary"); words between double quotes must follow each other.

    Raises
    ------
    InputError
        There is no word to search for.
    """
    query = fts_query(words)
    weights = ", ".join(str(weight) for weight in WEIGHTS.values())
    statement = text(
        f"SELECT rowid FROM words WHERE words MATCH :query ORDER BY bm25(words, {weights}), rowid LIMIT :limit"
    )
    with library.reading() as connection:
        ids = connection.execute(statement, {"query": query, "limit": limit}).scalars().all()
    found = get_tracks(library, ids)
    return [found[id_] for id_ in ids if id_ in found]


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
