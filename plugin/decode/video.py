"""Pictures of a video file, sampled at a steady rate."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count

import numpy as np
from av.video import VideoFrame
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from plugin.decode.media import Damage, Media, check_range, frames, longest, open_media
from plugin.decode.pyav import exact
from plugin.errors import DecodeError, InputError, printable

Picture = NDArray[np.uint8]

# An editor's range may end a little after the last picture.
_TOLERANCE = 0.5


def video_frames(
    path: str | os.PathLike[str],
    fps: float,
    *,
    size: tuple[int, int],
    start: float = 0.0,
    end: float | None = None,
) -> Iterator[tuple[float, Picture]]:
    """Sample the pictures of a video file as a viewer would see them.

    Parameters
    ----------
    path : str or os.PathLike
    fps : float
        Pictures per second of the output, however many the file has.
    size : tuple of (int, int)
        Width and height of the output, in pixels; the picture is stretched to it.
    start, end : float
        Range in seconds from the file's zero; None is the file's end.

    Yields
    ------
    time : float
        Seconds from the file's zero: ``start``, ``start + 1 / fps`` and so on.
    picture : ndarray, uint8 [height, width, 3]
        RGB, upright: the rotation that phones write is applied.

    Raises
    ------
    DecodeError
        The file cannot be read or has no picture.
    InputError
        The range is empty or outside the file. That the end is outside shows only at the file's end.
    """
    check_range(start, end)
    if not 0 < fps < float("inf"):
        raise InputError(f"frames per second must be positive, not {fps:g}")
    scale = _Scaler(size)
    times = (start + index / fps for index in count())
    time = next(times)
    with open_media(path) as media:
        shown: VideoFrame | None = None
        stop = 0.0
        for frame, begin, stop in _timed(media, start):  # noqa: B007 (the last stop is the film's end)
            while shown is not None and time < begin and (end is None or time < end):
                yield time, scale(shown)
                time = next(times)
            if end is not None and time >= end:
                return
            shown = frame
        if shown is None:
            raise DecodeError(media.path, "no picture could be decoded")
        if start >= stop:
            if start == 0:
                raise DecodeError(media.path, "damaged: its pictures have no place in time")
            raise InputError(f"{printable(media.path)}: no picture after {start:g} s: the file ends at {stop:g} s")
        if end is not None and end > stop + _TOLERANCE:
            raise InputError(f"{printable(media.path)}: the range ends at {end:g} s, the picture at {stop:g} s")
        while time < (stop if end is None else min(stop, end)):
            yield time, scale(shown)
            time = next(times)


def still(path: str | os.PathLike[str], time: float, box: tuple[int, int]) -> Picture:
    """Read one picture of a video file, upright and in its own proportions.

    Parameters
    ----------
    path : str or os.PathLike
    time : float
        Seconds from the file's zero; past the end, the last picture is given.
    box : tuple of (int, int)
        Width and height in pixels that it must fit into.

    Returns
    -------
    ndarray, uint8 [height, width, 3]
        RGB; it fills the box in one direction at least.

    Raises
    ------
    DecodeError
        The file cannot be read or has no picture.
    """
    check_range(time, None)
    with open_media(path) as media:
        shown: VideoFrame | None = None
        for frame, _, stop in _timed(media, time):
            shown = frame
            if stop > time:
                break
        if shown is None:
            raise DecodeError(media.path, "no picture could be decoded")
        assert media.picture is not None
        wide, high = float(shown.width * (exact(media.picture.sample_aspect_ratio) or 1)), float(shown.height)
        if round(shown.rotation / 90) % 2:
            wide, high = high, wide
        zoom = min(box[0] / wide, box[1] / high)
        return _Scaler((max(1, round(wide * zoom)), max(1, round(high * zoom))))(shown)


def _timed(media: Media, start: float) -> Iterator[tuple[VideoFrame, float, float]]:
    """Decode pictures from before ``start`` on, each with the seconds at which it appears and goes."""
    stream = media.picture
    if stream is None:
        raise DecodeError(media.path, "no picture in it")
    stream.thread_type = "AUTO"
    length, most = 1 / float(stream.average_rate or stream.guessed_rate or 25), longest(media.path)
    stop = 0.0
    for frame in frames(media, stream, start, Damage()):
        begin = stop if frame.time is None else frame.time - media.zero
        if abs(begin) > most:  # a damaged stamp: the picture before it would be shown for years
            begin = stop
        stop = begin + length
        yield frame, begin, stop


class _Scaler:
    """Frames of any size and pixel format to upright RGB arrays of one size, by FFmpeg's swscale."""

    def __init__(self, size: tuple[int, int]) -> None:
        if min(size) < 1:
            raise InputError(f"pictures must be at least 1 x 1 pixels, not {size[0]} x {size[1]}")
        self._size = size
        self._reformatter = VideoReformatter()

    def __call__(self, frame: VideoFrame) -> Picture:
        quarters = round(frame.rotation / 90) % 4
        width, height = self._size if quarters % 2 == 0 else self._size[::-1]
        scaled = self._reformatter.reformat(frame, width, height, "rgb24", interpolation="AREA")
        picture: Picture = np.ascontiguousarray(np.rot90(scaled.to_ndarray(), quarters))
        return picture
