"""Reading tracks from the library."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, and_, func, select

from plugin.errors import InputError, printable
from plugin.library.records import KnownFile, Stamp, TagScore, Track
from plugin.library.schema import EMBEDDING_DTYPE, tags, tracks, vocabulary
from plugin.library.store import Library

CHUNK = 500
"""Tracks read at once; SQLite takes a limited number of values in one statement."""


def known_files(library: Library) -> list[KnownFile]:
    """List the files the library knows, in no order."""
    columns = (tracks.c.id, tracks.c.path, tracks.c.size, tracks.c.mtime_ns, tracks.c.content_hash)
    with library.reading() as connection:
        rows = connection.execute(select(*columns, tracks.c.space, tracks.c.status)).all()
    return [
        KnownFile(row.id, row.path, Stamp(row.size, row.mtime_ns), row.content_hash, row.space, row.status)
        for row in rows
    ]


def get_tracks(library: Library, ids: Iterable[int]) -> dict[int, Track]:
    """Read tracks by their ids; ids the library does not know are absent from the answer."""
    found: dict[int, Track] = {}
    with library.reading() as connection:
        for chunk in _chunks(list(ids)):
            rows = connection.execute(select(tracks).where(tracks.c.id.in_(chunk))).all()
            shown = _shown_tags(connection, chunk)
            found.update({row.id: _track(row, shown.get(row.id, ())) for row in rows})
    return found


def all_tracks(library: Library) -> Iterator[Track]:
    """Read every track, whatever its status, in the order of the paths."""
    with library.reading() as connection:
        ids = connection.execute(select(tracks.c.id).order_by(tracks.c.path)).scalars().all()
    for chunk in _chunks(ids):
        found = get_tracks(library, chunk)
        yield from (found[id_] for id_ in chunk if id_ in found)


def track_at(library: Library, path: Path) -> Track | None:
    """Read the track of one file; None where the library does not know the path."""
    with library.reading() as connection:
        id_ = connection.execute(select(tracks.c.id).where(tracks.c.path == path.absolute())).scalar()
    return None if id_ is None else get_tracks(library, [id_]).get(id_)


def find_track(library: Library, words: str) -> Track:
    """Find the one track that a user names by its id, its path or a part of its title.

    Raises
    ------
    InputError
        No track fits, or several do; the message names some of them.
    """
    track = track_at(library, Path(words))
    if track is None and words.isdecimal():
        track = get_tracks(library, [int(words)]).get(int(words))
    if track is not None:
        return track
    part = words.casefold()
    with library.reading() as connection:
        rows = connection.execute(select(tracks.c.id, tracks.c.title, tracks.c.path)).tuples().all()
    found = [(id_, title or path.stem) for id_, title, path in rows if part in (title or path.stem).casefold()]
    if not found:
        raise InputError(f"no track has the id, path or title '{words}': look for it with 'cuefinder search'")
    if len(found) > 1:
        some = "; ".join(f"{id_} {printable(name)}" for id_, name in found[:5])
        raise InputError(f"{len(found)} tracks fit '{words}', name one by its id: {some}")
    return get_tracks(library, [found[0][0]])[found[0][0]]


def embeddings_of(library: Library, ids: Iterable[int]) -> dict[int, NDArray[np.float32]]:
    """Read the embeddings of whole tracks, float32 of unit norm, by id."""
    found: dict[int, NDArray[np.float32]] = {}
    with library.reading() as connection:
        for chunk in _chunks(list(ids)):
            query = select(tracks.c.id, tracks.c.embedding).where(tracks.c.id.in_(chunk))
            for id_, blob in connection.execute(query).tuples():
                if blob:
                    vector = np.frombuffer(blob, EMBEDDING_DTYPE).astype(np.float32)
                    found[id_] = vector / np.linalg.norm(vector)
    return found


def spaces(library: Library) -> dict[str, int]:
    """Count the tracks that have features, by embedding space."""
    query = select(tracks.c.space, func.count()).where(tracks.c.space != "").group_by(tracks.c.space)
    with library.reading() as connection:
        return dict(connection.execute(query).tuples().all())


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[first : first + CHUNK] for first in range(0, len(ids), CHUNK))


def _shown_tags(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[TagScore, ...]]:
    query = (
        select(tags.c.track_id, tags.c.tag, vocabulary.c.tag_group, tags.c.score)
        .join(tracks, tracks.c.id == tags.c.track_id)
        .join(vocabulary, and_(vocabulary.c.space == tracks.c.space, vocabulary.c.tag == tags.c.tag))
        .where(tags.c.track_id.in_(ids), tags.c.score >= vocabulary.c.threshold)
        .order_by(tags.c.score.desc(), tags.c.tag)
    )
    shown: dict[int, list[TagScore]] = {}
    for id_, name, group, score in connection.execute(query).tuples():
        shown.setdefault(id_, []).append(TagScore(name, group, score))
    return {id_: tuple(scores) for id_, scores in shown.items()}


def _track(row: Row[Any], shown: tuple[TagScore, ...]) -> Track:
    values = dict(row._mapping)
    del values["embedding"]
    stamp = Stamp(values.pop("size"), values.pop("mtime_ns"))
    values["warnings"] = tuple(json.loads(values["warnings"]))
    return Track(stamp=stamp, tags=shown, **values)
