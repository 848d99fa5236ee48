"""Audio of a record, at a system's rate."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.datasets.base import Record
from models.errors import DatasetError
from plugin.decode import read_audio


def read_sound(record: Record, rate: int, seconds: float | None = None) -> npt.NDArray[np.float32]:
    """Decode a record's range, mono.

    Parameters
    ----------
    rate : int
        Samples a second.
    seconds : float, optional
        Cut, or pad with silence, to this length.

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
    end = record.end
    if seconds is not None:
        end = min(end, record.start + seconds) if end is not None else record.start + seconds
    audio = read_audio(record.audio, rate, start=record.start, end=end)
    if seconds is None:
        return audio
    wanted = round(seconds * rate)
    return np.pad(audio[:wanted], (0, max(0, wanted - len(audio))))
