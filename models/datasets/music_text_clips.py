"""YouTube8M-MusicTextClips (McKee et al. 2023): people's words for ten seconds of music from the middle of videos.

`train.csv` (1,000 clips, meant as examples for prompts) and `test.csv` (3,169 clips) with the columns `video_id`
(YouTube id), `start`, `end` (seconds) and `text`. The annotators heard the clip and did not see it. A tenth of the
training videos is the validation split.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from models.datasets.base import Record, Split
from models.datasets.log import Log
from models.datasets.scan import ScannedSet
from models.datasets.splits import held_out
from models.datasets.tables import number, read_table
from models.datasets.video_features import PLACE, Parts, VideoFeatures
from plugin.errors import printable

COLUMNS = ("video_id", "start", "end", "text")


class MusicTextClips(ScannedSet):
    """Annotated clips; the group is the video.

    Features are of the whole video, in the rows that `start` and `end` tell; so are the files in `clips`.

    Parameters
    ----------
    root : Path
        Holds `train.csv`, `test.csv` and the folders `video` and `music`, or `clips`.
    require_media : bool
        Whether a clip without features and video is left out; without them there are still examples for prompts.
    """

    name = "music_text_clips"
    download = (
        "YouTube8M-MusicTextClips from its authors on Zenodo: train.csv and test.csv (1 MB, Adobe Research License: "
        f"research only, not commercial), and for each video {PLACE}"
    )

    def __init__(self, root: Path, *, require_media: bool = True) -> None:
        super().__init__(root)
        self.require_media = require_media

    def scan(self, log: Log, wanted: Split | None = None) -> Iterator[tuple[Split, Record]]:
        """Give a record for each clip whose features or video are there."""
        files: VideoFeatures | None = None
        seen: set[str] = set()
        for name in ("train.csv", "test.csv"):
            table = self.root / name
            if wanted is not None and (wanted == "test") != (name == "test.csv"):
                continue
            if wanted is None and name == "test.csv" and not table.is_file():
                log.problem(f"{printable(table)}: no such file; there is no test split")
                continue
            for line, row in read_table(table, log, COLUMNS):
                video, text = row["video_id"].strip(), row["text"].strip()
                try:
                    if not video or not text:
                        raise ValueError("no video_id" if not video else "no text")
                    start, end = number(row["start"], "start"), number(row["end"], "end")
                    if not 0 <= start < end:
                        raise ValueError(f"start {start:g}, end {end:g}: no range")
                    key = f"{video}-{start:g}"
                    if key in seen:
                        raise ValueError(f"{key} comes a second time")
                except ValueError as error:
                    log.broken(table, line, str(error))
                    continue
                seen.add(key)
                split: Split = "test" if name == "test.csv" else held_out(video)
                if wanted is not None and split != wanted:
                    continue
                parts: Parts | None = Parts({}, None)
                if self.require_media:
                    files = files or VideoFeatures(self.root, log)
                    parts = files.need(video)
                if parts is not None:
                    yield (
                        split,
                        Record(
                            key=key,
                            group=video,
                            audio=parts.clip,
                            video=parts.clip,
                            start=start,
                            end=end,
                            texts=(text,),
                            features=parts.features,
                        ),
                    )
