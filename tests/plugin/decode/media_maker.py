"""Tiny media files for the tests, written through PyAV, and the signals in them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

RATE = 48000


def noise(seconds: float, rate: int = RATE, seed: int = 0) -> np.ndarray:
    """Give smooth noise, float32 [N]: no part of it is like another, so any part can be located."""
    raw = np.random.default_rng(seed).standard_normal(round(seconds * rate) + 64)
    smooth = np.convolve(raw, np.hanning(35), "valid")[: round(seconds * rate)]
    return (0.2 * smooth / smooth.std()).astype(np.float32)


def sine(frequency: float, seconds: float, rate: int, level: float) -> np.ndarray:
    """Give a sine of a level in dBFS (peak), float32 [N]."""
    time = np.arange(round(seconds * rate)) / rate
    return (10 ** (level / 20) * np.sin(2 * np.pi * frequency * time)).astype(np.float32)


def delay(heard: np.ndarray, wanted: np.ndarray) -> int:
    """Give by how many samples ``heard`` lags behind ``wanted``."""
    size = 2 * max(heard.size, wanted.size)
    product = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(wanted, size))
    lag = int(np.fft.irfft(product, size).argmax())
    return lag if lag < size // 2 else lag - size


def write_media(
    path: Path,
    signal: np.ndarray | None,
    rate: int = RATE,
    *,
    codec: str = "pcm_s16le",
    fmt: str = "s16",
    layout: str = "mono",
    container: str | None = None,
    video: str | None = None,
    late: float = 0.0,
    seconds: float = 2.0,
    rotation: int | None = None,
    tags: dict[str, str] | None = None,
    options: dict[str, str] | None = None,
) -> Path:
    """Write ``signal``, float32 [C, N], and pictures (codec ``video``) whose brightness is twice their number.

    The sound starts ``late`` seconds after the pictures, or before them where that is negative.
    """
    with av.open(str(path), "w", format=container, options=options or {}) as out:
        out.metadata.update(tags or {})
        sound: Any = None
        if signal is not None:
            sound = out.add_stream(codec, rate=rate, options={"strict": "experimental"})
            sound.layout, sound.format = layout, fmt
            sound.codec_context.open()  # before the first packet, which writes the header
            seconds = signal.shape[1] / rate
        if video:
            picture = out.add_stream(video, rate=25)
            picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
            picture.bit_rate = 2_000_000
            if rotation is not None:
                picture.set_display_rotation(rotation)
            for frame in _pictures(round(seconds * 25), max(0.0, -late)):
                out.mux(picture.encode(frame))
            out.mux(picture.encode(None))
        if sound is not None:
            for frame in _sounds(signal, rate, fmt, layout, sound.codec_context.frame_size or 1024, max(0.0, late)):
                out.mux(sound.encode(frame))
            out.mux(sound.encode(None))
    return path


def _sounds(signal: np.ndarray, rate: int, fmt: str, layout: str, step: int, late: float) -> Iterator[av.AudioFrame]:
    convert = av.AudioResampler(fmt, layout, rate)
    for at in range(0, signal.shape[1], step):
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(signal[:, at : at + step]), "fltp", layout)
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), at + round(late * rate)
        yield from convert.resample(frame)


def _pictures(count: int, late: float) -> Iterator[av.VideoFrame]:
    for number in range(count):
        image = np.full((48, 64, 3), min(2 * number, 255), np.uint8)
        image[:24, :32] = 255  # the upper left corner is white, whatever comes
        frame = av.VideoFrame.from_ndarray(image, "rgb24")
        frame.pts, frame.time_base = number + round(25 * late), Fraction(1, 25)
        yield frame


def riff(name: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """Give a RIFF file (WAV: name ``WAVE``) of chunks."""
    body = b"".join(key + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for key, data in chunks)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + name + body


def wav(data: bytes, *, kind: int = 1, channels: int = 1, rate: int = 8000, bits: int = 16) -> bytes:
    """Give a WAV file of raw samples; kind 1 is integer, 3 is float."""
    frame = channels * bits // 8
    head = struct.pack("<HHIIHH", kind, channels, rate, rate * frame, frame, bits)
    return riff(b"WAVE", (b"fmt ", head), (b"data", data))


def id3(*frames: tuple[bytes, bytes]) -> bytes:
    """Give an ID3v2.3 tag."""
    body = b"".join(key + struct.pack(">IH", len(data), 0) + data for key, data in frames)
    size = bytes((len(body) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + size + body


def jpeg() -> bytes:
    """Give a small picture, as for a cover."""
    encoder: Any = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = 32, 32, "yuvj420p", Fraction(1, 25)
    frame = av.VideoFrame.from_ndarray(np.full((32, 32, 3), 90, np.uint8), "rgb24").reformat(format="yuvj420p")
    return b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])
