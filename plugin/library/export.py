"""The library as a table for other programs."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from typing import TextIO

from plugin.library.records import Track

COLUMNS = (
    "id",
    "path",
    "title",
    "artist",
    "album",
    "duration",
    "tempo",
    "key",
    "loudness",
    "peak",
    "tags",
    "caption",
    "lyrics",
    "rating",
    "favourite",
    "hidden",
    "status",
    "reason",
    "indexed_at",
)


def write_csv(tracks: Iterable[Track], file: TextIO) -> None:
    """Write a row for each track, with a header; the tags of a track stand in one cell, best first."""
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for track in tracks:
        values = track.as_dict() | {"tags": ", ".join(tag.name for tag in track.tags)}
        # Names that are not UTF-8 cannot stand in a text file as they are.
        writer.writerow([_cell(values[column]) for column in COLUMNS])


def write_json(tracks: Iterable[Track], file: TextIO) -> None:
    """Write an array with an object for each track, one a line."""
    file.write("[")
    for number, track in enumerate(tracks):
        file.write(",\n" if number else "\n")
        json.dump(track.as_dict(), file, allow_nan=False)
    file.write("\n]\n")


def _cell(value: object) -> object:
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value
