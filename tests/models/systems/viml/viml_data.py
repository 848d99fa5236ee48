"""Small data sets and configurations for the tests of ViML."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import av
import numpy as np

from models.datasets.base import DataSet, Record, Report, Split
from models.systems.viml.settings import ViMLSettings

WORDS = ("piano", "guitar", "drums", "flute", "organ", "harp", "choir", "bass")
MOODS = ("calm", "happy", "sad", "dark")


class Shelf(DataSet):
    """Records that a test made."""

    name: ClassVar[str] = "shelf"
    download: ClassVar[str] = "nothing"

    def __init__(self, root: Path, splits: dict[Split, list[Record]]) -> None:
        super().__init__(root)
        self.splits = splits

    def validate(self) -> Report:
        return Report({split: len(records) for split, records in self.splits.items()})

    def records(self, split: Split) -> list[Record]:
        return self.splits.get(split, [])


def record(number: int, segments: int = 3, **more: Any) -> Record:
    """Give a piece whose video shows its mood, whose text names its instrument, and whose music has both."""
    rng = np.random.default_rng(number)
    word, mood = number % len(WORDS), number // len(WORDS) % len(MOODS)
    video, music = 0.3 * rng.standard_normal((segments, 6)), 0.3 * rng.standard_normal((segments, 12))
    video[:, mood] += 3
    music[:, word] += 3
    music[:, 8 + mood] += 3
    fields: dict[str, Any] = {
        "texts": (f"a piece for {WORDS[word]}", f"the {WORDS[word]} plays"),
        "tags": {WORDS[word]: 0.9, MOODS[mood]: 0.8, "noise": 0.1},
        "tag_groups": {WORDS[word]: "instrument", MOODS[mood]: "mood"},
        "features": {"video": video.astype(np.float32), "music": music.astype(np.float32)},
    }
    return Record(f"piece {number}", group=f"piece {number}", **(fields | more))


def shelf(root: Path, train: int = 16, valid: int = 4, test: int = 6, **more: Any) -> Shelf:
    """Give a data set of so many records in each split."""
    return Shelf(root, {
        "train": [record(n, **more) for n in range(train)],
        "valid": [record(100 + n, **more) for n in range(valid)],
        "test": [record(200 + n, **more) for n in range(test)],
    })  # fmt: skip


def settings(model: dict[str, Any] | None = None, train: dict[str, Any] | None = None, **data: Any) -> ViMLSettings:
    """Give a small configuration on shipped features and the records' own texts."""
    return ViMLSettings.model_validate({
        "model": {"width": 32, "heads": 4, "inner": 64, "layers": 1, "dropout": 0.0, **(model or {})},
        "data": {"video": "records", "music": "records", "text_encoder": "sentence", "text": "texts", **data},
        "stages": {"train": {"batch": 16, "epochs": 40, "learning_rate": 2e-3, "warmup": 5, **(train or {})}},
    })  # fmt: skip


def write_video(
    path: Path,
    seconds: float,
    *,
    fps: int = 6,
    size: tuple[int, int] = (32, 24),
    sound: bool = True,
    tone: float = 220.0,
) -> Path:
    """Write pictures whose brightness rises by one level a picture, and a tone that rises every second."""
    with av.open(str(path), "w") as out:
        picture = out.add_stream("ffv1", rate=fps)
        picture.width, picture.height = size
        picture.pix_fmt = "bgr0"
        track = out.add_stream("pcm_s16le", rate=16_000, layout="mono") if sound else None
        for number in range(round(seconds * fps)):
            level = np.full((size[1], size[0], 3), min(255, number), np.uint8)
            out.mux(picture.encode(av.VideoFrame.from_ndarray(level, "rgb24")))
        out.mux(picture.encode(None))
        if track is not None:
            time = np.arange(round(seconds * 16_000)) / 16_000
            samples = (0.3 * np.sin(2 * np.pi * tone * (1 + time.astype(int)) * time) * 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
            frame.sample_rate = 16_000
            out.mux([*track.encode(frame), *track.encode(None)])
    return path
