"""Segments at the sample rate that a graph wants."""

from __future__ import annotations

import weakref
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]


class Conversions:
    """Brings segments to the rates that graphs want; the last ones once for all graphs that ask. For any thread.

    Parameters
    ----------
    rate : int
        Samples a second of the segments.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._last: tuple[Callable[[], Array | None], dict[int, Array]] = (lambda: None, {})

    def at(self, windows: Array, wanted: int) -> Array:
        """Give segments, float32 [B, N], at another rate; they must not have changed since the last call."""
        of, found = self._last
        if of() is not windows:
            of, found = self._last = weakref.ref(windows), {}
        if wanted not in found and wanted != self._rate:
            found[wanted] = at_rate(windows, self._rate, wanted)
        return windows if wanted == self._rate else found[wanted]


def at_rate(windows: Array, rate: int, wanted: int) -> Array:
    """Bring sounds to another sample rate.

    By the polyphase filter of FFmpeg's swresample, which decodes files to the lower rate as well: a graph hears the
    same, whether or not another one wants more.

    Parameters
    ----------
    windows : float32 [B, N]
        Mono.
    rate, wanted : int
        Samples a second, of the input and of the result.

    Returns
    -------
    float32 [B, N * wanted / rate]
        The input itself where the rates are equal.
    """
    if rate == wanted:
        return windows
    out = np.zeros((len(windows), round(windows.shape[1] * wanted / rate)), np.float32)
    for row, window in zip(out, windows, strict=True):
        samples = _resample(window, rate, wanted)[: len(row)]
        row[: len(samples)] = samples
    return out


def _resample(window: Array, rate: int, wanted: int) -> Array:
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler

    resampler = AudioResampler(format="flt", layout="mono", rate=wanted)
    frame = AudioFrame.from_ndarray(np.ascontiguousarray(window, np.float32)[None], "flt", "mono")
    frame.sample_rate = rate
    frames = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([each.to_ndarray()[0] for each in frames])
