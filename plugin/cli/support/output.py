"""What the commands print: JSON for machines, aligned tables for people."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from plugin.errors import printable

GAP = "  "


def print_json(value: Any) -> None:
    """Print one JSON value; pure ASCII, so that any file name gets through any pipe."""
    print(json.dumps(value, indent=2, allow_nan=False))


def width() -> int | None:
    """Give the columns of the terminal; None where the output goes elsewhere and need not fit."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def table(rows: Iterable[Sequence[object]], *, header: Sequence[str] = (), right: Iterable[int] = ()) -> list[str]:
    """Align rows in columns; the widest ones give way where the terminal is too narrow.

    Parameters
    ----------
    rows : iterable of sequence
        Values to show; all rows have the same length.
    header : sequence of str
        Names of the columns.
    right : iterable of int
        Columns to align at the right: numbers.

    Returns
    -------
    list of str
        Lines without trailing blanks.
    """
    cells = [[printable(str(value)) for value in row] for row in rows]
    if header:
        cells.insert(0, list(header))
    if not cells:
        return []
    widths = [max(columns_of(text) for text in column) for column in zip(*cells, strict=True)]
    room = width()
    if room is not None:
        while sum(widths) + len(GAP) * (len(widths) - 1) > room and max(widths) > 1:
            widths[widths.index(max(widths))] -= 1
    at_right = set(right)
    return [
        GAP.join(
            pad(clip(text, size), size, right=column in at_right)
            for column, (text, size) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]


def fields(rows: Iterable[tuple[str, object]], *, indent: int = 0) -> list[str]:
    """Align names and values; a long value goes on below itself, and a path is never cut."""
    cells = [(printable(name), printable(str(value))) for name, value in rows]
    names = max((columns_of(name) for name, _ in cells), default=0)
    lines: list[str] = []
    for name, value in cells:
        first, *rest = wrapped(value, indent=indent + names + len(GAP)) or [""]
        lines.append((" " * indent + pad(name, names) + GAP + first.strip()).rstrip())
        lines += rest
    return lines


def wrapped(text: str, *, indent: int = 0) -> list[str]:
    """Break a text into lines of the terminal's width, at blanks alone: paths and words stay whole."""
    room = width()
    blank = " " * indent
    if room is None:
        return [blank + printable(text)]
    return textwrap.wrap(
        printable(text),
        max(room, indent + 1),
        initial_indent=blank,
        subsequent_indent=blank,
        break_long_words=False,
        break_on_hyphens=False,
    )


def fitted(text: str, indent: int = 0) -> str:
    """Indent a line and cut it to the terminal's width."""
    room = width()
    line = " " * indent + printable(text)
    return line if room is None else clip(line, room)


def clip(text: str, size: int) -> str:
    """Cut a text to so many columns, with an ellipsis where something is missing."""
    if columns_of(text) <= size:
        return text
    kept = ""
    for char in text:
        if columns_of(kept + char) > size - 1:
            break
        kept += char
    return kept + "…"


def pad(text: str, size: int, *, right: bool = False) -> str:
    """Fill a text with blanks to so many columns."""
    blanks = " " * (size - columns_of(text))
    return blanks + text if right else text + blanks


def columns_of(text: str) -> int:
    """Count the columns that a text takes: wide characters take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )
