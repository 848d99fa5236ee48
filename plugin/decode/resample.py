"""Channels to mono and sample rate to sample rate, by FFmpeg's swresample.

Mono is what an editor's mono downmix gives, scaled so that no input can clip:

- stereo: (L + R) / 2;
- surround (ITU-R BS.775): 5.1 is 0.21 (L + R) + 0.29 C + 0.15 (Ls + Rs); the LFE channel is left out;
- channels without names or with odd ones (stems, field recorders), Ambisonics: the mean of all, up to 64.
"""

from __future__ import annotations

import re

import numpy as np
from av.audio import AudioFrame
from numpy.typing import NDArray

from plugin.decode.chain import Chain

Samples = NDArray[np.float32]

RATES = range(1000, 6_000_001)
"""Samples per second that a recording may have: none is far below telephones, and DSD1024 counts as 5.6 million.

Damaged headers name others: at 1 Hz a song would last for weeks, at 4 GHz the filter alone would fill the memory.
"""

# swresample knows no way from these to mono; it does for one or two channels without names.
_UNNAMED = re.compile(r"(?![12] channels$)\d+ channels.*|ambisonic .*")


class MonoResampler(Chain):
    """Frames of any one format to mono float32 at a rate.

    Parameters
    ----------
    frame : av.audio.AudioFrame
        The first frame; it is not consumed.
    rate : int
        Samples per second of the output.

    Raises
    ------
    av.error.FFmpegError
        The channels cannot be mixed: there are more than 64.
    """

    def __init__(self, frame: AudioFrame, rate: int) -> None:
        filters = [("aresample", f"{rate}:ochl=mono:osf=flt:rematrix_maxval=1")]
        if _UNNAMED.fullmatch(frame.layout.name):
            every = "+".join(f"c{channel}" for channel in range(frame.layout.nb_channels))
            filters.insert(0, ("pan", f"mono|c0<{every}"))
        super().__init__(frame, filters, frame_size=rate)


def samples_of(frame: AudioFrame) -> Samples:
    """Give the samples of a mono float frame, float32 [N], free of NaN, infinity and other garbage."""
    samples: Samples = frame.to_ndarray()[0]
    silence_garbage(samples)
    return samples


def silence_garbage(samples: NDArray[np.floating]) -> None:
    """Set to zero, in place, what no recording holds: NaN, infinity, a million times full scale and more."""
    sound = np.abs(samples) < 1e6  # False for NaN
    if not sound.all():
        samples[~sound] = 0
