"""Channels to mono and sample rate to sample rate, by FFmpeg's swresample.

Mono is what an editor's mono downmix gives, scaled so that no input can clip:

- stereo: (L + R) / 2;
- surround (ITU-R BS.775): 5.1 is 0.21 (L + R) + 0.29 C + 0.15 (Ls + Rs); the LFE channel is left out;
- more than two channels without names (stems, field recorders) and Ambisonics: the mean of all channels.
"""

from __future__ import annotations

import re

import numpy as np
from av.audio import AudioFrame
from numpy.typing import NDArray

from plugin.decode.chain import Chain

Samples = NDArray[np.float32]

_UNNAMED = re.compile(r"(\d+) channels|ambisonic .*")


class MonoResampler(Chain):
    """Frames of any one format to mono float32 at a rate.

    Parameters
    ----------
    frame : av.audio.AudioFrame
        The first frame; it is not consumed.
    rate : int
        Samples per second of the output.
    """

    def __init__(self, frame: AudioFrame, rate: int) -> None:
        filters = [("aresample", f"{rate}:ochl=mono:osf=flt:rematrix_maxval=1")]
        channels = frame.layout.nb_channels
        if channels > 2 and _UNNAMED.fullmatch(frame.layout.name):
            filters.insert(0, ("pan", "mono|c0<" + "+".join(f"c{i}" for i in range(channels))))
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
