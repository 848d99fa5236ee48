"""MusicCaps: captions and aspects written by musicians (Agostinelli et al. 2023)."""

from __future__ import annotations

import ast
import csv
from dataclasses import dataclass
from pathlib import Path

COLUMNS = {"ytid", "start_s", "end_s", "aspect_list", "caption", "is_audioset_eval"}


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
        The file is missing, or a column is; the message says where to get it.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no MusicCaps table; download musiccaps-public.csv from its publisher")
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        missing = COLUMNS - set(reader.fieldnames or ())
        if missing:
            raise ValueError(f"{path}: columns missing: {sorted(missing)}")
        rows = [row for row in reader if (row["is_audioset_eval"] == "True") != train]
    return [Caption(row["ytid"], tuple(ast.literal_eval(row["aspect_list"])), row["caption"].strip()) for row in rows]
