"""The timbre features of the Million Song Dataset as UCI publishes them for predicting a song's year.

`YearPredictionMSD.txt`: 515,345 rows without a header, each the year and 90 numbers (12 means and 78 covariances of
the timbre over a song's segments), divided by commas. The first 463,715 rows are the training part and the last
51,630 the test part; no artist is in both.

Titles are not in it. The song title paper (section 3.2) says that it took them from the Million Song Dataset's list of
tracks with a year (515,576 of them) and not how; neither file names a row of the other, and 231 tracks of the list have
no row. Two ways are offered here, and both check every row against its year, which is all that the files allow.

`titles.txt`, a matching of your own: a line for each row, in the order of the rows, in the format of the Million Song
Dataset's `tracks_per_year.txt`: `year<SEP>track id<SEP>artist<SEP>title`.

`track_metadata.db` (the Million Song Dataset's SQLite table `songs`) together with `artists_test.txt` (its list of the
artists of the test part): the publisher's program went through the tracks with a year of all artists not on that list,
by artist id and release, and left out tracks with fewer than ten segments. So the training rows are a part of that
list in its order. They are laid along it by their years, once as early and once as late as possible; where both agree
the place is certain and the row gets its title, elsewhere (a track was left out somewhere among songs of one artist
and year) it gets none. The order in which the program took the artists of the test part is not known, so those rows
have no title this way: of the titled rows a tenth of the artists is the validation and a tenth the test split.

`tracks_per_year.txt` itself is in the order of the years and not in that of the rows: it fits neither way.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.datasets.base import Record, Split
from models.datasets.log import Log
from models.datasets.scan import ScannedSet
from models.datasets.splits import held_out, split_by_hash
from models.datasets.tables import is_text, open_text
from models.errors import DatasetError
from plugin.errors import printable

TABLE = "YearPredictionMSD.txt"
TITLES = "titles.txt"
DATABASE = "track_metadata.db"
TEST_ARTISTS = "artists_test.txt"
TRAIN_ROWS = 463_715
FEATURES = 90
SEPARATOR = "<SEP>"


@dataclass(frozen=True)
class Song:
    """What the Million Song Dataset says of a track."""

    year: int
    artist: str
    title: str


def certain_places(years: Sequence[int], listed: Sequence[int]) -> list[int] | None:
    """Find where each row must lie in a list of which the rows are a part, in the same order.

    Parameters
    ----------
    years : sequence of int
        Of the rows; 0 for a row that could not be read, which fits anywhere.
    listed : sequence of int
        Of the list.

    Returns
    -------
    list of int or None
        For each row its place in the list, -1 where more than one is possible; None where the rows are no part of the
        list.
    """
    earliest: list[int] = []
    place = 0
    for year in years:
        while place < len(listed) and year not in (0, listed[place]):
            place += 1
        if place == len(listed):
            return None
        earliest.append(place)
        place += 1
    certain = [-1] * len(years)
    place = len(listed) - 1
    for row in range(len(years) - 1, -1, -1):
        while years[row] not in (0, listed[place]):
            place -= 1
        if place == earliest[row]:
            certain[row] = place
        place -= 1
    return certain


class MsdTimbre(ScannedSet):
    """Timbre vectors (feature `timbre`, [90]) with the year as a number and, where it is certain, the title.

    The group is the artist, where known.

    Parameters
    ----------
    root : Path
        Holds `YearPredictionMSD.txt` and, for titles, `titles.txt` or `track_metadata.db` and `artists_test.txt`.
    train_rows : int
        How many rows are the training part; other than published only for a cut of the file.
    """

    name = "msd_timbre"
    download = (
        f"YearPredictionMSD from the UCI Machine Learning Repository: {TABLE} (448 MB unpacked, CC BY 4.0); for the "
        f"titles {DATABASE} from the Million Song Dataset (Columbia University; 710 MB) and {TEST_ARTISTS} from its "
        f"code (Tasks_Demos/YearPrediction), or your own {TITLES} with year<SEP>track id<SEP>artist<SEP>title a row"
    )

    def __init__(self, root: Path, *, train_rows: int = TRAIN_ROWS) -> None:
        super().__init__(root)
        if train_rows < 1:
            raise DatasetError(f"train_rows {train_rows}: must be 1 or more")
        self.train_rows = train_rows

    def scan(self, log: Log, wanted: Split | None = None) -> Iterator[tuple[Split, Record]]:
        """Give a record for each row; where there are titles, for each row with one."""
        songs, official = self._songs(log)
        table = self.root / TABLE
        for row, line, cells in self._rows(table):
            song = songs[row] if songs is not None else None
            if songs is not None and song is None:
                log.counts["rows without a certain title"] += 1
                continue
            group = f"artist-{song.artist}" if song is not None else f"row-{row}"
            published: Split = "test" if row >= self.train_rows else held_out(group)
            split = published if official else split_by_hash(group)
            if wanted is not None and split != wanted:
                continue
            try:
                values = np.array(cells, dtype=np.float64)
            except ValueError:
                log.broken(table, line, "not all cells are numbers")
                continue
            if len(values) != FEATURES + 1:
                log.broken(table, line, f"{len(values)} columns, not {FEATURES + 1}")
                continue
            if not np.isfinite(values).all():
                log.broken(table, line, "not all numbers are finite")
                continue
            yield (
                split,
                Record(
                    key=f"row-{row}",
                    group=group,
                    title=song.title if song is not None else "",
                    features={"timbre": values[1:].astype(np.float32)},
                    numbers={"year": float(values[0])},
                ),
            )

    @staticmethod
    def _rows(table: Path) -> Iterator[tuple[int, int, list[str]]]:
        """Give each row's number from 0, its line and its cells."""
        row = 0
        with open_text(table) as file:
            for line, text in enumerate(file, 1):
                if text.strip():
                    yield row, line, text.rstrip().split(",")
                    row += 1
        if not row:
            raise DatasetError(f"{printable(table)}: the table has no rows")

    def _songs(self, log: Log) -> tuple[list[Song | None] | None, bool]:
        """Give each row's song, None in all where there are no titles, and whether the official split holds."""
        own, database = self.root / TITLES, self.root / DATABASE
        if not own.is_file() and not database.is_file():
            log.problem(f"{printable(self.root)}: neither {TITLES} nor {DATABASE}: the rows have no titles")
            return None, True
        years = [_year(cells[0]) for _, _, cells in self._rows(self.root / TABLE)]
        if own.is_file():
            return self._own_titles(own, years, log), True
        listed = _read_database(database, _read_artists(self.root / TEST_ARTISTS))
        places = certain_places(years[: self.train_rows], [song.year for song in listed])
        if places is None:
            raise DatasetError(
                f"{printable(database)}: its {len(listed)} tracks with a year of training artists, by artist and "
                f"release, do not fit the years of the first {min(self.train_rows, len(years))} rows of {TABLE}"
            )
        songs = [listed[place] if place >= 0 else None for place in places]
        return songs + [None] * (len(years) - len(songs)), False

    @staticmethod
    def _own_titles(path: Path, years: list[int], log: Log) -> list[Song | None]:
        """Read titles in the order of the rows."""
        songs: list[Song | None] = []
        with open_text(path) as file:
            for line, text in enumerate(file, 1):
                cells = text.rstrip("\r\n").split(SEPARATOR)
                song = None
                if not is_text(text):
                    log.broken(path, line, "not UTF-8")
                elif len(cells) != 4:
                    log.broken(path, line, f"{len(cells)} parts between {SEPARATOR}, not 4")
                elif line <= len(years) and years[line - 1] not in (0, _year(cells[0])):
                    log.broken(path, line, f"year {cells[0][:8]}, but row {line - 1} has {years[line - 1]}")
                else:
                    song = Song(_year(cells[0]), cells[2].strip(), cells[3].strip())
                songs.append(song)
        if len(songs) != len(years):
            raise DatasetError(
                f"{printable(path)}: {len(songs)} lines for {len(years)} rows; it needs one for each row"
            )
        return songs


def _year(cell: str) -> int:
    """Give a year, 0 where the cell holds none."""
    try:
        return int(float(cell))
    except (ValueError, OverflowError):
        return 0


def _read_artists(path: Path) -> set[str]:
    """Read artist ids, one a line."""
    with open_text(path) as file:
        return {line.strip() for line in file if line.strip()}


def _read_database(path: Path, without: set[str]) -> list[Song]:
    """Read the tracks with a year of all artists but some, in the order in which the rows were made."""
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    except sqlite3.Error as error:
        raise DatasetError(f"{printable(path)}: {error}") from error
    try:
        found = connection.execute(
            "SELECT year, artist_id, title FROM songs WHERE year > 0 ORDER BY artist_id, release, rowid"
        )
        return [Song(year, artist, title.strip()) for year, artist, title in found if artist not in without]
    except sqlite3.Error as error:
        raise DatasetError(f"{printable(path)}: no track_metadata.db of the Million Song Dataset: {error}") from error
    finally:
        connection.close()
