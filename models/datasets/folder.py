"""A plain folder of the user's own media with a table `records.csv`.

| column | holds |
|---|---|
| `key` | required; unique |
| `split` | train, valid or test; without this column a split by hash of the group, 80 / 10 / 10 |
| `group` | what must not be divided among splits; without it the key |
| `audio`, `image`, `video` | media files, relative to the folder |
| `start`, `end` | range of the media in seconds |
| `text`, `text1`, `text2`, ... | descriptions, best first |
| `title`, `lyrics` | of the piece |
| `tags` | `word:confidence` divided by semicolons; without a confidence it is 1 |
| `tag_groups` | `word:group` divided by semicolons |
| `n_NAME` | a number |
| `f_NAME` | a .npy file of a [D] or [T, D] array, relative to the folder |

A cell may be empty. Any other column is an error in the table: a misspelt one would be lost in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from models.datasets.base import Record, Split
from models.datasets.features import NpyFeatures, check_npy
from models.datasets.log import Log
from models.datasets.media import file_size
from models.datasets.scan import ScannedSet
from models.datasets.splits import split_by_hash, split_named
from models.datasets.tables import number, read_table
from plugin.errors import printable

TABLE = "records.csv"
MEDIA = ("audio", "image", "video")
_COLUMN = re.compile(r"key|split|group|audio|image|video|start|end|text\d*|title|lyrics|tags|tag_groups|[nf]_\w+")


def parse_tags(cell: str) -> dict[str, float]:
    """Give the words of `word:confidence;word`; ValueError where a confidence is not in 0..1."""
    tags: dict[str, float] = {}
    for part in filter(None, map(str.strip, cell.split(";"))):
        word, colon, confidence = part.rpartition(":")
        tags[(word if colon else part).strip()] = value = number(confidence, "tags") if colon else 1.0
        if not 0 <= value <= 1:
            raise ValueError(f"tags: the confidence {confidence.strip()} is not in 0..1")
    return tags


def parse_tag_groups(cell: str) -> dict[str, str]:
    """Give the groups of `word:group;word:group`; ValueError where a word has none."""
    groups: dict[str, str] = {}
    for part in filter(None, map(str.strip, cell.split(";"))):
        word, colon, group = part.rpartition(":")
        if not colon:
            raise ValueError(f"tag_groups: {part[:30]!r} has no group")
        groups[word.strip()] = group.strip()
    return groups


class Folder(ScannedSet):
    """A folder with `records.csv`; see the module for its columns."""

    name = "folder"
    download = (
        "nothing to download: put your media into a folder with a table records.csv (columns: key and any of split, "
        "group, audio, image, video, start, end, text, title, lyrics, tags, tag_groups, n_NAME, f_NAME)"
    )

    def scan(self, log: Log, wanted: Split | None = None) -> Iterator[tuple[Split, Record]]:
        """Give a record for each row whose files are all there."""
        table = self.root / TABLE
        first = True
        seen: set[str] = set()
        for line, row in read_table(table, log, ["key"]):
            if first:
                for column in row:
                    if not _COLUMN.fullmatch(column):
                        log.problem(f"{printable(table)}: the column {column!r} is not known and not used")
                first = False
            key = row["key"].strip()
            try:
                split, record = self._record(key, row)
            except ValueError as error:
                log.broken(table, line, str(error))
                continue
            if key in seen:
                log.broken(table, line, f"key {key} comes a second time")
                continue
            seen.add(key)
            if (wanted is None or split == wanted) and self._complete(record, log):
                yield split, record

    def _record(self, key: str, row: dict[str, str]) -> tuple[Split, Record]:
        if not key:
            raise ValueError("no key")
        group = row.get("group", "").strip() or key
        split = split_named(row["split"]) if "split" in row else split_by_hash(group)
        paths = {kind: self.root / row[kind].strip() for kind in MEDIA if row.get(kind, "").strip()}
        start = number(row.get("start") or "0", "start")
        end = number(row["end"], "end") if row.get("end") else None
        if start < 0 or (end is not None and end <= start):
            raise ValueError(f"start {row.get('start')}, end {row.get('end')}: no range")
        texts = sorted((int(column[4:] or 0), cell.strip()) for column, cell in row.items()
                       if re.fullmatch(r"text\d*", column))  # fmt: skip
        features = {column[2:]: self.root / cell.strip() for column, cell in row.items()
                    if column.startswith("f_") and cell.strip()}  # fmt: skip
        return split, Record(
            key=key,
            group=group,
            **paths,
            start=start,
            end=end,
            texts=tuple(text for _, text in texts if text),
            title=row.get("title", "").strip(),
            lyrics=row.get("lyrics", "").strip(),
            tags=parse_tags(row.get("tags", "")),
            tag_groups=parse_tag_groups(row.get("tag_groups", "")),
            features=NpyFeatures(features) if features else {},
            numbers={column[2:]: number(cell, column) for column, cell in row.items()
                     if column.startswith("n_") and cell.strip()},
        )  # fmt: skip

    def _complete(self, record: Record, log: Log) -> bool:
        """Tell whether all files of a record are there; those that are not go into the log."""
        complete = True
        for kind in MEDIA:
            path: Path | None = getattr(record, kind)
            if path is not None and (size := file_size(path)) < 1:
                log.fault(f"{kind} files {'missing' if size < 0 else 'empty'}", path)
                complete = False
        if isinstance(record.features, NpyFeatures):
            for path in record.features.paths.values():
                if wrong := check_npy(path):
                    log.fault("feature files missing or damaged", f"{printable(path)} ({wrong})")
                    complete = False
        return complete
