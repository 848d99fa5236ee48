"""Pictures and sound of a pair, cut into segments of 10 s as the engine cuts them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.nets.frontend import RATE, SEGMENT
from models.nets.video import FPS, FRAMES, SIZE
from plugin.decode import audio_blocks, video_frames

SILENT = 1e-4
"""Peak below which (-80 dBFS) there is nothing to hear, as in `plugin.analysis`."""
SHORTEST = 5.0
"""Seconds of a rest, or of a whole file, that are filled up to a segment; a shorter one is left out."""

Sound = npt.NDArray[np.float32]
Pictures = npt.NDArray[np.uint8]


def sound_segments(path: Path) -> Iterator[Sound]:
    """Give the segments of a file's sound, float32 [160000] at 16 kHz; a rest of 5 s or more is repeated until full.

    Raises
    ------
    DecodeError
        The file cannot be read or has no sound.
    """
    for block in audio_blocks(path, RATE, block_seconds=SEGMENT / RATE):
        if len(block) >= SHORTEST * RATE:
            yield np.resize(block, SEGMENT)


def picture_segments(path: Path) -> Iterator[Pictures]:
    """Give the segments of a film, uint8 [40, 96, 96, 3]; a rest of 5 s or more runs back and forth until full.

    Raises
    ------
    DecodeError
        The file cannot be read or has no picture.
    """
    part: list[Pictures] = []
    for _, picture in video_frames(path, FPS, size=(SIZE, SIZE)):
        part.append(picture)
        if len(part) == FRAMES:
            yield np.stack(part)
            part = []
    if len(part) >= SHORTEST * FPS:
        while len(part) < FRAMES:
            part = part + part[::-1]
        yield np.stack(part[:FRAMES])
