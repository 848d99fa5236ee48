"""Cues as files of their own, for any program."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from gui.models.audition import Cue
from plugin.cue import render_cue
from plugin.errors import InputError, printable
from plugin.library.records import Stamp

LONGEST_NAME = 80
KEY_LENGTH = 8


def cue_file(cue: Cue, folder: Path, check: Callable[[], None] = lambda: None) -> Path:
    """Give a file of a cue: the track's own where it plays whole and untreated, else a rendered one.

    The same cue of the same file is rendered once; nothing is ever written over.

    Parameters
    ----------
    cue : Cue
    folder : pathlib.Path
        Of rendered cues; it is made if needed.
    check : callable
        Called while it works; what it raises ends the work.

    Raises
    ------
    CuefinderError
        The track cannot be read, or the folder does not take the file.
    """
    path = cue.track.path
    try:
        stamp = Stamp.of(path)
    except OSError as error:
        raise InputError(f"{printable(path)}: no file of it can be made: {error.strerror}") from error
    if cue.is_original:
        return path
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{printable(folder)}: no folder for cues can be made: {error.strerror}") from error
    what = repr((str(path), stamp, cue.start, cue.end, cue.treatment))
    key = hashlib.sha256(what.encode("utf-8", "surrogateescape")).hexdigest()[:KEY_LENGTH]
    out = folder / f"{plain_name(cue.track.name)} {key}.wav"
    if not out.is_file():
        render_cue(path, cue.start, cue.end, out, cue.treatment, check=check)
    return out


def plain_name(name: str) -> str:
    """Give a name that every system and program takes: letters, digits, spaces, hyphens."""
    kept = "".join(letter if letter.isalnum() or letter in " -_" else " " for letter in name)
    return " ".join(kept.split())[:LONGEST_NAME].strip() or "cue"
