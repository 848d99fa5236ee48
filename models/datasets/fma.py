"""The Free Music Archive data set (Defferrard et al. 2017): tracks with titles, genres and official splits.

`fma_metadata/tracks.csv` has three header rows: the first names the part (`set`, `track`, `album`, `artist`) of each
column, the second the column, the third the index `track_id`. The track with id 2 is `fma_small/000/000002.mp3`.
Subsets hold one another: small (8,000 clips of 30 s), medium (25,000), large (106,574), full (untrimmed).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from models.datasets.base import Record, Split
from models.datasets.log import Log
from models.datasets.media import AUDIO, MediaFolder
from models.datasets.scan import ScannedSet
from models.datasets.splits import split_named
from models.datasets.tables import read_rows, read_table
from models.errors import DatasetError
from plugin.errors import printable

TABLE = "fma_metadata/tracks.csv"
GENRES = "fma_metadata/genres.csv"
SUBSETS = ("small", "medium", "large", "full")
NEEDED = (("set", "split"), ("set", "subset"), ("track", "title"), ("track", "genre_top"), ("artist", "id"))


class Fma(ScannedSet):
    """Tracks of a subset in their official splits; the group is the artist, whom the splits do not divide.

    Parameters
    ----------
    root : Path
        Holds `fma_metadata` and the folder of the subset, `fma_small` for instance.
    subset : str
        small, medium, large or full.
    """

    name = "fma"
    download = (
        "FMA, a data set for music analysis, from its authors at EPFL: fma_metadata.zip (342 MB, CC BY 4.0) and one of "
        "fma_small.zip (7.2 GB), fma_medium.zip (22 GB), fma_large.zip (93 GB), fma_full.zip (879 GB; each track under "
        "its artist's Creative Commons licence), all unpacked in this folder"
    )

    def __init__(self, root: Path, *, subset: str = "small") -> None:
        super().__init__(root)
        if subset not in SUBSETS:
            raise DatasetError(f"subset {subset!r}: choose one of {', '.join(SUBSETS)}")
        self.subset = subset

    def scan(self, log: Log, wanted: Split | None = None) -> Iterator[tuple[Split, Record]]:
        """Give a record for each track of the subset whose audio is there."""
        table = self.root / TABLE
        rows = read_rows(table, log)
        columns = self._columns(table, rows)
        genres = self._genres(log)
        audio: MediaFolder | None = None
        inner = SUBSETS[: SUBSETS.index(self.subset) + 1]
        empty = True
        for line, row in rows:
            empty = False
            if len(row) != columns["count", ""]:
                log.broken(table, line, f"{len(row)} columns, the header has {columns['count', '']}")
                continue
            cells = {name: row[columns[name]].strip() for name in columns if name[0] != "count"}
            if cells["set", "subset"] not in inner and self.subset != "full":
                continue
            try:
                track = int(row[0])
                split = split_named(cells["set", "split"])
                tags = self._tags(cells, genres)
            except ValueError as error:
                log.broken(table, line, str(error)[:80])
                continue
            if wanted is not None and split != wanted:
                continue
            audio = audio or MediaFolder(self.root / f"fma_{self.subset}", AUDIO, log, "audio")
            if (path := audio.need(f"{track:06d}")) is None:
                continue
            if not cells["track", "title"]:
                log.counts["tracks without a title"] += 1
            yield (
                split,
                Record(
                    key=f"{track:06d}",
                    group=f"artist-{cells['artist', 'id']}" if cells["artist", "id"] else f"{track:06d}",
                    audio=path,
                    title=cells["track", "title"],
                    tags=dict.fromkeys(tags, 1.0),
                    tag_groups=dict.fromkeys(tags, "genre"),
                ),
            )
        if empty:
            raise DatasetError(f"{printable(table)}: the table has no rows")

    def _columns(self, table: Path, rows: Iterator[tuple[int, list[str]]]) -> dict[tuple[str, str], int]:
        """Read the three header rows: the place of each column that is needed, and how many there are."""
        parts, names, index = (next(rows, (0, [""]))[1] for _ in range(3))
        if index[0].strip() != "track_id":
            raise DatasetError(f"{printable(table)}: the third row must begin with track_id; it is no FMA tracks.csv")
        places = {
            (part.strip(), name.strip()): place for place, (part, name) in enumerate(zip(parts, names, strict=False))
        }
        missing = [" ".join(name) for name in NEEDED if name not in places]
        if missing:
            have = ", ".join(" ".join(name) for name in list(places)[1:30])
            raise DatasetError(f"{printable(table)}: columns missing: {', '.join(missing)} (found: {have})")
        optional = [("track", "genres_all")] if ("track", "genres_all") in places else []
        return {name: places[name] for name in (*NEEDED, *optional)} | {("count", ""): len(names)}

    def _genres(self, log: Log) -> dict[int, str]:
        """Read the names of all genres by number; without the table only the main genre is known."""
        path = self.root / GENRES
        if not path.is_file():
            log.problem(f"{printable(path)}: no such file; tracks get their main genre only")
            return {}
        names = {}
        for line, row in read_table(path, log, ["genre_id", "title"]):
            try:
                names[int(row["genre_id"])] = row["title"].strip()
            except ValueError:
                log.broken(path, line, f"genre_id {row['genre_id'][:30]!r} is no whole number")
        return names

    @staticmethod
    def _tags(cells: dict[tuple[str, str], str], genres: dict[int, str]) -> list[str]:
        """Give a track's genres, the main one first; `genres_all` is a list of numbers such as `[21, 12]`."""
        tags = [cells["track", "genre_top"]] if cells["track", "genre_top"] else []
        numbers = json.loads(cells.get(("track", "genres_all")) or "[]")
        tags += [genres[number] for number in numbers if number in genres]
        return list(dict.fromkeys(tags))
