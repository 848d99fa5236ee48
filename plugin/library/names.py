"""What a track is called where it is looked for."""

from __future__ import annotations

from pathlib import Path


def file_words(path: Path) -> str:
    """Give the words by which a track without a title is found: its file's name, without what is not UTF-8."""
    return path.stem.encode(errors="replace").decode()


def folded_name(title: str, path: Path) -> str:
    """Give the title, or the file's name where there is none, in the case in which parts of names are compared."""
    return (title or file_words(path)).casefold()
