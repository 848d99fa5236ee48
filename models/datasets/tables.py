"""Tables as publishers and spreadsheets write them: CSV, TSV and JSON lines, read as a stream.

UTF-8 with or without a byte order mark and UTF-16 with one are read. A line in another encoding, with the wrong number
of columns or with broken quoting is left out and named in the log with its line number.
"""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from models.datasets.log import Log
from models.errors import DatasetError
from plugin.errors import printable

LONGEST_CELL = 1 << 24
"""Characters; the csv module's own limit of 131,072 is too small for some columns of metadata."""

_BETWEEN = re.compile(r"[\s,]*")
CHUNK = 1 << 20
"""Characters of a JSON array read at a time."""


@contextmanager
def open_text(path: Path) -> Iterator[TextIO]:
    """Open a text file for reading; bytes that are no text of its encoding become lone surrogates.

    Raises
    ------
    DatasetError
        If the file is missing, empty or cannot be read.
    """
    try:
        with path.open("rb") as file:
            start = file.read(4)
        if not start:
            raise DatasetError(f"{printable(path)}: the file is empty")
        utf16 = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        with path.open(encoding="utf-16" if utf16 else "utf-8-sig", errors="surrogateescape", newline="") as text:
            yield text
    except FileNotFoundError:
        raise DatasetError(f"{printable(path)}: no such file") from None
    except OSError as error:
        raise DatasetError(f"{printable(path)}: {error.strerror or error}") from error
    except UnicodeError as error:
        raise DatasetError(f"{printable(path)}: damaged text: {error}") from error


def is_text(line: str) -> bool:
    """Tell whether a line read by `open_text` was text of the file's encoding throughout."""
    return line.isascii() or not any("\udc80" <= character <= "\udcff" for character in line)


def read_rows(path: Path, log: Log, *, delimiter: str = ",", quoted: bool = True) -> Iterator[tuple[int, list[str]]]:
    """Give the rows of a table with the number of the line each begins on; blank lines are passed over.

    Line breaks within cells come as line feeds, whatever the file has.

    Parameters
    ----------
    path : Path
        The table.
    log : Log
        Takes the lines that are left out.
    delimiter : str
        One character.
    quoted : bool
        Whether cells may be in double quotes; else a quote is a character like others.
    """
    csv.field_size_limit(LONGEST_CELL)
    with open_text(path) as file:
        if quoted:
            reader = csv.reader(file, delimiter=delimiter, strict=True)
        else:
            reader = csv.reader(file, delimiter=delimiter, quoting=csv.QUOTE_NONE)
        while True:
            line = reader.line_num + 1
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                log.broken(path, line, str(error))
                continue
            if not row or row == [""]:
                continue
            if all(map(is_text, row)):
                yield line, [cell.replace("\r\n", "\n") for cell in row]
            else:
                log.broken(path, line, "not UTF-8")


def read_table(
    path: Path, log: Log, columns: Sequence[str], *, delimiter: str = ",", quoted: bool = True
) -> Iterator[tuple[int, dict[str, str]]]:
    """Give the rows of a table with a header as mappings from column to cell.

    Parameters
    ----------
    path : Path
        The table.
    log : Log
        Takes the lines that are left out.
    columns : sequence of str
        Columns that must be there; others are given too.
    delimiter, quoted
        As for `read_rows`.

    Yields
    ------
    int, dict of str to str
        The number of the line and the cells.

    Raises
    ------
    DatasetError
        If the file or a column is missing, or there is no row at all.
    """
    rows = read_rows(path, log, delimiter=delimiter, quoted=quoted)
    header = [name.strip() for name in next(rows, (0, []))[1]]
    require(path, columns, header)
    empty = True
    for line, row in rows:
        empty = False
        if len(row) == len(header):
            yield line, dict(zip(header, row, strict=True))
        else:
            log.broken(path, line, f"{len(row)} columns, the header has {len(header)}")
    if empty:
        raise DatasetError(f"{printable(path)}: the table has no rows")


def require(path: Path, columns: Sequence[str], found: Sequence[str]) -> None:
    """Raise a DatasetError that names the columns missing and those found instead."""
    missing = [column for column in columns if column not in found]
    if missing:
        have = ", ".join(repr(name)[1:-1] for name in found[:30]) or "none"
        raise DatasetError(f"{printable(path)}: columns missing: {', '.join(missing)} (found: {have})")


def read_json_lines(path: Path, log: Log) -> Iterator[tuple[int, dict[str, Any]]]:
    """Give the objects of a file with one JSON object a line, with the number of the line.

    Raises
    ------
    DatasetError
        If the file is missing or holds no line.
    """
    empty = True
    with open_text(path) as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            empty = False
            if not is_text(line):
                log.broken(path, number, "not UTF-8")
                continue
            try:
                value = json.loads(line)
            except (ValueError, RecursionError) as error:
                log.broken(path, number, f"no JSON: {error}"[:80])
                continue
            if isinstance(value, dict):
                yield number, value
            else:
                log.broken(path, number, "no JSON object")
    if empty:
        raise DatasetError(f"{printable(path)}: the table has no rows")


def read_json_array(path: Path, log: Log) -> Iterator[tuple[int, dict[str, Any]]]:
    """Give the objects of a file that is one JSON array, with the number of the line each begins on.

    The array is read as a stream: published ones have hundreds of megabytes. After broken JSON nothing can be told
    apart any more, so the rest is left out, which the log says.

    Raises
    ------
    DatasetError
        If the file is missing, holds no array or an empty one.
    """
    decoder = json.JSONDecoder()
    with open_text(path) as file:
        buffer = file.read(CHUNK)
        place = len(buffer) - len(buffer.lstrip())
        if buffer[place : place + 1] != "[":
            raise DatasetError(f"{printable(path)}: holds no JSON array")
        line, place, empty = 1 + buffer.count("\n", 0, place), place + 1, True
        while True:
            start = _BETWEEN.match(buffer, place).end()  # type: ignore[union-attr]  # it matches nothing, too
            line += buffer.count("\n", place, start)
            if buffer.startswith("]", start):
                break
            try:
                value, place = decoder.raw_decode(buffer, start)
            except (ValueError, RecursionError) as error:
                # The object may go on beyond what is read.
                place = 0
                buffer = buffer[start:]
                if more := file.read(max(CHUNK, len(buffer))):
                    buffer += more
                    continue
                log.broken(path, line, f"no JSON from here on: {error}"[:80])
                break
            empty = False
            if not is_text(buffer[start:place]):
                log.broken(path, line, "not UTF-8")
            elif isinstance(value, dict):
                yield line, value
            else:
                log.broken(path, line, "no JSON object")
            line += buffer.count("\n", start, place)
    if empty:
        raise DatasetError(f"{printable(path)}: the table has no rows")


def number(cell: str, column: str) -> float:
    """Give a cell's number; ValueError with the column's name where it holds none, or none that is finite."""
    try:
        value = float(cell)
    except ValueError:
        raise ValueError(f"{column}: {cell[:30]!r} is no number") from None
    if not abs(value) < float("inf"):
        raise ValueError(f"{column}: {cell[:30]!r} is no finite number")
    return value
