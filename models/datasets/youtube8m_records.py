"""YouTube-8M's own records: the features that Google publishes, for videos with a certain label.

`train*.tfrecord` and `validate*.tfrecord` in any folder, of the video level (`mean_rgb`, `mean_audio`) or the frame
level (`rgb`, `audio`: 1,024 and 128 bytes a second, each byte a number from -2 to 2), and `vocabulary.csv` with the
names of the labels. The test records have no labels, so the validation records are halved by id.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.datasets.base import Record, Split
from models.datasets.log import Log
from models.datasets.splits import split_by_hash
from models.datasets.tables import read_table
from models.datasets.tfrecord import feature_lists, features, read_data, read_heads
from models.errors import DatasetError
from plugin.errors import printable

VOCABULARY = "vocabulary.csv"
LABEL = "Music video"
NAMES = {"video": ("rgb", "mean_rgb"), "music": ("audio", "mean_audio")}


@dataclass(frozen=True)
class RecordFeatures(Mapping[str, np.ndarray]):
    """Features of a record, read from its file when they are asked for: `video` [T, 1024] and `music` [T, 128].

    T is seconds in a record of the frame level and 1 in one of the video level.
    """

    path: Path
    start: int
    length: int

    def __getitem__(self, name: str) -> np.ndarray:
        frames, mean = NAMES[name]
        data = read_data(self.path, self.start, self.length)
        try:
            lists = feature_lists(data)
            if frames in lists:
                rows = [np.frombuffer(step[0], np.uint8) for step in lists[frames]]
                # As published: 4 / 255 a step, and half a step of 4 / 256 added.
                return (np.stack(rows).astype(np.float32) * (4 / 255) + (4 / 512 - 2)).astype(np.float32)
            values = np.asarray(features(data)[mean], dtype=np.float32)
            return values[None]
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise DatasetError(
                f"{printable(self.path)}: the record at byte {self.start} has no {name}: {error}"
            ) from None

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)


def read_labels(path: Path, log: Log) -> dict[int, str]:
    """Give the names of the labels by number."""
    labels = {}
    for line, row in read_table(path, log, ["Index", "Name"]):
        try:
            labels[int(row["Index"])] = row["Name"].strip()
        except ValueError:
            log.broken(path, line, f"Index {row['Index'][:30]!r} is no whole number")
    return labels


def scan_records(root: Path, files: list[Path], log: Log, wanted: Split | None) -> Iterator[tuple[Split, Record]]:
    """Give a record for each video with the label "Music video"; its other labels are its tags.

    Raises
    ------
    DatasetError
        If the names of the labels are missing.
    """
    labels = read_labels(root / VOCABULARY, log)
    music_videos = {number for number, name in labels.items() if name == LABEL}
    if not music_videos:
        raise DatasetError(f"{printable(root / VOCABULARY)}: no label {LABEL!r} in it")
    for path in files:
        training = path.stem.startswith("train")
        if not training and not path.stem.startswith("validate"):
            log.counts["record files without labels"] += 1
            continue
        if wanted is not None and training != (wanted == "train"):
            continue
        try:
            for start, length, head in read_heads(path):
                try:
                    found = features(head)
                    name = found["id" if "id" in found else "video_id"][0].decode()
                    numbers = {int(number) for number in found.get("labels", ())}
                except (ValueError, KeyError, IndexError, AttributeError) as error:
                    log.fault(f"{printable(path)}: records left out", f"byte {start} ({error})"[:80])
                    continue
                if not numbers & music_videos:
                    log.counts["other videos"] += 1
                    continue
                split: Split = "train"
                if not training:
                    split = "valid" if split_by_hash(name, train=0.5, valid=0.5) == "train" else "test"
                if wanted is None or split == wanted:
                    tags = [labels[number] for number in sorted(numbers - music_videos) if number in labels]
                    yield (
                        split,
                        Record(
                            key=name,
                            group=name,
                            tags=dict.fromkeys(tags, 1.0),
                            features=RecordFeatures(path, start, length),
                        ),
                    )
        except DatasetError as error:
            log.fault("record files left out from there on", str(error))
