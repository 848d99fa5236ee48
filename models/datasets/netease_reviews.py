"""NetEase Cloud Music Review (He et al. 2023): 22,210 English songs with a review of a playlist each is from.

ALCAP's authors may not publish this data set, so it has no public format. What is read here is a format of our own for
those who collect one themselves as the paper's section 5.2 says: a table `reviews.csv` in UTF-8 with a header,

- `song_id`: names the file `audio/SONG_ID.*` (the paper: the middle 30 s);
- `review`: in English (the paper translates the Chinese reviews);
- `lyrics`, `title`, `playlist_id` (a review of one playlist must not be in two splits), `split`: each optional.

Without `split` songs are divided by hash 70 / 15 / 15, the paper's proportions (15,547 / 3,331 / 3,332).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from models.datasets.base import Record, Split
from models.datasets.log import Log
from models.datasets.media import AUDIO, MediaFolder
from models.datasets.scan import ScannedSet
from models.datasets.splits import split_by_hash, split_named
from models.datasets.tables import read_table

TABLE = "reviews.csv"


class NeteaseReviews(ScannedSet):
    """Songs with lyrics and one review a record; the group is the playlist, or the song where none is given.

    Parameters
    ----------
    root : Path
        Holds `reviews.csv` and the folder `audio`.
    require_audio : bool
        Whether a record without its audio is left out.
    """

    name = "netease_reviews"
    download = (
        "nothing is published: collect songs and reviews from NetEase Cloud Music yourself, as far as its terms allow, "
        "into reviews.csv (song_id, review, and optionally lyrics, title, playlist_id, split) and audio/SONG_ID.*"
    )

    def __init__(self, root: Path, *, require_audio: bool = True) -> None:
        super().__init__(root)
        self.require_audio = require_audio

    def scan(self, log: Log, wanted: Split | None = None) -> Iterator[tuple[Split, Record]]:
        """Give a record for each review whose song is there."""
        table = self.root / TABLE
        audio: MediaFolder | None = None
        seen: Counter[str] = Counter()
        for line, row in read_table(table, log, ["song_id", "review"]):
            song, review = row["song_id"].strip(), row["review"].strip()
            if not song or not review:
                log.broken(table, line, "no song_id" if not song else "no review")
                continue
            group = row.get("playlist_id", "").strip() or song
            try:
                split = split_named(row["split"]) if "split" in row else split_by_hash(group, train=0.7, valid=0.15)
            except ValueError as error:
                log.broken(table, line, str(error))
                continue
            seen[song] += 1
            if wanted is not None and split != wanted:
                continue
            path = None
            if self.require_audio:
                audio = audio or MediaFolder(self.root / "audio", AUDIO, log, "audio")
                if (path := audio.need(song)) is None:
                    continue
            yield (
                split,
                Record(
                    key=f"{song}-{seen[song]}",
                    group=group,
                    audio=path,
                    texts=(review,),
                    title=row.get("title", "").strip(),
                    lyrics=row.get("lyrics", "").strip(),
                ),
            )
