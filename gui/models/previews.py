"""What a clip looks like in a list: a picture of it, or its waveform."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gui.models.cancellation import Cancellation
from gui.models.clips import Clip
from plugin import decode
from plugin.errors import InputError

RATE = 8000
"""Samples a second of what a waveform is drawn from."""
PEAKS_A_SECOND = 20
FULL = 255


@dataclass(frozen=True, slots=True)
class Preview:
    """One of the two.

    Attributes
    ----------
    picture : ndarray, uint8 [height, width, 3], optional
        From the middle of the clip, RGB.
    peaks : ndarray, uint8 [400], optional
        Waveform from the clip's start to its end; the loudest is 255.
    """

    picture: NDArray[np.uint8] | None = None
    peaks: NDArray[np.uint8] | None = None


def make_preview(clip: Clip, box: tuple[int, int], cancellation: Cancellation) -> Preview:
    """Make the preview of a clip: on audio tracks its waveform, on video tracks its picture if it has one.

    Parameters
    ----------
    box : tuple of (int, int)
        Pixels that a picture must fit into.

    Raises
    ------
    InputError
        The media cannot be read.
    CancelledError
    """
    from plugin.analysis import peaks_of, waveform  # here, as the window does not wait for the runtime

    if clip.path is None:
        raise InputError(clip.missing)
    if clip.kind == "video" and decode.probe(clip.path).video_codec is not None:
        return Preview(picture=decode.still(clip.path, (clip.start + clip.end) / 2, box))
    peaks = []
    for block in decode.audio_blocks(clip.path, RATE, start=clip.start, end=clip.end):
        cancellation.check()
        peaks.append(peaks_of(block, RATE // PEAKS_A_SECOND))
    drawn = waveform(np.concatenate(peaks)).astype(np.float32) if peaks else np.zeros(1, np.float32)
    return Preview(peaks=(drawn * (FULL / max(1.0, float(drawn.max())))).astype(np.uint8))
