"""What a library holds, in numbers."""

from __future__ import annotations

from typing import Any, TypeVar, get_args

from sqlalchemy import Connection, Integer, Select, and_, func, select

from plugin.library.records import Status
from plugin.library.schema import segments, tags, tracks, vocabulary
from plugin.library.store import Library

TOP = 10
"""Artists that are named."""
TEMPO_STEP = 20
"""Beats a minute that are counted together."""


_Name = TypeVar("_Name")


def stats(library: Library) -> dict[str, Any]:
    """Count tracks, segments, hours, tags, artists, keys and tempi; the values are ready for JSON."""
    heard = tracks.c.space != ""
    with library.reading() as connection:
        by_status = _counts(connection, select(tracks.c.status, func.count()).group_by(tracks.c.status))
        by_space = _counts(connection, select(tracks.c.space, func.count()).where(heard).group_by(tracks.c.space))
        seconds = connection.execute(select(func.sum(tracks.c.duration)).where(heard)).scalar()
        segment_count = connection.execute(select(func.count()).select_from(segments)).scalar_one()
        artists = _counts(
            connection,
            select(tracks.c.artist, func.count())
            .where(tracks.c.artist != "")
            .group_by(tracks.c.artist)
            .order_by(func.count().desc(), tracks.c.artist),
        )
        shown = (
            select(vocabulary.c.tag_group, tags.c.tag, func.count())
            .join(tracks, tracks.c.id == tags.c.track_id)
            .join(vocabulary, and_(vocabulary.c.space == tracks.c.space, vocabulary.c.tag == tags.c.tag))
            .where(tags.c.score >= vocabulary.c.threshold)
            .group_by(vocabulary.c.tag_group, tags.c.tag)
            .order_by(vocabulary.c.tag_group, func.count().desc(), tags.c.tag)
        )
        keys = _counts(
            connection,
            select(tracks.c.key, func.count())
            .where(tracks.c.key.is_not(None))
            .group_by(tracks.c.key)
            .order_by(func.count().desc(), tracks.c.key),
        )
        step = (func.floor(tracks.c.tempo / TEMPO_STEP) * TEMPO_STEP).cast(Integer)
        tempi = _counts(
            connection, select(step, func.count()).where(tracks.c.tempo.is_not(None)).group_by(step).order_by(step)
        )
        by_group: dict[str, dict[str, int]] = {}
        for group, tag, count in connection.execute(shown).tuples():
            by_group.setdefault(group, {})[tag] = count
    facts = library.facts()
    return {
        "path": str(library.path),
        "created": facts["created"],
        "bytes": library.path.stat().st_size,
        "tracks": {status: by_status.get(status, 0) for status in get_args(Status)},
        "hours": (seconds or 0.0) / 3600,
        "segments": segment_count,
        "spaces": by_space,
        "artists": len(artists),
        "top_artists": dict(list(artists.items())[:TOP]),
        "tags": by_group,
        "keys": keys,
        "tempi": {f"{low}-{low + TEMPO_STEP}": count for low, count in tempi.items()},
    }


def _counts(connection: Connection, query: Select[_Name, int]) -> dict[_Name, int]:
    return dict(connection.execute(query).tuples().all())
