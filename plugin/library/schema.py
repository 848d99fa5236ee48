"""The tables of the library, in SQLAlchemy Core.

The store is the only truth on disk. Embeddings are little-endian float16, so a library can move between
machines; everything that can be computed from them (the search matrix) is a cache beside the store.
"""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    event,
)
from sqlalchemy.types import TypeDecorator

SCHEMA_VERSION = 3
EMBEDDING_DTYPE = "<f2"


class PathText(TypeDecorator[Path]):
    """A file's path: text where it is valid Unicode, else the very bytes of the name.

    SQLite keeps the type with each value, so that the paths stay readable in any SQLite tool and names
    that are not UTF-8 (old music collections have them) survive unchanged.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Path | str | None, dialect: Dialect) -> str | bytes | None:
        """Turn a path into the value to store."""
        if value is None:
            return None
        text = os.fspath(value)
        try:
            text.encode()
        except UnicodeEncodeError:
            return os.fsencode(text)
        return text

    def process_result_value(self, value: str | bytes | None, dialect: Dialect) -> Path | None:
        """Turn a stored value into the path."""
        return None if value is None else Path(os.fsdecode(value))


metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

tracks = Table(
    "tracks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("path", PathText, nullable=False, unique=True),
    Column("size", Integer, nullable=False),
    Column("mtime_ns", Integer, nullable=False),
    Column("content_hash", LargeBinary, nullable=False),
    Column("status", Text, nullable=False),
    Column("space", Text, nullable=False, default=""),
    Column("title", Text, nullable=False, default=""),
    Column("artist", Text, nullable=False, default=""),
    Column("album", Text, nullable=False, default=""),
    Column("duration", Float),
    Column("tempo", Float),
    Column("key", Text),
    Column("loudness", Float),
    Column("peak", Float),
    Column("reason", Text, nullable=False, default=""),
    Column("warnings", Text, nullable=False, default="[]"),
    Column("indexed_at", Text, nullable=False),
    Column("caption", Text, nullable=False, default=""),
    Column("embedding", LargeBinary, nullable=False, default=b""),
    Column("peaks", LargeBinary, nullable=False, default=b""),
    Column("lyrics", Text, nullable=False, default=""),
    # The title or the file's name in one case; a part of it is looked for in the index, whose rows are short.
    Column("folded", Text, nullable=False, server_default=""),
    # Of the lyrics files beside the track as they were heard; nothing where no version wrote it down.
    Column("lyrics_stamp", Text),
    CheckConstraint("status IN ('indexed', 'silent', 'failed', 'missing')"),
    sqlite_autoincrement=True,  # the id of a forgotten track is never given to another one
)

Index("tracks_by_caption", tracks.c.caption)
Index("tracks_by_artist", tracks.c.artist)
Index("tracks_by_name", tracks.c.folded)
# Filters and counts are answered from it alone; the rows of tracks are long.
Index("tracks_by_sound", tracks.c.status, tracks.c.space, tracks.c.tempo, tracks.c.duration, tracks.c.key)

segments = Table(
    "segments",
    metadata,
    Column("track_id", Integer, ForeignKey("tracks.id", ondelete="CASCADE"), primary_key=True),
    Column("idx", Integer, primary_key=True),
    Column("start", Float, nullable=False),
    Column("end", Float, nullable=False),
    Column("embedding", LargeBinary, nullable=False),
    sqlite_with_rowid=False,  # rows of one track lie together
)

tags = Table(
    "tags",
    metadata,
    Column("track_id", Integer, ForeignKey("tracks.id", ondelete="CASCADE"), primary_key=True),
    Column("tag", Text, primary_key=True),
    Column("score", Float, nullable=False),
    sqlite_with_rowid=False,
)
Index("tags_by_score", tags.c.tag, tags.c.score)

vocabulary = Table(
    "vocabulary",
    metadata,
    Column("space", Text, primary_key=True),
    Column("tag", Text, primary_key=True),
    Column("tag_group", Text, nullable=False),
    Column("threshold", Float, nullable=False),
)

marks = Table(
    "marks",
    metadata,
    Column("track_id", Integer, ForeignKey("tracks.id", ondelete="CASCADE"), primary_key=True),
    Column("rating", Integer, nullable=False, default=0),
    Column("favourite", Boolean, nullable=False, default=False),
    Column("hidden", Boolean, nullable=False, default=False),
    CheckConstraint("rating BETWEEN 0 AND 5"),
)
"""What the user thinks of a track; it stays when the track is indexed again."""

roots = Table(
    "roots",
    metadata,
    Column("path", PathText, primary_key=True),
    Column("watched", Boolean, nullable=False, default=True),
    Column("added_at", Text, nullable=False),
    Column("scanned_at", Text),
)
"""Folders that the user keeps music in."""

searches = Table(
    "searches",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, unique=True),
    Column("question", Text, nullable=False),
    Column("asked_at", Text, nullable=False),
)
"""Questions asked, as JSON; those with a name are saved, the others are history."""


@event.listens_for(metadata, "after_create")
def _create_words(target: MetaData, connection: Connection, **options: object) -> None:
    """Make the full-text index; its rowid is the track's id."""
    connection.exec_driver_sql(
        "CREATE VIRTUAL TABLE words USING fts5("
        "title, artist, album, tags, caption, lyrics, tokenize = 'porter unicode61 remove_diacritics 2')"
    )
