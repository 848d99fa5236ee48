"""Changing the library: each function is one transaction, wholly in or wholly out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from sqlalchemy import Connection, delete, exists, insert, select, text, update
from sqlalchemy.dialects.sqlite import insert as upsert

from plugin.library.names import file_words, folded_name
from plugin.library.records import Stamp
from plugin.library.schema import EMBEDDING_DTYPE, marks, segments, tags, tracks, vocabulary
from plugin.library.store import Library

if TYPE_CHECKING:
    from plugin.analysis import TrackFeatures
    from plugin.decode import MediaInfo
    from plugin.pack import Vocabulary


_RENAME = text(
    "UPDATE words SET title = :name WHERE rowid = :id AND title != :name"
    " AND EXISTS (SELECT 1 FROM tracks WHERE id = :id AND title = '')"
)


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file as it was when it was read: where, which stamp, which content, which lyrics files beside it."""

    path: Path
    stamp: Stamp
    content_hash: bytes
    lyrics_stamp: str | None = None


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that indexing finds out about one file.

    ``loudness`` is in LUFS (None where the file is too quiet or short to have one), ``peak`` linear.
    """

    file: FileRecord
    info: MediaInfo
    features: TrackFeatures
    loudness: float | None
    peak: float
    lyrics: str
    warnings: Sequence[str]


def save_vocabulary(library: Library, space: str, words: Vocabulary) -> None:
    """Keep the words of an embedding space, with the thresholds from which they are shown."""
    rows = [
        {"space": space, "tag": tag.name, "tag_group": tag.group, "threshold": float(tag.threshold)}
        for tag in words.tags
    ]
    with library.writing() as connection:
        connection.execute(delete(vocabulary).where(vocabulary.c.space == space))
        connection.execute(insert(vocabulary), rows)


def save_track(library: Library, space: str, words: Vocabulary, analysis: Analysis) -> int:
    """Write a track in place of whatever the library had at its path.

    Returns
    -------
    int
        The track's id: the old one where the path was known.
    """
    features, info = analysis.features, analysis.info
    values = {
        "status": "indexed",
        "space": space,
        "title": info.title,
        "artist": info.artist,
        "album": info.album,
        "duration": features.duration,
        "tempo": features.tempo,
        "key": features.key,
        "loudness": analysis.loudness,
        "peak": analysis.peak,
        "reason": "",
        "warnings": json.dumps(list(analysis.warnings)),
        "caption": features.caption,
        "embedding": _blob(features.embedding),
        "peaks": np.asarray(features.peaks, np.uint8).tobytes(),
        "lyrics": analysis.lyrics,
    }
    scores = [(tag, float(score)) for tag, score in zip(words.tags, features.tags, strict=True)]
    shown = sorted((pair for pair in scores if pair[1] >= pair[0].threshold), key=lambda pair: -pair[1])
    with library.writing() as connection:
        id_ = _put(connection, analysis.file, values)
        connection.execute(insert(segments), _segment_rows(id_, features))
        connection.execute(insert(tags), [{"track_id": id_, "tag": tag.name, "score": score} for tag, score in scores])
        connection.execute(
            text(
                "INSERT INTO words (rowid, title, artist, album, tags, caption, lyrics) "
                "VALUES (:id, :title, :artist, :album, :tags, :caption, :lyrics)"
            ),
            {
                "id": id_,
                "title": info.title or file_words(analysis.file.path),
                "artist": info.artist,
                "album": info.album,
                "tags": ", ".join(word for tag, _ in shown for word in (tag.name, *tag.synonyms)),
                "caption": features.caption,
                "lyrics": analysis.lyrics,
            },
        )
    return id_


def save_unheard(library: Library, file: FileRecord, status: Literal["failed", "silent"], reason: str) -> int:
    """Record that there is nothing to know of a file as it is, and why; returns the track's id."""
    empty = dict.fromkeys(("duration", "tempo", "key", "loudness", "peak"))
    values = {"status": status, "reason": reason, "warnings": "[]", "embedding": b"", "peaks": b"", **empty}
    values |= dict.fromkeys(("space", "title", "artist", "album", "caption", "lyrics"), "")
    with library.writing() as connection:
        return _put(connection, file, values)


@dataclass(frozen=True, slots=True)
class FileChange:
    """A known track whose file was found at a path, with stamps, though its content is the same."""

    id: int
    path: Path
    stamp: Stamp
    lyrics_stamp: str | None = None

    def values(self, title: str) -> dict[str, Any]:
        """Give the columns of a track with a title that tell of its file."""
        return {
            "path": self.path,
            "size": self.stamp.size,
            "mtime_ns": self.stamp.mtime_ns,
            "folded": folded_name(title, self.path),
            "lyrics_stamp": self.lyrics_stamp,
        }


def update_files(library: Library, found: Iterable[FileChange], missing: Iterable[int]) -> None:
    """Note in one transaction which files moved, came back or were touched, and which are gone.

    Tracks keep their ids, features and marks. A missing track stays in the library; a missing file of which nothing
    is known, and nothing marked, is dropped.
    """
    with library.writing() as connection:
        for change in found:
            title = connection.scalar(select(tracks.c.title).where(tracks.c.id == change.id)) or ""
            connection.execute(update(tracks).where(tracks.c.id == change.id).values(change.values(title)))
            connection.execute(
                update(tracks).where(tracks.c.id == change.id, tracks.c.status == "missing").values(status="indexed")
            )
            connection.execute(_RENAME, {"id": change.id, "name": file_words(change.path)})
        for id_ in missing:
            marked = exists().where(marks.c.track_id == id_)
            connection.execute(delete(tracks).where(tracks.c.id == id_, tracks.c.space == "", ~marked))
            connection.execute(update(tracks).where(tracks.c.id == id_).values(status="missing"))


def _put(connection: Connection, file: FileRecord, values: dict[str, Any]) -> int:
    """Insert or replace the row of a path and clear what belonged to the old one; gives its id."""
    values = values | {
        "size": file.stamp.size,
        "mtime_ns": file.stamp.mtime_ns,
        "content_hash": file.content_hash,
        "folded": folded_name(values["title"], file.path),
        "lyrics_stamp": file.lyrics_stamp,
        "indexed_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    statement = upsert(tracks).values(path=file.path, **values)
    statement = statement.on_conflict_do_update(index_elements=[tracks.c.path], set_=values)
    connection.execute(statement)
    id_: int = connection.execute(select(tracks.c.id).where(tracks.c.path == file.path)).scalar_one()
    connection.execute(delete(segments).where(segments.c.track_id == id_))
    connection.execute(delete(tags).where(tags.c.track_id == id_))
    connection.execute(text("DELETE FROM words WHERE rowid = :id"), {"id": id_})
    return id_


def _segment_rows(id_: int, features: TrackFeatures) -> list[dict[str, Any]]:
    spans = zip(features.starts, features.ends, features.embeddings, strict=True)
    return [
        {"track_id": id_, "idx": idx, "start": float(start), "end": float(end), "embedding": _blob(vector)}
        for idx, (start, end, vector) in enumerate(spans)
    ]


def _blob(vector: Any) -> bytes:
    return np.asarray(vector).astype(EMBEDDING_DTYPE).tobytes()
