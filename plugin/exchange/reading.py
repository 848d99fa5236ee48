"""What a file of another program, or of another library of ours, says of the user's tracks."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plugin.errors import InputError, printable
from plugin.exchange.rekordbox import STAR, path_of, read_rekordbox
from plugin.library.marks import STARS

_TRUE = frozenset(["1", "true", "yes"])
_FALSE = frozenset(["", "0", "false", "no"])
_LONGEST_CELL = 2**20


@dataclass(frozen=True, slots=True)
class Row:
    """One track of such a file.

    ``place`` says where it stands in the file, for messages; ``path`` is None where there is none, ``name`` empty,
    ``length`` (seconds) None. Marks that are not set say nothing.
    """

    place: str
    path: Path | None
    name: str
    artist: str
    length: float | None
    rating: int
    favourite: bool
    hidden: bool
    comment: str


def read_rows(path: Path) -> list[Row]:
    """Read a file: CSV or JSON as ``cuefinder library export`` or ``beet export`` write it, or rekordbox's XML.

    Raises
    ------
    InputError
        It cannot be read, or holds something else; no row is left out in silence.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{printable(path)}: {error.strerror}") from error
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    read = {b"<": _rekordbox, b"[": _json}.get(start, _csv)
    try:
        return list(read(data))
    except InputError as error:
        raise InputError(f"{printable(path)}: {error}") from error


def _rekordbox(data: bytes) -> Iterator[Row]:
    for number, (track, liked) in enumerate(read_rekordbox(data), 1):
        place = f"track {number}"
        rating = _number(place, "Rating", track.get("Rating") or 0, 255)
        yield Row(
            place=place,
            path=path_of(track.get("Location", "")),
            name=track.get("Name", ""),
            artist=track.get("Artist", ""),
            length=_number(place, "TotalTime", track["TotalTime"], None) if track.get("TotalTime") else None,
            rating=round(rating / STAR),
            favourite=liked,
            hidden=False,
            comment=track.get("Comments", ""),
        )


def _json(data: bytes) -> Iterator[Row]:
    try:
        rows = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InputError(f"damaged JSON ({error})") from error
    for number, values in enumerate(rows, 1):
        if not isinstance(values, dict):
            raise InputError(f"entry {number} is no track")
        yield _row(f"entry {number}", values)


def _csv(data: bytes) -> Iterator[Row]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("neither CSV in UTF-8, JSON nor XML of rekordbox") from error
    limit = csv.field_size_limit(_LONGEST_CELL)
    try:
        table = csv.DictReader(io.StringIO(text, newline=""))
        if not {"path", "title"} & set(table.fieldnames or ()):
            raise InputError("no table of tracks: its first line names neither 'path' nor 'title'")
        for values in table:
            yield _row(f"line {table.line_num}", values)
    except csv.Error as error:
        raise InputError(f"damaged CSV ({error})") from error
    finally:
        csv.field_size_limit(limit)


def _row(place: str, values: Mapping[str, Any]) -> Row:
    """Take a row with our names of the fields, or with those of beets."""
    ours = "length" not in values
    length = values.get("duration" if ours else "length")
    rating = _number(place, "rating", values.get("rating") or 0, STARS if ours else 1)
    path = _text(values, "path")
    return Row(
        place=place,
        path=Path(path) if path else None,
        name=_text(values, "name") or _text(values, "title"),
        artist=_text(values, "artist"),
        length=None if length in (None, "") else _number(place, "length", length, None),
        rating=round(rating if ours else rating * STARS),
        favourite=_flag(place, values, "favourite"),
        hidden=_flag(place, values, "hidden"),
        comment="" if ours else _text(values, "comments"),
    )


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    return value if isinstance(value, str) else ""


def _flag(place: str, values: Mapping[str, Any], key: str) -> bool:
    text = str(values.get(key) or "").casefold()
    if text not in _TRUE | _FALSE:
        raise InputError(f"{place}: {key} is '{text[:40]}', neither true nor false")
    return text in _TRUE


def _number(place: str, key: str, value: Any, most: int | None) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = -1.0
    if not 0 <= number < float("inf") or (most is not None and number > most):
        bounds = "a number" if most is None else f"0 to {most}"
        raise InputError(f"{place}: {key} is '{str(value)[:40]}', not {bounds}")
    return number
