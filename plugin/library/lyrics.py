"""The words of songs, from files beside them (``song.lrc``, ``song.txt``) or from their tags."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

MAX_BYTES = 256 * 1024
"""More than any song has; what follows in a bigger file is not read."""
SUFFIXES = (".lrc", ".txt")
"""Of the files beside a track that may hold its words, those first that count first; also in capitals."""
_VERSE_LINES, _VERSE_WIDTH = 4, 80

# A bracket that never closes must not be looked at again from each one that follows it.
_TIMES_OR_FIELDS = re.compile(r"\[[^\[\]]*\]|<\d{1,4}:\d{1,2}(?:[.:]\d{1,3})?>")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]+")


def lyrics_of(track: Path, in_tags: str = "") -> str:
    """Give the words of a song: those of an LRC file beside it, else of a text file, else those of its tags.

    A text file counts only where it is set like verse: beside music lie licences, notes and track lists as well, and
    taken for lyrics they would be what a caption says that the singer tells of.

    Parameters
    ----------
    track : pathlib.Path
        The music file.
    in_tags : str
        Lyrics as its tags have them.

    Raises
    ------
    OSError
        There is a file with some, but it cannot be read.
    """
    for suffix in SUFFIXES:
        for path in (track.with_suffix(suffix), track.with_suffix(suffix.upper())):
            words = read_lyrics(path) if path.is_file() else ""  # opening a pipe would wait for ever
            if words and (suffix == ".lrc" or _is_verse(words)):
                return words
    return words_of(in_tags[:MAX_BYTES])


def read_lyrics(path: Path) -> str:
    """Read the words of a text or LRC file, a line each, without times and fields (``[ar:...]``).

    Raises
    ------
    OSError
        The file cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(MAX_BYTES)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return words_of(data.decode("utf-16", errors="replace"))
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(data)  # the last character may be cut in two
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")  # what most lyrics tools wrote before UTF-8
    return words_of(text)


def words_of(text: str) -> str:
    """Take times, fields, control characters and empty lines out of lyrics."""
    lines = (_TIMES_OR_FIELDS.sub("", _CONTROL.sub(" ", line)).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _is_verse(words: str) -> bool:
    lines = words.splitlines()
    short = sum(len(line) <= _VERSE_WIDTH for line in lines)
    return len(lines) >= _VERSE_LINES and short >= 0.9 * len(lines) and "://" not in words
