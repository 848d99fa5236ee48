"""What a library holds, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any, TypeVar, get_args

from sqlalchemy import Connection, Integer, Select, func, select

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
        by_group = _shown_tags(connection, by_space)
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


def _shown_tags(connection: Connection, by_space: Collection[str]) -> dict[str, dict[str, int]]:
    """Count the tracks that show each tag, by group, the most frequent first.

    Each word is counted from the index of scores; a join with the words would go through all scores of all tracks.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for space, tag, group, threshold in connection.execute(select(vocabulary)).tuples():
        if space in by_space:
            query = select(func.count()).where(tags.c.tag == tag, tags.c.score >= threshold)
            if len(by_space) > 1:
                query = query.where(tags.c.track_id.in_(select(tracks.c.id).where(tracks.c.space == space)))
            counts[group, tag] += connection.execute(query).scalar_one()
    by_group: dict[str, dict[str, int]] = {}
    for (group, tag), count in sorted(counts.items(), key=lambda item: (item[0][0], -item[1], item[0][1])):
        if count:
            by_group.setdefault(group, {})[tag] = count
    return by_group
