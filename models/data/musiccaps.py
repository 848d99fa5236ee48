"""MusicCaps: captions and aspects written by musicians (Agostinelli et al. 2023)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from models.datasets.log import Log
from models.datasets.musiccaps import read_rows
from models.errors import DatasetError


@dataclass(frozen=True)
class Caption:
    """One row: a clip's id, its free-word aspects and its caption."""

    clip: str
    aspects: tuple[str, ...]
    caption: str


def read_musiccaps(path: Path, *, train: bool) -> list[Caption]:
    """Read the training rows, or the evaluation rows that AudioSet's own split sets apart.

    Raises
    ------
    FileNotFoundError, ValueError
        The file is missing, a column is, or a line is broken; the message says which, or where to get the file.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no MusicCaps table; download musiccaps-public.csv from its publisher")
    log = Log()
    try:
        rows = list(read_rows(path, log))
    except DatasetError as error:
        raise ValueError(str(error)) from error
    if log.problems():
        raise ValueError("; ".join(log.problems()))
    return [Caption(row.ytid, row.aspects, row.caption) for row in rows if row.evaluation != train]
