"""MusicCaps (Agostinelli et al. 2023): ten seconds of music described by musicians.

`musiccaps-public.csv`: ytid, start_s, end_s, audioset_positive_labels, aspect_list (a Python list of words), caption,
author_id, is_balanced_subset, is_audioset_eval (True or False). 5,521 rows, 2,858 of them in AudioSet's evaluation
part, which is the test split here; a tenth of the others is the validation split.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from models.datasets.base import Record, Split
from models.datasets.log import Log
from models.datasets.media import AUDIO, MediaFolder
from models.datasets.scan import ScannedSet
from models.datasets.splits import held_out
from models.datasets.tables import number, read_table

TABLES = ("musiccaps-public.csv", "musiccaps.csv")
COLUMNS = ("ytid", "start_s", "end_s", "aspect_list", "caption", "is_audioset_eval")


@dataclass(frozen=True)
class Row:
    """One row of the table.

    Attributes
    ----------
    ytid : str
        YouTube id.
    start, end : float
        Of the clip in the video, in seconds.
    aspects : tuple of str
        Free words and phrases.
    caption : str
        A few sentences.
    evaluation : bool
        Whether AudioSet's own split sets it apart.
    balanced : bool
        Whether it is in the subset with balanced genres; False where the table does not say.
    """

    ytid: str
    start: float
    end: float
    aspects: tuple[str, ...]
    caption: str
    evaluation: bool
    balanced: bool


def _truth(cell: str, column: str) -> bool:
    if cell.strip().lower() not in ("true", "false"):
        raise ValueError(f"{column}: {cell[:30]!r} is neither True nor False")
    return cell.strip().lower() == "true"


def _aspects(cell: str) -> tuple[str, ...]:
    try:
        aspects = ast.literal_eval(cell.strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        raise ValueError(f"aspect_list: {cell[:30]!r} is no list") from None
    if not isinstance(aspects, list) or not all(isinstance(aspect, str) for aspect in aspects):
        raise ValueError(f"aspect_list: {cell[:30]!r} is no list of words")
    return tuple(aspects)


def read_rows(path: Path, log: Log) -> Iterator[Row]:
    """Give the rows of the published table; lines that cannot be used go into the log.

    Raises
    ------
    DatasetError
        If the table or a column is missing, or it holds no row.
    """
    for line, row in read_table(path, log, COLUMNS):
        try:
            yield Row(
                ytid=row["ytid"].strip(),
                start=number(row["start_s"], "start_s"),
                end=number(row["end_s"], "end_s"),
                aspects=_aspects(row["aspect_list"]),
                caption=row["caption"].strip(),
                evaluation=_truth(row["is_audioset_eval"], "is_audioset_eval"),
                balanced=_truth(row.get("is_balanced_subset", "False"), "is_balanced_subset"),
            )
        except ValueError as error:
            log.broken(path, line, str(error))


class MusicCaps(ScannedSet):
    """Clips with a caption and its aspects as tags.

    Parameters
    ----------
    root : Path
        Holds `musiccaps-public.csv` (or `musiccaps.csv`) and the folder `audio`.
    require_audio : bool
        Whether a row without its audio is left out; false gives text alone.
    whole : bool
        Whether a file that is named by the id alone holds the whole video; false if it holds the ten seconds, as most
        downloaders write it.
    """

    name = "musiccaps"
    download = (
        "MusicCaps from Google Research: musiccaps-public.csv (3 MB, CC BY-SA 4.0); the clips, which Google does not "
        "give away, in the folder audio as YTID.wav, YTID-START-END.wav or [YTID]-[START-END].wav, in any audio format"
    )

    def __init__(self, root: Path, *, require_audio: bool = True, whole: bool = False) -> None:
        super().__init__(root)
        self.require_audio = require_audio
        self.whole = whole

    def scan(self, log: Log, wanted: Split | None = None) -> Iterator[tuple[Split, Record]]:
        """Give a record for each row whose audio is there."""
        table = next((known for name in TABLES if (known := self.root / name).is_file()), self.root / TABLES[0])
        audio: MediaFolder | None = None
        for row in read_rows(table, log):
            split: Split = "test" if row.evaluation else held_out(row.ytid)
            if wanted is not None and split != wanted:
                continue
            path: Path | None = None
            if self.require_audio:
                audio = audio or MediaFolder(self.root / "audio", AUDIO, log, "audio")
                span = f"{row.start:.0f}-{row.end:.0f}"
                path = audio.need(row.ytid, f"{row.ytid}-{span}", f"[{row.ytid}]-[{span}]", f"[{row.ytid}]-{span}")
                if path is None:
                    continue
            cut = path is not None and not (self.whole and path.stem == row.ytid)
            yield (
                split,
                Record(
                    key=f"{row.ytid}-{row.start:.0f}",
                    group=row.ytid,
                    audio=path,
                    start=0.0 if cut else row.start,
                    end=None if cut else row.end,
                    texts=(row.caption,),
                    tags=dict.fromkeys(row.aspects, 1.0),
                    numbers={"balanced": float(row.balanced)},
                ),
            )
