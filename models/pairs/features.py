"""What is kept of a pair: for each segment the music's vector, and what the frozen part of the video encoder sees."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from models.errors import DatasetError
from models.nets.text import JOINT
from models.nets.video import FRAMES, VideoEncoder, statistics
from models.pairs.find import Pair
from models.pairs.read import SHORTEST, SILENT, Pictures, Sound, picture_segments, sound_segments
from models.trainer import seeds
from models.training.video import alter
from plugin.errors import DecodeError, printable

VIEWS = 6
"""Times that each segment is looked at again, altered: the augmentation."""
BATCH = 8

Rows = npt.NDArray[np.float16]


class Extractor:
    """Makes the features of pairs.

    Parameters
    ----------
    video : VideoEncoder
        Its picture network is frozen while the rest learns, so its output is computed once.
    music : callable
        Gives the vectors [B, 256] of segments float32 [B, 160000], as `FrozenMusic` does.
    """

    def __init__(self, video: VideoEncoder, music: Callable[[Sound], npt.NDArray[np.float32]]) -> None:
        self.video, self.music = video, music

    @torch.inference_mode()
    def __call__(self, pair: Pair) -> Rows:
        """Read a pair.

        Returns
        -------
        ndarray, float16 [S, 256 + 7 * 40 * (16 + P)]
            One row for each segment in which there is something to hear; `divide` takes it apart.

        Raises
        ------
        DecodeError
            One of the files cannot be read or has no sound or picture, or the music is silent.
        DatasetError
            One of them is too short.
        """
        sounds = list(self._heard(pair))
        if not sounds:
            raise DatasetError(f"{printable(pair.music)}: the sound is too short, {SHORTEST:g} s are needed")
        if not any(heard is not None for heard in sounds):
            raise DecodeError(pair.music, "silent: nothing above -80 dBFS")
        rows, seen = [], 0
        for number, (frames, vector) in enumerate(zip(picture_segments(pair.video), sounds, strict=False)):
            seen += 1
            if vector is not None:
                rows.append(np.concatenate([vector, self.views(frames, pair.key, number).reshape(-1)]))
        if not seen:
            raise DatasetError(f"{printable(pair.video)}: the film is too short, {SHORTEST:g} s are needed")
        if not rows:
            raise DecodeError(pair.music, "silent while there is something to see")
        return np.stack(rows).astype(np.float16)

    def _heard(self, pair: Pair) -> list[npt.NDArray[np.float32] | None]:
        """Vectors [256] of the segments of the music; None where it is silent."""
        heard: list[npt.NDArray[np.float32] | None] = []
        waiting: list[Sound] = []

        def flush() -> None:
            if waiting:
                vectors = self.music(np.stack(waiting))
                loud = [float(np.abs(sound).max()) >= SILENT for sound in waiting]
                heard.extend(vector if ok else None for vector, ok in zip(vectors, loud, strict=True))
                waiting.clear()

        for sound in sound_segments(pair.music):
            waiting.append(sound)
            if len(waiting) == BATCH:
                flush()
        flush()
        return heard

    def views(self, frames: Pictures, key: str, number: int) -> npt.NDArray[np.float32]:
        """Statistics and picture features of a segment as it is and altered: float32 [1 + 6, 40, 16 + P].

        Parameters
        ----------
        frames : uint8 [40, 96, 96, 3]
        key, number
            Pair and place of the segment: they seed the alterations.
        """
        plain = torch.from_numpy(frames)[None].permute(0, 1, 4, 2, 3).float() / 255.0
        looks = [plain] + [alter(plain, seeds.generator("view", key, number, view)) for view in range(VIEWS)]
        return np.concatenate([self._look(look) for look in looks])

    def _look(self, frames: Tensor) -> npt.NDArray[np.float32]:
        found: npt.NDArray[np.float32] = torch.cat([statistics(frames), self.video.pictures(frames)], dim=-1).numpy()
        return found


def divide(rows: Rows) -> tuple[Rows, Rows]:
    """Take rows of `Extractor` apart: music's vectors [S, 256] and views [S, 1 + 6, 40, 16 + P], without a copy."""
    return rows[:, :JOINT], rows[:, JOINT:].reshape(len(rows), 1 + VIEWS, FRAMES, -1)
