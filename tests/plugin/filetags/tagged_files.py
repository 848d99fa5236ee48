"""Small real files in every format that can be tagged."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path
from typing import Any

import numpy as np
from pedalboard.io import AudioFile

from plugin.demo.encode import write_sound

RATE = 48000
SUFFIXES = (".mp3", ".flac", ".ogg", ".opus", ".m4a", ".aiff", ".wav")


def sound(seconds: float = 2.0) -> np.ndarray:
    """Two channels of smooth noise, float32 [2, N]."""
    raw = np.random.default_rng(3).standard_normal((2, round(seconds * RATE) + 30))
    smooth = np.stack([np.convolve(row, np.hanning(31), "valid") for row in raw])
    return (0.2 * smooth / smooth.std()).astype(np.float32)


def make_file(path: Path, seconds: float = 2.0) -> Path:
    """Encode a file in the format of its suffix."""
    samples = sound(seconds)
    if path.suffix == ".m4a":
        write_sound(path, samples, RATE, {"title": "Old title"})
    elif path.suffix == ".opus":
        import av

        with av.open(str(path), "w", format="ogg") as out:
            stream: Any = out.add_stream("libopus", rate=RATE, layout="stereo")
            frame = av.AudioFrame.from_ndarray(samples, "fltp", "stereo")
            frame.sample_rate = RATE
            resampler = av.AudioResampler("flt", "stereo", RATE, frame_size=960)
            for part in [*resampler.resample(frame), *resampler.resample(None)]:
                out.mux(stream.encode(part))
            out.mux(stream.encode(None))
    else:
        with AudioFile(str(path), "w", RATE, 2, quality=128 if path.suffix in (".mp3", ".ogg") else None) as file:
            file.write(samples)
    return path


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def chunks(path: Path) -> dict[bytes, bytes]:
    """The chunks of a WAV file."""
    data, at, found = path.read_bytes(), 12, {}
    while at + 8 <= len(data):
        size = struct.unpack("<I", data[at + 4 : at + 8])[0]
        found[data[at : at + 4]] = data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    return found


def riff(*parts: tuple[bytes, bytes]) -> bytes:
    """A WAV file of chunks."""
    body = b"".join(key + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for key, data in parts)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body
