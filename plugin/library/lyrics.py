"""Lyrics in text or LRC files, such as lie beside a track (``song.mp3`` and ``song.lrc``)."""

from __future__ import annotations

import re
from pathlib import Path

MAX_BYTES = 256 * 1024
"""More than any song has; what follows in a bigger file is not read."""

_TIMES_OR_FIELDS = re.compile(r"\[[^\]]*\]|<\d+:\d+(?:[.:]\d+)?>")


def lyrics_of(track: Path) -> str:
    """Read the lyrics beside a music file; empty where there are none.

    Raises
    ------
    OSError
        There are some, but they cannot be read.
    """
    for suffix in (".lrc", ".LRC"):
        try:
            return read_lyrics(track.with_suffix(suffix))
        except FileNotFoundError:
            continue
    return ""


def read_lyrics(path: Path) -> str:
    """Read the words of a text or LRC file, a line each, without times and fields (``[ar:...]``).

    Raises
    ------
    OSError
        The file cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(MAX_BYTES)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")  # what most lyrics tools wrote before UTF-8
    lines = (_TIMES_OR_FIELDS.sub("", line).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)
