"""The user's own videos with their music: the sound of each video is its music.

Any folder of videos, also in folders of folders. Beside `clip.mp4` there may be

- `clip.wav` (or any other audio format): the music, where it is not the sound of the video;
- `clip.txt`: words for the music, a description a line.

Where the folder has folders named `train`, `valid` and `test`, they are the splits; else a split by hash, 80 / 10 / 10.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from models.datasets.base import Record, Split
from models.datasets.log import Log
from models.datasets.media import AUDIO, VIDEOS, walk
from models.datasets.scan import ScannedSet
from models.datasets.splits import split_by_hash, split_named
from models.datasets.tables import is_text, open_text
from models.errors import DatasetError
from plugin.errors import printable

SOUNDS = AUDIO - VIDEOS


class Pairs(ScannedSet):
    """Videos with their own music; each video is a group of its own."""

    name = "pairs"
    download = (
        "nothing to download: a folder of your own videos whose sound is their music; words for the music may lie "
        "beside clip.mp4 as clip.txt, other music as clip.wav"
    )

    def scan(self, log: Log, wanted: Split | None = None) -> Iterator[tuple[Split, Record]]:
        """Give a record for each video that is not empty."""
        music = {path.with_suffix(""): path for path, size in walk(self.root, SOUNDS) if size}
        empty = True
        by_folder = any((self.root / name).is_dir() for name in ("train", "training"))
        for path, size in walk(self.root, VIDEOS):
            empty = False
            key = path.relative_to(self.root).as_posix()
            if not size:
                log.fault("video files empty", path)
                continue
            try:
                split = split_named(key.split("/")[0]) if by_folder else split_by_hash(key)
            except ValueError:
                log.fault("videos outside the folders train, valid and test, left out", path)
                continue
            if wanted is None or split == wanted:
                yield (
                    split,
                    Record(
                        key=key,
                        group=key,
                        audio=music.get(path.with_suffix(""), path),
                        video=path,
                        texts=self._words(path.with_suffix(".txt"), log),
                    ),
                )
        if empty:
            raise DatasetError(f"{printable(self.root)}: no video in it; {self.name} needs: {self.download}")

    @staticmethod
    def _words(path: Path, log: Log) -> tuple[str, ...]:
        """Give the lines of a text beside a video; none where there is no such file or it is no text."""
        if not path.is_file() or not path.stat().st_size:
            return ()
        try:
            with open_text(path) as file:
                lines = [line.strip() for line in file]
        except DatasetError as error:
            log.fault("texts that cannot be read", str(error))
            return ()
        if not all(map(is_text, lines)):
            log.fault("texts that are not UTF-8", path)
            return ()
        return tuple(line for line in lines if line)
