"""Audio of a record, at a system's rate."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.datasets.base import Record
from models.errors import DatasetError
from plugin.decode import audio_blocks, read_audio


def read_sound(record: Record, rate: int, seconds: float | None = None, *, pad: bool = True) -> npt.NDArray[np.float32]:
    """Decode a record's range, mono.

    Parameters
    ----------
    rate : int
        Samples a second.
    seconds : float, optional
        Cut, or pad with silence, to this length.
    pad : bool
        False leaves a shorter range as it is.

    Returns
    -------
    ndarray
        float32 [N].

    Raises
    ------
    DatasetError
        If the record has no audio.
    DecodeError
        If the file cannot be read.
    """
    if record.audio is None:
        raise DatasetError(f"{record.key}: the record has no audio")
    if seconds is None:
        return read_audio(record.audio, rate, start=record.start, end=record.end)
    # The first block and no more: a range that is cut by hand would be an error where the file is shorter.
    blocks = audio_blocks(record.audio, rate, start=record.start, end=record.end, block_seconds=seconds)
    audio = next(iter(blocks))
    return np.pad(audio, (0, round(seconds * rate) - len(audio))) if pad else audio
