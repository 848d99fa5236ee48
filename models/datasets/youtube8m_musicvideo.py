"""YT8M-MusicVideo (McKee et al. 2023, after Surís et al. 2022): the music videos of YouTube-8M.

About 100,000 videos of YouTube-8M that carry its label "Music video". No list of them is published: YouTube-8M's
records hold anonymous ids of four characters, which YouTube-8M translates to YouTube ids one by one for as long as a
video is public. So there are two ways.

YouTube-8M's own records with the features that Google publishes: `vocabulary.csv` and `train*.tfrecord`,
`validate*.tfrecord`; see `models.datasets.youtube8m_records`. These features are not the paper's.

Or a list of the user's, for features as in the paper, as `videos.csv` in UTF-8 with a header:

- `video_id`: the YouTube id;
- `split`: YouTube-8M's own (train, validate, test); without this column a split by hash, 80 / 10 / 10;
- `start`, `end`: a segment in seconds, without them the whole video; a video may have several rows;
- `tags`, `tag_groups`: what a tagger said, as in a plain folder's table (`rock:0.9;happy`);
- `text`: words for the music.

All but the first are optional.
"""

from __future__ import annotations

from collections.abc import Iterator

from models.datasets.base import Record, Split
from models.datasets.folder import parse_tag_groups, parse_tags
from models.datasets.log import Log
from models.datasets.scan import ScannedSet
from models.datasets.splits import split_by_hash, split_named
from models.datasets.tables import number, read_table
from models.datasets.video_features import PLACE, VideoFeatures
from models.datasets.youtube8m_records import scan_records

TABLE = "videos.csv"


class Youtube8mMusicVideo(ScannedSet):
    """Videos with features of picture and music; the group is the video.

    Parameters
    ----------
    root : Path
        Holds `videos.csv` and the folders `video` and `music`, or `clips`; or, without that table, `vocabulary.csv` and
        YouTube-8M's records.
    """

    name = "youtube8m_musicvideo"
    download = (
        "YouTube-8M from Google Research (CC BY 4.0): vocabulary.csv and its records train*.tfrecord and "
        "validate*.tfrecord, of the video level (31 GB) or the frame level (1.5 TB; a part will do); or the ids of "
        "its videos with the label 'Music video' as videos.csv (video_id, and optionally split, start, end, tags, "
        f"tag_groups, text), and for each video {PLACE}"
    )

    def scan(self, log: Log, wanted: Split | None = None) -> Iterator[tuple[Split, Record]]:
        """Give a record for each row whose features or video are there, or for each music video of the records."""
        table = self.root / TABLE
        if not table.is_file() and (found := sorted(self.root.rglob("*.tfrecord"))):
            yield from scan_records(self.root, found, log, wanted)
            return
        files: VideoFeatures | None = None
        seen: set[str] = set()
        for line, row in read_table(table, log, ["video_id"]):
            video = row["video_id"].strip()
            try:
                if not video:
                    raise ValueError("no video_id")
                split = split_named(row["split"]) if "split" in row else split_by_hash(video)
                start = number(row.get("start") or "0", "start")
                end = number(row["end"], "end") if row.get("end") else None
                if start < 0 or (end is not None and end <= start):
                    raise ValueError(f"start {row.get('start')}, end {row.get('end')}: no range")
                tags, groups = parse_tags(row.get("tags", "")), parse_tag_groups(row.get("tag_groups", ""))
                key = f"{video}-{start:g}" if row.get("start") else video
                if key in seen:
                    raise ValueError(f"{key} comes a second time")
            except ValueError as error:
                log.broken(table, line, str(error))
                continue
            seen.add(key)
            if wanted is not None and split != wanted:
                continue
            files = files or VideoFeatures(self.root, log)
            if (parts := files.need(video)) is None:
                continue
            text = row.get("text", "").strip()
            yield (
                split,
                Record(
                    key=key,
                    group=video,
                    audio=parts.clip,
                    video=parts.clip,
                    start=start,
                    end=end,
                    texts=(text,) if text else (),
                    tags=tags,
                    tag_groups=groups,
                    features=parts.features,
                ),
            )
