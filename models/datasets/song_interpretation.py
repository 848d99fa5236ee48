"""Song Interpretation Dataset (Zhang et al. 2022): what listeners write about the meaning of songs.

Two publications are read; the tables lie in the folder itself or in `metadata`:

- the tables of ALCAP's authors, with their split: `df_full_train.csv`, `df_not_negative_train.csv` or
  `df_positive_train.csv`, and one `df_test.csv` for all three (800 rows); columns `music4all_id`, `lyrics`, `comment`;
- the data set's own JSON arrays `dataset_full_256_clean.json`, `dataset_not_negative_256_clean.json` and
  `dataset_positive_256_clean.json` of objects with the same three names. They come without a split: songs are divided
  by hash, 80 / 10 / 10.

Votes are not in these files: the publishers made one file of all interpretations (310,315 of 20,672 songs), one of
those whose votes are not negative and one of those with votes > 0. The older pickle files are not read, since reading
one runs whatever program is in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models.datasets.base import Record, Split
from models.datasets.log import Log
from models.datasets.media import AUDIO, MediaFolder
from models.datasets.music4all import read_titles
from models.datasets.scan import ScannedSet
from models.datasets.splits import held_out, split_by_hash
from models.datasets.tables import read_json_array, read_table
from models.errors import DatasetError
from plugin.errors import printable

VOTES = {"any": "full", "not_negative": "not_negative", "positive": "positive"}
COLUMNS = ("music4all_id", "lyrics", "comment")


class SongInterpretation(ScannedSet):
    """Songs with lyrics and one interpretation a record; the group is the song.

    Parameters
    ----------
    root : Path
        Holds the tables (or a folder `metadata` with them) and Music4All's `audios`.
    votes : str
        any, not_negative (votes >= 0) or positive (votes > 0).
    require_audio : bool
        Whether a record without its audio is left out.
    """

    name = "song_interpretation"
    download = (
        "the Song Interpretation Dataset from Zenodo (dataset_full_256_clean.json, 680 MB, or its positive and "
        "not_negative variants) or the tables of ALCAP's authors (df_full_train.csv, df_test.csv, ...), and Music4All "
        "from its authors on request, for research only, with its audio in audios/ID.mp3"
    )

    def __init__(self, root: Path, *, votes: str = "any", require_audio: bool = True) -> None:
        super().__init__(root)
        if votes not in VOTES:
            raise DatasetError(f"votes {votes!r}: choose one of {', '.join(VOTES)}")
        self.votes = votes
        self.require_audio = require_audio

    def scan(self, log: Log, wanted: Split | None = None) -> Iterator[tuple[Split, Record]]:
        """Give a record for each interpretation whose song is there."""
        rows = self._rows(log)
        titles = read_titles(self.root, log)
        audio = MediaFolder(self.root / "audios", AUDIO, log, "audio") if self.require_audio else None
        seen: Counter[str] = Counter()
        for table, line, split, row in rows:
            song, comment = (row[name].strip() if isinstance(row.get(name), str) else "" for name in COLUMNS[::2])
            lyrics = row.get("lyrics")
            if not song or not comment:
                log.broken(table, line, "no music4all_id" if not song else "no comment")
                continue
            seen[song] += 1
            split = split or split_by_hash(song)
            if wanted is not None and split != wanted:
                continue
            path = audio.need(song) if audio is not None else None
            if audio is not None and path is None:
                continue
            yield (
                split,
                Record(
                    key=f"{song}-{seen[song]}",
                    group=song,
                    audio=path,
                    texts=(comment,),
                    title=titles.get(song, ""),
                    lyrics=lyrics.strip() if isinstance(lyrics, str) else "",
                ),
            )

    def _rows(self, log: Log) -> Iterator[tuple[Path, int, Split | None, dict[str, Any]]]:
        """Give the rows of whichever publication is there: table, line, split if it has one, cells."""
        variant = VOTES[self.votes]
        folders = (self.root, self.root / "metadata")
        for folder in folders:
            train = folder / f"df_{variant}_train.csv"
            if train.is_file():
                return self._split_tables(folder, variant, log)
            array = folder / f"dataset_{variant}_256_clean.json"
            if array.is_file():
                return ((array, line, None, row) for line, row in read_json_array(array, log))
        raise DatasetError(
            f"{printable(self.root)}: neither df_{variant}_train.csv nor dataset_{variant}_256_clean.json is in it; "
            f"{self.name} needs: {self.download}"
        )

    @staticmethod
    def _split_tables(folder: Path, variant: str, log: Log) -> Iterator[tuple[Path, int, Split | None, dict[str, Any]]]:
        valid = folder / f"df_{variant}_valid.csv"
        own = valid.is_file()
        train, test = folder / f"df_{variant}_train.csv", folder / "df_test.csv"
        for line, row in read_table(train, log, COLUMNS):
            yield train, line, "train" if own else held_out(row["music4all_id"].strip()), row
        tables: list[tuple[Path, Split]] = [(valid, "valid")] if own else []
        for table, split in (*tables, (test, "test")):
            if not table.is_file():
                log.problem(f"{printable(table)}: no such file; there is no {split} split")
                continue
            for line, row in read_table(table, log, COLUMNS):
                yield table, line, split, row
