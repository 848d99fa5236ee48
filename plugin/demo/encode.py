"""Writing of sound and film files with PyAV, whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.resampler import AudioResampler
from av.codec.codec import UnknownCodecError
from numpy.typing import NDArray

from plugin.errors import CuefinderError

#: For each suffix: container format, encoders from the best on, bit rate (None for lossless).
_FORMATS: dict[str, tuple[str, tuple[str, ...], int | None]] = {
    ".flac": ("flac", ("flac",), None),
    ".ogg": ("ogg", ("libvorbis", "libopus"), 128_000),
    ".mp3": ("mp3", ("libmp3lame",), 160_000),
    ".m4a": ("ipod", ("aac",), 128_000),
    ".wav": ("wav", ("pcm_s16le",), None),
}
_FILM_ENCODERS = ("libx264", "libopenh264", "mpeg4")
_CHUNK = 1 << 16


def _encoder(names: Iterable[str]) -> str | None:
    """Give the first encoder of a list that this FFmpeg has."""
    for name in names:
        try:
            av.codec.Codec(name, "w")
        except UnknownCodecError:
            continue
        return name
    return None


def sound_suffixes() -> list[str]:
    """List the suffixes of sound files that can be written here."""
    return [suffix for suffix, (_, encoders, _) in _FORMATS.items() if _encoder(encoders)]


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Give a name to write to; the file takes its own name only when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".{secrets.token_hex(8)}.tmp"
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


class _SoundStream:
    """An audio stream of an open container that takes blocks of float32 [2, N]."""

    def __init__(self, container: Any, encoder: str, rate: int, bit_rate: int | None) -> None:
        self.container = container
        self.rate = 48_000 if encoder == "libopus" else rate
        self.stream = container.add_stream(encoder, rate=self.rate, layout="stereo")
        if bit_rate:
            self.stream.bit_rate = bit_rate
        codec = self.stream.codec_context
        codec.open()
        self.resampler = AudioResampler(codec.format, "stereo", self.rate, frame_size=codec.frame_size or None)
        self.source, self.sent = rate, 0

    def write(self, sound: NDArray[np.float32]) -> None:
        """Encode the next samples."""
        for start in range(0, sound.shape[1], _CHUNK):
            block = np.ascontiguousarray(np.clip(sound[:, start : start + _CHUNK], -1.0, 1.0), np.float32)
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = self.source, self.sent, Fraction(1, self.source)
            self.sent += block.shape[1]
            self._encode(frame)

    def _encode(self, frame: Any) -> None:
        for ready in self.resampler.resample(frame):
            self.container.mux(self.stream.encode(ready))

    def finish(self) -> None:
        """Encode what is left."""
        self._encode(None)
        self.container.mux(self.stream.encode(None))


def write_sound(path: Path, sound: NDArray[np.float32], rate: int, tags: Mapping[str, str]) -> None:
    """Write a music file in the format of its suffix.

    Parameters
    ----------
    path : pathlib.Path
        With one of `sound_suffixes`; an old file is replaced.
    sound : ndarray of float32, [2, N]
        Between -1 and 1.
    rate : int
        Samples per second.
    tags : mapping of str to str
        Metadata by FFmpeg's names: title, artist, album, ...

    Raises
    ------
    CuefinderError
        This FFmpeg has no encoder for the suffix.
    """
    container_format, encoders, bit_rate = _FORMATS[path.suffix]
    encoder = _encoder(encoders)
    if encoder is None:
        raise CuefinderError(f"cannot write {path.suffix} files: this FFmpeg has none of {', '.join(encoders)}")
    with _whole(path) as temporary, av.open(str(temporary), "w", format=container_format) as container:
        container.metadata.update(tags)
        stream = _SoundStream(container, encoder, rate, bit_rate)
        if container_format == "ogg":  # Ogg keeps its tags with the stream
            stream.stream.metadata.update(tags)
        stream.write(sound)
        stream.finish()


def write_film(
    path: Path,
    parts: Iterable[tuple[Iterable[NDArray[np.uint8]], NDArray[np.float32]]],
    *,
    fps: int,
    size: tuple[int, int],
    rate: int,
    tags: Mapping[str, str],
) -> None:
    """Write an MP4 film.

    Parameters
    ----------
    path : pathlib.Path
    parts : iterable of (frames, sound)
        Frames uint8 [h, w, 3] and the sound float32 [2, N] under them, part after part.
    fps : int
    size : tuple of int
        Width and height in pixels, even numbers.
    rate : int
        Samples per second of the sound.
    tags : mapping of str to str

    Raises
    ------
    CuefinderError
        This FFmpeg has no encoder for film.
    """
    encoder = _encoder(_FILM_ENCODERS)
    if encoder is None:
        raise CuefinderError(f"cannot write a film: this FFmpeg has none of {', '.join(_FILM_ENCODERS)}")
    options = {"movflags": "faststart"}
    with _whole(path) as temporary, av.open(str(temporary), "w", format="mp4", options=options) as container:
        container.metadata.update(tags)
        picture: Any = container.add_stream(encoder, rate=fps)
        picture.width, picture.height = size
        picture.pix_fmt = "yuv420p"
        picture.gop_size = 2 * fps  # players jump to the scenes' beginnings
        if encoder == "libx264":
            picture.options = {"preset": "veryfast", "crf": "23"}
        else:
            picture.bit_rate = 3_000_000
        sound_stream = _SoundStream(container, "aac", rate, 128_000)
        for frames, sound in parts:
            for frame in frames:
                container.mux(picture.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
            sound_stream.write(sound)
        container.mux(picture.encode(None))
        sound_stream.finish()
