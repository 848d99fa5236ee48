"""Data sets by name, imported when asked for, and opened by what the command line says."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from models.datasets.base import DataSet
from models.errors import DatasetError
from plugin.errors import printable

_PLACES = {
    "folder": ("folder", "Folder"),
    "pairs": ("pairs", "Pairs"),
    "synaesthesia": ("synaesthesia", "Synaesthesia"),
    "conceptual_captions": ("conceptual_captions", "ConceptualCaptions"),
    "fma": ("fma", "Fma"),
    "msd_timbre": ("msd_timbre", "MsdTimbre"),
    "song_interpretation": ("song_interpretation", "SongInterpretation"),
    "netease_reviews": ("netease_reviews", "NeteaseReviews"),
    "youtube8m_musicvideo": ("youtube8m_musicvideo", "Youtube8mMusicVideo"),
    "music_text_clips": ("music_text_clips", "MusicTextClips"),
    "musiccaps": ("musiccaps", "MusicCaps"),
}
NAMES = tuple(_PLACES)


def find(name: str) -> type[DataSet]:
    """Give the loader of a data set; DatasetError with the list for an unknown name."""
    if name not in _PLACES:
        raise DatasetError(f"there is no data set {name!r}: choose one of {', '.join(NAMES)}")
    module, loader = _PLACES[name]
    found: type[DataSet] = getattr(import_module(f"models.datasets.{module}"), loader)
    return found


def options(loader: type[DataSet]) -> dict[str, type]:
    """Give the names and types of what a loader takes beyond its folder."""
    parameters = inspect.signature(loader, eval_str=True).parameters.values()
    return {each.name: type(each.default) for each in parameters if each.kind is each.KEYWORD_ONLY}


def parse(spec: str) -> tuple[str, Path, Mapping[str, str]]:
    """Take `FOLDER`, `KIND:FOLDER` or `KIND:FOLDER?option=value&option=value` apart.

    A folder that is there as it is written is always meant as such, so folders may hold colons and question marks.

    Returns
    -------
    kind : str
        Name of a loader; `folder` where none is given.
    root : Path
        The folder, `~` expanded.
    options : mapping of str to str
        As written.
    """
    if Path(spec).expanduser().is_dir():
        return "folder", Path(spec).expanduser(), {}
    kind, rest = "folder", spec
    prefix, colon, after = spec.partition(":")
    # One letter before a colon is a drive on Windows; a separator before it makes it part of a path.
    if colon and len(prefix) > 1 and not re.search(r"[/\\]", prefix):
        kind, rest = prefix, after
        if kind not in _PLACES:
            find(kind)
    if not rest:
        raise DatasetError(f"{spec}: no folder after {kind!r}; give KIND:FOLDER")
    if Path(rest).expanduser().is_dir() or "?" not in rest:
        return kind, Path(rest).expanduser(), {}
    folder, _, query = rest.rpartition("?")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True)
    except ValueError:
        raise DatasetError(f"{spec}: {query!r} is not option=value&option=value") from None
    return kind, Path(folder).expanduser(), dict(pairs)


def _value(name: str, text: str, kind: type) -> Any:
    """Turn an option's text into its type."""
    if kind is bool:
        if text.lower() not in ("true", "false", "1", "0", "yes", "no"):
            raise DatasetError(f"option {name}: {text!r} is neither true nor false")
        return text.lower() in ("true", "1", "yes")
    try:
        return kind(text)
    except ValueError:
        raise DatasetError(f"option {name}: {text!r} is no {'whole number' if kind is int else 'number'}") from None


def open_data(spec: str) -> DataSet:
    """Open a data set by what the command line says: `[KIND:]FOLDER[?option=value&...]`.

    Raises
    ------
    DatasetError
        For an unknown kind or option, a value that will not do, or a folder that is not there.
    """
    kind, root, texts = parse(spec)
    loader = find(kind)
    known = options(loader)
    for name in texts:
        if name not in known:
            have = f"it has {', '.join(known)}" if known else "it has none"
            raise DatasetError(f"{printable(spec)}: the data set {kind} has no option {name!r}; {have}")
    return loader(root, **{name: _value(name, text, known[name]) for name, text in texts.items()})
