"""Reading tracks from the library."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, LargeBinary, Row, func, literal, select

from plugin.errors import InputError, printable
from plugin.library.records import KnownFile, Stamp, Status, TagScore, Track
from plugin.library.schema import EMBEDDING_DTYPE, marks, tags, tracks, vocabulary
from plugin.library.store import Library

if TYPE_CHECKING:
    from plugin.library.scan import Scan

CHUNK = 500
"""Tracks read at once; SQLite takes a limited number of values in one statement."""

NAMED = 5
"""Tracks that a message names."""

_Value = TypeVar("_Value")

_FILE = select(*(tracks.c[field] for field in ("id", "path", "size", "mtime_ns", "content_hash", "space", "status",
                                               "lyrics_stamp")))  # fmt: skip
_TRACK = select(
    *(column for column in tracks.c if column.name not in ("embedding", "folded", "lyrics_stamp")),
    *(func.coalesce(column, 0).label(column.name) for column in (marks.c.rating, marks.c.favourite, marks.c.hidden)),
).select_from(tracks.outerjoin(marks, marks.c.track_id == tracks.c.id))


def known_files(library: Library) -> list[KnownFile]:
    """List the files the library knows, in no order."""
    with library.reading() as connection:
        return [_known(row) for row in connection.execute(_FILE)]


def known_below(library: Library, path: Path, separator: str = os.sep) -> list[KnownFile]:
    """List the files at a path and below it, in the order of the paths."""
    query = _FILE.where((tracks.c.path == path) | below(path, separator)).order_by(tracks.c.path)
    with library.reading() as connection:
        return [_known(row) for row in connection.execute(query)]


def known_about(library: Library, scan: Scan) -> list[KnownFile]:
    """List the files that a scan can concern: those it saw, those that should be there, and such as may have moved.

    So taking in a few files costs a few rows, however many tracks there are.
    """
    found: dict[Path, KnownFile] = {}
    with library.reading() as connection:

        def take(condition: ColumnElement[bool]) -> None:
            found.update({row.path: _known(row) for row in connection.execute(_FILE.where(condition))})

        for paths in _chunks([*scan.complete]):
            take(tracks.c.path.in_(paths))
        for folder in [path for path in scan.complete if path not in found]:
            take(below(folder))
        for paths in _chunks([path for path in scan.files if path not in found]):
            take(tracks.c.path.in_(paths))
        new_sizes = {stamp.size for path, stamp in scan.files.items() if path not in found}
        for sizes in _chunks([*new_sizes]):
            take(tracks.c.size.in_(sizes) & (tracks.c.space != ""))
    return list(found.values())


def below(folder: Path, separator: str = os.sep) -> ColumnElement[bool]:
    """Give the condition that a track lies below a folder; SQLite answers it from the index of the paths."""
    start = os.fspath(folder).rstrip(separator) + separator  # only a root has one at its end
    end = start[:-1] + chr(ord(start[-1]) + 1)
    # Names that are not UTF-8 are kept as bytes, which SQLite sorts apart from text.
    raw_start, raw_end = (literal(os.fsencode(text), LargeBinary) for text in (start, end))
    as_bytes = (tracks.c.path >= raw_start) & (tracks.c.path < raw_end)
    return ((tracks.c.path >= start) & (tracks.c.path < end)) | as_bytes


def _known(row: Row[*tuple[Any, ...]]) -> KnownFile:
    stamp = Stamp(row.size, row.mtime_ns)
    return KnownFile(row.id, row.path, stamp, row.content_hash, row.space, row.status, row.lyrics_stamp)


def get_tracks(library: Library, ids: Iterable[int]) -> dict[int, Track]:
    """Read tracks by their ids; ids the library does not know are absent from the answer."""
    found: dict[int, Track] = {}
    with library.reading() as connection:
        words = _words(connection)
        for chunk in _chunks(list(ids)):
            rows = connection.execute(_TRACK.where(tracks.c.id.in_(chunk))).all()
            shown = _shown_tags(connection, words, {row.id: row.space for row in rows})
            found.update({row.id: _track(row, shown.get(row.id, ())) for row in rows})
    return found


def all_tracks(library: Library) -> Iterator[Track]:
    """Read every track, whatever its status, in the order of the paths."""
    with library.reading() as connection:
        ids = connection.execute(select(tracks.c.id).order_by(tracks.c.path)).scalars().all()
    for chunk in _chunks(ids):
        found = get_tracks(library, chunk)
        yield from (found[id_] for id_ in chunk if id_ in found)


def tracks_of_status(library: Library, status: Status) -> list[Track]:
    """Read the tracks of one status, in the order of the paths."""
    with library.reading() as connection:
        query = select(tracks.c.id).where(tracks.c.status == status).order_by(tracks.c.path)
        ids = connection.execute(query).scalars().all()
    return list(get_tracks(library, ids).values())


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
    fits = func.instr(tracks.c.folded, words.casefold()) > 0
    with library.reading() as connection:
        count = connection.scalar(select(func.count()).where(fits)) or 0
        ids = connection.scalars(select(tracks.c.id).where(fits).order_by(tracks.c.folded).limit(NAMED)).all()
    found = get_tracks(library, ids)
    if not found:
        raise InputError(f"no track has the id, path or title '{words}': look for it with 'cuefinder search'")
    if count > 1:
        some = "; ".join(f"{id_} {printable(found[id_].name)}" for id_ in ids if id_ in found)
        raise InputError(f"{count} tracks fit '{words}', name one by its id: {some}")
    return found[ids[0]]


def embeddings_of(library: Library, ids: Iterable[int], space: str) -> dict[int, NDArray[np.float32]]:
    """Read the embeddings of whole tracks of one space, float32 of unit norm, by id; other tracks are absent."""
    found: dict[int, NDArray[np.float32]] = {}
    with library.reading() as connection:
        for chunk in _chunks(list(ids)):
            query = select(tracks.c.id, tracks.c.embedding).where(tracks.c.id.in_(chunk), tracks.c.space == space)
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


def _chunks(values: Sequence[_Value]) -> Iterator[Sequence[_Value]]:
    return (values[first : first + CHUNK] for first in range(0, len(values), CHUNK))


def _words(connection: Connection) -> dict[tuple[str, str], tuple[str, float]]:
    """Give the group and the threshold of each word, by space and word."""
    return {(row.space, row.tag): (row.tag_group, row.threshold) for row in connection.execute(select(vocabulary))}


def _shown_tags(
    connection: Connection, words: dict[tuple[str, str], tuple[str, float]], spaces: dict[int, str]
) -> dict[int, tuple[TagScore, ...]]:
    """Give the tags of tracks that are at or above their thresholds; a join with the words would take far longer."""
    lowest = min((threshold for _, threshold in words.values()), default=0.0)
    query = select(tags.c.track_id, tags.c.tag, tags.c.score).where(tags.c.track_id.in_(spaces), tags.c.score >= lowest)
    shown: dict[int, list[TagScore]] = {}
    for id_, name, score in connection.execute(query).tuples():
        group, threshold = words.get((spaces[id_], name), ("", np.inf))
        if score >= threshold:
            shown.setdefault(id_, []).append(TagScore(name, group, score))
    return {id_: tuple(sorted(scores, key=lambda tag: (-tag.score, tag.name))) for id_, scores in shown.items()}


def _track(row: Row[Any], shown: tuple[TagScore, ...]) -> Track:
    values = dict(row._mapping)
    values |= {"favourite": bool(values["favourite"]), "hidden": bool(values["hidden"])}
    stamp = Stamp(values.pop("size"), values.pop("mtime_ns"))
    values["warnings"] = tuple(json.loads(values["warnings"]))
    return Track(stamp=stamp, tags=shown, **values)
