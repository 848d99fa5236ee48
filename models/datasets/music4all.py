"""What data sets built on Music4All (Santana et al. 2020) share: audio, lyrics and titles by Music4All's id.

Music4All's own layout: `audios/ID.mp3`, `lyrics/ID.txt`, `id_information.csv` (tab-separated: id, artist, song,
album_name).
"""

from __future__ import annotations

from pathlib import Path

from models.datasets.log import Log
from models.datasets.tables import read_table

INFORMATION = "id_information.csv"


def read_titles(root: Path, log: Log) -> dict[str, str]:
    """Give the title of each song by id; empty without Music4All's table, which is not needed."""
    path = root / INFORMATION
    if not path.is_file():
        return {}
    return {row["id"]: row["song"].strip() for _, row in read_table(path, log, ["id", "song"], delimiter="\t")}
