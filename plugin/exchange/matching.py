"""Which tracks of the library the rows of another program's file speak of, and what to take over."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from plugin.errors import printable
from plugin.exchange.reading import Row
from plugin.library.schema import marks, tracks
from plugin.library.store import Library

SECONDS = 1.5
"""By how much lengths may differ: others round to seconds, or count the encoder's delay."""
_MARKS = ("rating", "favourite", "hidden")


@dataclass(frozen=True, slots=True)
class Taking:
    """Marks that a track gets: keyword arguments of `plugin.library.marks.set_marks`."""

    track_id: int
    path: Path
    changes: dict[str, Any]


@dataclass(slots=True)
class Merge:
    """What taking over a file would do.

    ``same`` rows say what the library has already or nothing, ``by_name`` of all matched rows were matched without
    their path; ``conflicts`` and ``unknown`` (no such track) are lines for the user; ``comments`` counts comments on
    known tracks, for which the library has no place: it keeps captions of its own.
    """

    takings: list[Taking] = field(default_factory=list)
    same: int = 0
    by_name: int = 0
    conflicts: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    comments: int = 0


@dataclass(slots=True)
class _Known:
    id: int
    path: Path
    artist: str
    caption: str
    duration: float | None
    marks: dict[str, Any]
    given: dict[str, Any] = field(default_factory=dict)


def match(library: Library, rows: Iterable[Row], *, replace: bool = False) -> Merge:
    """Find the tracks by their paths, else by name, artist and length, and compare the marks.

    Parameters
    ----------
    library : Library
    rows : iterable of Row
        Marks that are not set in them say nothing.
    replace : bool
        Take other ratings than those of the library as well; they are conflicts else, and the library's stay.
    """
    merge = Merge()
    known = _known(library)
    by_path = {unicodedata.normalize("NFC", str(track.path)): track for track, _ in known}
    by_name: dict[str, list[_Known]] = {}
    for track, title in known:
        for name in {_key(title), _key(track.path.stem)} - {""}:
            by_name.setdefault(name, []).append(track)
    for row in rows:
        at_path = by_path.get(unicodedata.normalize("NFC", str(row.path))) if row.path else None
        found = _by_name(row, by_name) if at_path is None else [at_path]
        if len(found) == 1:
            merge.by_name += at_path is None
            merge.comments += row.comment not in ("", found[0].caption)
            _compare(merge, row, found[0], replace)
        elif found:
            some = "; ".join(printable(track.path) for track in found[:3])
            merge.conflicts.append(f"{_label(row)}: {len(found)} tracks fit: {some}")
        else:
            merge.unknown.append(f"{_label(row)}: no such track")
    merge.takings = [Taking(track.id, track.path, track.given) for track, _ in known if track.given]
    return merge


def _compare(merge: Merge, row: Row, track: _Known, replace: bool) -> None:
    said = {name: getattr(row, name) for name in _MARKS if getattr(row, name)}
    new = {name: value for name, value in said.items() if track.marks[name] != value}
    for name, value in new.items():
        earlier = track.given.get(name)
        if earlier not in (None, value):
            merge.conflicts.append(f"{_label(row)}: {name} {value}, but {earlier} further up in the same file")
        elif track.marks[name] and not replace:
            merge.conflicts.append(
                f"{_label(row)}: {name} {value}, but {track.marks[name]} in the library, which stays"
            )
        else:
            track.given[name] = value
    merge.same += not new


def _by_name(row: Row, by_name: dict[str, list[_Known]]) -> list[_Known]:
    names = {_key(row.name), _key(row.path.stem if row.path else "")} - {""}
    found = {track.id: track for name in sorted(names) for track in by_name.get(name, [])}
    return [track for track in found.values() if _fits(row, track)]


def _fits(row: Row, track: _Known) -> bool:
    if row.length is None or track.duration is None or abs(row.length - track.duration) > SECONDS:
        return False
    return not row.artist or not track.artist or _key(row.artist) == _key(track.artist)


def _known(library: Library) -> list[tuple[_Known, str]]:
    known = (tracks.c.id, tracks.c.path, tracks.c.title, tracks.c.artist, tracks.c.caption, tracks.c.duration)
    query = select(*known, *(func.coalesce(marks.c[name], 0).label(name) for name in _MARKS))
    query = query.select_from(tracks.outerjoin(marks, marks.c.track_id == tracks.c.id)).order_by(tracks.c.path)
    with library.reading() as connection:
        return [
            (_Known(row.id, row.path, row.artist, row.caption, row.duration,
                    {"rating": row.rating, "favourite": bool(row.favourite), "hidden": bool(row.hidden)}), row.title)
            for row in connection.execute(query)
        ]  # fmt: skip


def _key(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _label(row: Row) -> str:
    return f"{row.place} ({printable(row.path or row.name or 'without a name')})"
