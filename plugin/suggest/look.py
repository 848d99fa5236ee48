"""How the footage of a clip looks, however long the clip is."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import numpy as np

from plugin.decode import probe, video_frames
from plugin.errors import InputError, printable
from plugin.runtime.engine import Engine, VideoFeatures

CHUNK_SEGMENTS = 12
"""Segments of frames held at once: two minutes of footage."""


def look_at(engine: Engine, path: Path, start: float = 0.0, end: float | None = None) -> VideoFeatures:
    """Watch a range of a video file.

    Parameters
    ----------
    engine : Engine
    path : pathlib.Path
        It needs no sound.
    start, end : float
        Seconds; ``end`` None is the file's end.

    Returns
    -------
    VideoFeatures
        One embedding for each 10 s of the range; the moods are those of the whole range.

    Raises
    ------
    InputError
        The file has no picture, or the range is outside it.
    """
    if probe(path).video_codec is None:
        raise InputError(f"{printable(path)}: there is no video in this file, use --like for music")
    span = CHUNK_SEGMENTS * engine.segment_seconds
    frames = video_frames(path, engine.video_fps, size=engine.video_size, start=start, end=end)
    parts = [
        engine.video(np.stack([picture for _, picture in chunk]))
        for _, chunk in groupby(frames, key=lambda frame: int((frame[0] - start) // span))
    ]
    if not parts:
        raise InputError(f"{printable(path)}: there is no frame of video in this range")
    embedding = np.concatenate([part.embedding for part in parts])
    moods: dict[str, float] = {}
    for part in parts:
        for word, score in part.moods:
            moods[word] = moods.get(word, 0.0) + score * len(part.embedding) / len(embedding)
    return VideoFeatures(embedding, sorted(moods.items(), key=lambda mood: -mood[1]))


def clip_length(path: Path, start: float = 0.0, end: float | None = None) -> float | None:
    """Give the length of a range of a file in seconds; None where the file does not say how long it is."""
    if end is None:
        end = probe(path).duration
    return None if end is None else end - start
