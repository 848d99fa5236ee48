"""Music-to-text synaesthesia: sentences about movements of classical recordings.

One JSON object a line with `sent_id`, `music_id` (the work as one ensemble recorded it), `sent_text` and `music_info`:
`youtube_id`, `start` and `end` in seconds (0 where the movement is a video of its own or the last of one), `duration`
of the movement (0 or "m:ss"), `movement_id` and `name`. 1,955 pairs of 549 works.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models.datasets.base import Record, Split
from models.datasets.log import Log
from models.datasets.media import AUDIO, MediaFolder
from models.datasets.scan import ScannedSet
from models.datasets.splits import split_by_fold
from models.datasets.tables import read_json_lines
from models.errors import DatasetError

TABLE = "synaesthesia_pairs.jsonl"
AUDIO_FOLDER = "audio"
FOLDS = 5
_NUMBER = re.compile(r"^[\dIVX]+\.\s+")


def plain_sentence(text: str) -> str:
    """Give a sentence without the number of the movement that most begin with."""
    return _NUMBER.sub("", text).strip()


def seconds(duration: object) -> float:
    """Give a duration, which is a number or "h:mm:ss", "m:ss", in seconds; ValueError for anything else."""
    if isinstance(duration, (int, float)):
        return float(duration)
    total = 0.0
    for part in str(duration).split(":"):
        total = total * 60 + float(part)
    return total


def time_range(info: dict[str, Any]) -> tuple[float, float | None]:
    """Give start and end of a movement in its video; the end is None where the video's end is meant."""
    start, end, length = seconds(info["start"]), seconds(info["end"]), seconds(info.get("duration", 0))
    if start < 0:
        raise ValueError("music_info.start is negative")
    if end > start:
        return start, end
    return start, start + length if length > 0 else None


class Synaesthesia(ScannedSet):
    """The synaesthesia pairs with the user's copies of the recordings.

    The group of a record is the recorded work: all movements of a work, and all works that share a video, stay in one
    split.

    Parameters
    ----------
    root : Path
        Holds `synaesthesia_pairs.jsonl` and a folder `audio` of files named by YouTube id.
    fold : int
        0 to 4: the fifth of the works that is the test split; an eighth of the other works is the validation split.
    require_audio : bool
        Whether a pair without its recording is left out; the text half of the system can be trained without.
    """

    name = "synaesthesia"
    download = (
        f"the pairs of music-to-text synaesthesia from their authors' repository as {TABLE} (1,955 lines, 5 MB), and "
        f"the recordings, which the authors may not give away, in a folder {AUDIO_FOLDER}, named by YouTube id "
        f"({AUDIO_FOLDER}/E6tFs4Zxd14.wav; any audio format)"
    )

    def __init__(self, root: Path, *, fold: int = 0, require_audio: bool = True) -> None:
        super().__init__(root)
        if not 0 <= fold < FOLDS:
            raise DatasetError(f"fold {fold}: there are {FOLDS} folds, 0 to {FOLDS - 1}")
        self.fold = fold
        self.require_audio = require_audio

    def scan(self, log: Log, wanted: Split | None = None) -> Iterator[tuple[Split, Record]]:
        """Give a record for each pair whose recording is there."""
        pairs = list(self._pairs(log))
        groups = _groups([(pair["music_id"], pair["music_info"]["youtube_id"]) for pair in pairs])
        splits = split_by_fold(groups.values(), self.fold, folds=FOLDS)
        audio = MediaFolder(self.root / AUDIO_FOLDER, AUDIO, log, "audio") if self.require_audio else None
        seen: Counter[str] = Counter()
        for pair in pairs:
            key, group = pair["sent_id"], groups[pair["music_id"]]
            seen[key] += 1
            if wanted is not None and splits[group] != wanted:
                continue
            info = pair["music_info"]
            path = audio.need(info["youtube_id"]) if audio is not None else None
            if audio is not None and path is None:
                continue
            start, end = time_range(info)
            yield (
                splits[group],
                Record(
                    # One sentence id of the published file comes twice.
                    key=key if seen[key] == 1 else f"{key}##{seen[key]}",
                    group=group,
                    audio=path,
                    start=start,
                    end=end,
                    texts=(plain_sentence(pair["sent_text"]),),
                    title=str(info.get("name", "")).strip(),
                ),
            )

    def _pairs(self, log: Log) -> Iterator[dict[str, Any]]:
        """Give the lines that can be used."""
        path = self.root / TABLE
        for line, pair in read_json_lines(path, log):
            try:
                for name in ("sent_id", "music_id", "sent_text"):
                    if not isinstance(pair[name], str) or not pair[name].strip():
                        raise ValueError(f"{name} is no text")
                if not isinstance(pair["music_info"]["youtube_id"], str):
                    raise ValueError("music_info.youtube_id is no text")
                time_range(pair["music_info"])
            except KeyError as error:
                log.broken(path, line, f"no {error.args[0]}")
            except (TypeError, ValueError) as error:
                log.broken(path, line, str(error)[:80])
            else:
                yield pair


def _groups(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Give the group of each work: works that share a video are one, called by the first of their names."""
    parent: dict[str, str] = {}

    def find(node: str) -> str:
        while parent.setdefault(node, node) != node:
            node = parent[node]
        return node

    for work, video in pairs:
        parent[find(f"video {video}")] = find(f"work {work}")
    names: dict[str, str] = {}
    for work in sorted({work for work, _ in pairs}):
        names.setdefault(find(f"work {work}"), work)
    return {work: names[find(f"work {work}")] for work, _ in pairs}
