"""What may befall a recording on its way to a timeline: lossy coding, level, a bad line, somebody talking on top."""

from __future__ import annotations

import io

import av
import numpy as np
import numpy.typing as npt

from models.data.talk import talk
from models.nets.frontend import RATE

Array = npt.NDArray[np.float32]
KILOBITS = 64


def fit(audio: Array, length: int) -> Array:
    """Cut, or fill up with silence, to `length` samples."""
    return np.pad(audio[:length], (0, max(0, length - len(audio)))).astype(np.float32)


def resampled(audio: Array, source: int, target: int) -> Array:
    """Mono float32 [N] at `source` Hz as float32 [M] at `target` Hz."""
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(audio, np.float32)[None], format="flt", layout="mono")
    frame.sample_rate = source
    resampler = av.AudioResampler(format="flt", layout="mono", rate=target)
    parts = [part.to_ndarray()[0] for part in (*resampler.resample(frame), *resampler.resample(None))]
    return np.concatenate(parts).astype(np.float32)


def telephone(audio: Array) -> Array:
    """16 kHz to 8 kHz and back."""
    return fit(resampled(resampled(audio, RATE, RATE // 2), RATE // 2, RATE), len(audio))


def mp3(audio: Array, kilobits: int = KILOBITS) -> Array:
    """Encode mono float32 [N] at 16 kHz as MP3 in memory, and decode it."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp3") as out:
        stream = out.add_stream("libmp3lame", rate=RATE, layout="mono")
        stream.bit_rate = kilobits * 1000
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(audio, np.float32)[None], format="fltp", layout="mono")
        frame.sample_rate = RATE
        for packet in (*stream.encode(frame), *stream.encode(None)):
            out.mux(packet)
    file.seek(0)
    with av.open(file) as source:
        parts = [frame.to_ndarray()[0] for frame in source.decode(audio=0)]
    decoded = np.concatenate(parts)
    return fit(decoded.astype(np.float32), len(audio))


def louder(audio: Array, decibels: float) -> Array:
    """Change the level, without clipping."""
    return (audio * 10 ** (decibels / 20)).astype(np.float32)


def clipped(audio: Array, decibels: float) -> Array:
    """Change the level and cut at full scale."""
    return np.clip(louder(audio, decibels), -1.0, 1.0)


def talked_over(audio: Array, seed: int, decibels: float = -6.0) -> Array:
    """Somebody talks on top, `decibels` against the music by their root mean squares.

    Raises
    ------
    InputError
        espeak-ng is not installed.
    """
    speech = talk(seed)[: len(audio)]
    music, voice = (float(np.sqrt(np.mean(part**2))) for part in (audio, speech))
    return (audio + speech * (music / max(voice, 1e-9) * 10 ** (decibels / 20))).astype(np.float32)
