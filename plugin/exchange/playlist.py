"""Playlists in extended M3U, UTF-8 (``.m3u8``), which players, editors and DJ programs all read."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from plugin.library.records import Track


def playlist(tracks: Iterable[Track], folder: Path | None = None) -> str:
    """Give tracks as a playlist, in their order.

    Parameters
    ----------
    tracks : iterable of Track
    folder : pathlib.Path, optional
        The playlist's own: paths are then relative to it where they can be; by default they are absolute.

    Returns
    -------
    str
        A path that no line of text can hold (line breaks, bytes that are not UTF-8, blanks at its ends) stands as a
        file URL, which players read as well.
    """
    lines = ["#EXTM3U"]
    for track in tracks:
        name = f"{track.artist} - {track.name}" if track.artist else track.name
        seconds = -1 if track.duration is None else round(track.duration)
        lines += [f"#EXTINF:{seconds},{_one_line(name)}", _entry(track.path, folder)]
    return "\n".join(lines) + "\n"


def _entry(path: Path, folder: Path | None) -> str:
    text = os.fspath(path)
    if not _is_line(text):
        return path.absolute().as_uri()
    if folder is None:
        return text
    try:
        near = os.path.relpath(path, folder.resolve())
    except ValueError:  # another drive of Windows
        return text
    return os.path.join(os.curdir, near) if near.startswith(("#", " ")) else near  # noqa: PTH118 - a Path drops the dot


def _is_line(text: str) -> bool:
    return text.isprintable() and text == text.strip()


def _one_line(text: str) -> str:
    return " ".join(text.encode(errors="replace").decode().split())
