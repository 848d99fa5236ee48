"""Conceptual Captions: images of the web with the words of their alt texts (Sharma et al. 2018).

Google publishes two tables of `caption TAB url` without a header: `Train_GCC-training.tsv` (3,318,333 rows) and
`Validation_GCC-1.1.0-Validation.tsv` (15,840 rows); the test images are not public. The images are the user's to
download; about a tenth of the addresses is dead, so a row without its image is counted and is no fault.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

from models.datasets.base import Record, Split
from models.datasets.log import Log
from models.datasets.media import IMAGES, MediaFolder
from models.datasets.scan import ScannedSet
from models.datasets.splits import split_by_hash
from models.datasets.tables import read_rows
from models.errors import DatasetError
from plugin.errors import printable

TABLES = {"training": "Train_GCC-training.tsv", "validation": "Validation_GCC-1.1.0-Validation.tsv"}
_NAME = re.compile(r"(\d+)(?:_(\d+))?")
_MOST_ROWS = 10_000_000
"""More than the larger table has; CRC-32 values are mostly greater."""


class Images:
    """Images of one table, named in any of the ways that the usual downloaders have.

    By the number of the row from 0, zeros before it or not (`12.jpg`, `00001/000010012.jpg`); by number and CRC-32 of
    the address in decimal (`12_3948201334`), which must agree; by the CRC-32 alone (`3948201334`); by the MD5 of the
    address in hexadecimal. With or without a suffix.

    Parameters
    ----------
    folder : Path
        Looked through with all folders in it.
    log : Log
        Takes empty files.
    """

    def __init__(self, folder: Path, log: Log) -> None:
        self._files = MediaFolder(folder, IMAGES | {""}, log, "image")
        found = {stem: match for stem in self._files if (match := _NAME.fullmatch(stem))}
        plain = [int(stem) for stem, match in found.items() if not match[2]]
        by_hash = sum(value > _MOST_ROWS for value in plain) > len(plain) / 2
        self._rows: dict[int, tuple[str, int | None]] = {}
        self._hashes: dict[int, str] = {}
        for stem, match in found.items():
            if match[2]:
                self._rows[int(match[1])] = (stem, int(match[2]))
            elif by_hash:
                self._hashes[int(stem)] = stem
            else:
                self._rows[int(stem)] = (stem, None)

    def get(self, row: int, url: str) -> Path | None:
        """Give the image of a row, if it is there."""
        address = url.encode("utf-8", "surrogatepass")
        stem, check = self._rows.get(row, ("", None))
        if stem and check in (None, crc32(address)):
            return self._files.get(stem)
        if self._hashes:
            return self._files.get(self._hashes.get(crc32(address), ""))
        return self._files.get(hashlib.md5(address, usedforsecurity=False).hexdigest())


class ConceptualCaptions(ScannedSet):
    """Both published tables: the first is the training split, the second is halved by address for the other two.

    Parameters
    ----------
    root : Path
        Holds the two tables and the folders `images/training` and `images/validation`.
    """

    name = "conceptual_captions"
    download = (
        "Conceptual Captions from Google AI: Train_GCC-training.tsv (500 MB, 3.3 million rows) and "
        "Validation_GCC-1.1.0-Validation.tsv, free for any purpose; and the images they name, by your own downloader, "
        "in images/training and images/validation, named by row number from 0 (12.jpg, 000000012.jpg), by number and "
        "CRC-32 of the address (12_3948201334), by that CRC-32 alone or by the MD5 of the address"
    )

    def scan(self, log: Log, wanted: Split | None = None) -> Iterator[tuple[Split, Record]]:
        """Give a record for each row whose image is there."""
        if wanted in (None, "train"):
            yield from self._table("training", log)
        if wanted != "train" and ((self.root / TABLES["validation"]).is_file() or wanted is not None):
            yield from self._table("validation", log)
        elif wanted is None:
            log.problem(f"{printable(self.root / TABLES['validation'])}: no such file; there is nothing to validate on")

    def _table(self, kind: str, log: Log) -> Iterator[tuple[Split, Record]]:
        table = self.root / TABLES[kind]
        if not table.is_file():
            raise DatasetError(f"{printable(table)}: no such file")
        images: Images | None = None
        header = empty = True
        first = 1
        for line, row in read_rows(table, log, delimiter="\t", quoted=False):
            if header:
                header = False
                # Some downloaders ask for a header line; it is no row.
                if [cell.lower() for cell in row] == ["caption", "url"]:
                    first = 2
                    continue
            empty = False
            if len(row) != 2 or "://" not in row[1]:
                log.broken(table, line, f"{len(row)} columns, not caption and address")
                continue
            images = images or Images(self.root / "images" / kind, log)
            caption, url = (cell.strip() for cell in row)
            path = images.get(line - first, url)
            if path is None:
                log.counts["rows without an image"] += 1
                continue
            split: Split = "train"
            if kind == "validation":
                split = "valid" if split_by_hash(url, train=0.5, valid=0.5) == "train" else "test"
            yield split, Record(key=f"{kind}-{line - first}", group=url, image=path, texts=(caption,), title=caption)
        if empty:
            raise DatasetError(f"{printable(table)}: the table has no rows")
