"""Tracks with beets' names of the fields, as ``beet export`` gives them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Any, TextIO

from plugin.exchange.fields import gain, genre, tonality
from plugin.library.marks import STARS
from plugin.library.records import Track

RATING = "rating"
"""0 to 1, as beets' mpdstats plugin has it; the other fields are those of beets itself."""


def write_beets(tracks: Iterable[Track], file: TextIO) -> None:
    """Write a JSON array with an object for each track that was heard, one a line."""
    file.write("[")
    heard = (track for track in tracks if track.duration is not None)
    for number, track in enumerate(heard):
        file.write(",\n" if number else "\n")
        json.dump(_fields(track), file, allow_nan=False)
    file.write("\n]\n")


def _fields(track: Track) -> dict[str, Any]:
    return {
        "path": os.fspath(track.path),
        "title": track.name,
        "artist": track.artist,
        "album": track.album,
        "genre": genre(track),
        "bpm": None if track.tempo is None else round(track.tempo),
        "initial_key": tonality(track),
        "comments": track.caption,
        "lyrics": track.lyrics,
        "length": track.duration,
        "rg_track_gain": gain(track),
        RATING: track.rating / STARS,
        "favourite": track.favourite,  # beets keeps fields that it does not know
        "hidden": track.hidden,
    }
