"""Music to measure with: rendered pieces of the length of songs, in the formats that people keep."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from plugin.synth.arranger import arrange
from plugin.synth.render import render

STYLES = ("piano_ballad", "techno", "orchestral_epic", "folk_guitar", "swing_trio", "lofi")
CODECS = {"mp3": ("libmp3lame", 256_000), "flac": ("flac", 0), "wav": ("pcm_s16le", 0), "m4a": ("aac", 192_000)}
RATE = 44_100
RENDERED_SECONDS = 60.0


def make_music(
    folder: Path, pieces: int = 3, seconds: float = 210.0, formats: tuple[str, ...] = tuple(CODECS)
) -> list[Path]:
    """Write pieces, a minute of each over and over until it is as long as a song, in each of the formats."""
    files = []
    for number, style in enumerate(STYLES[:pieces]):
        piece = render(arrange(style, number, min(seconds, RENDERED_SECONDS)), rate=RATE).astype(np.float32)
        length = round(seconds * RATE)
        sound = np.tile(piece, -(-length // piece.shape[1]))[:, :length]
        for suffix in formats:
            files.append(folder / f"{style}.{suffix}")
            encode(files[-1], sound, *CODECS[suffix])
    return files


def encode(path: Path, sound: np.ndarray, codec: str, bit_rate: int = 0, rate: int = RATE) -> None:
    """Write stereo sound of `RATE`, float32 [2, N], at a rate."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=rate, layout="stereo")
        if bit_rate:
            stream.bit_rate = bit_rate
        stream.codec_context.open()
        size = stream.codec_context.frame_size or None
        resampler = av.AudioResampler(stream.codec_context.format, "stereo", rate, frame_size=size)
        for start in range(0, sound.shape[1], RATE):
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound[:, start : start + RATE]), "fltp", "stereo")
            frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), start
            for ready in resampler.resample(frame):
                out.mux(stream.encode(ready))
        for ready in resampler.resample(None):
            out.mux(stream.encode(ready))
        out.mux(stream.encode(None))
