"""A small engine without models: what it says depends on the spectrum of the sound, so tests of it can fail."""

from __future__ import annotations

import wave
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

import av
import numpy as np

from plugin.decode import Event, Failed, decode_file
from plugin.errors import DecodeError
from plugin.pack import Tag, Vocabulary
from plugin.runtime.engine import MusicFeatures, VideoFeatures
from plugin.runtime.excerpt import Excerpt

RATE = 16000
BANDS = 24
EDGES = np.geomspace(50, 8000, BANDS + 1)
# Columns of unit length at right angles: similarities in 256 dimensions are those of the bands.
AXES = np.linalg.qr(np.random.default_rng(7).standard_normal((256, BANDS)))[0].astype(np.float32)
REGISTERS = {"low": 2.0, "mid": 12.0, "high": 21.0}
WORDS = (
    Tag("bass guitar", "instrument", 0.5),
    Tag("piano", "instrument", 0.5),
    Tag("flute", "instrument", 0.5, ("piccolo",)),
    Tag("calm", "mood", 0.5),
    Tag("bright", "mood", 0.5),
    Tag("instrumental", "vocal", 0.5),
    Tag("ambient", "genre", 0.5),
)


class FakeEngine:
    """Stands in for `plugin.runtime.engine.Engine`; embeddings are spectra in 24 bands."""

    rate = RATE
    segment_seconds = 10.0
    video_fps = 2.0
    video_size = (32, 24)
    problems = ()
    titles = None
    device = "CPU"
    provider = "CPUExecutionProvider"
    vocabulary = core_vocabulary = Vocabulary(WORDS)
    key_profiles = (
        np.array([6.4, 2.2, 3.5, 2.3, 4.4, 4.1, 2.5, 5.2, 2.4, 3.7, 2.3, 2.9], np.float32),
        np.array([6.3, 2.7, 3.5, 5.4, 2.6, 3.5, 2.5, 4.8, 4.0, 2.7, 3.3, 3.2], np.float32),
    )

    def __init__(self, pack: Path | None = None, device: str = "auto", *, space: str = "fake-1") -> None:
        self.space = space
        self.heard = 0

    def music(self, windows: np.ndarray) -> MusicFeatures:
        self.heard += len(windows)
        shares = np.stack([bands(window) for window in windows])
        third = BANDS // 3
        low, mid, high = (shares[:, i * third : (i + 1) * third].sum(1) for i in range(3))
        ambient = np.full(len(shares), 0.2)
        tags = np.stack([low, mid, high, low, high, 1 - mid, ambient], axis=1).astype(np.float32)
        embedding = (np.sqrt(shares) @ AXES.T).astype(np.float32)
        return MusicFeatures(embedding, tags, np.repeat(embedding[:, None], 20, axis=1))

    def rhythm(self, windows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        levels = np.abs(windows).reshape(len(windows), 1000, -1).mean(2)
        onset = np.maximum(np.diff(levels, prepend=levels[:, :1]), 0).astype(np.float32)
        return onset, np.ones((len(windows), 80, 12), np.float32)

    def text(self, phrases: Sequence[str]) -> np.ndarray:
        return np.stack(
            [embed(*(REGISTERS[word] for word in phrase.split() if word in REGISTERS)) for phrase in phrases]
        )

    def video(self, frames: np.ndarray) -> VideoFeatures:
        length = round(self.video_fps * self.segment_seconds)
        parts = [frames[i : i + length].mean() / 255 for i in range(0, len(frames), length)]
        moods = sorted(
            {"bright": float(np.mean(parts)), "dark": 1 - float(np.mean(parts))}.items(), key=lambda m: -m[1]
        )
        return VideoFeatures(np.stack([embed(part * (BANDS - 1)) for part in parts]), moods)

    def excerpt(self) -> Excerpt:
        return Excerpt(0)

    def caption(
        self, features: MusicFeatures, *, lyrics: str = "", beams: int = 4,
        taken: Callable[[str], bool] | None = None, facts: Sequence[str] = (),
    ) -> str:  # fmt: skip
        register = ("low", "middle", "high")[int(features.tags.mean(0)[:3].argmax())]
        sung = f" singing of {lyrics.split()[0]}" if lyrics else ""
        return f"A sound in the {register} register{sung}."


def bands(window: np.ndarray) -> np.ndarray:
    """Share of the energy in each band."""
    power = np.abs(np.fft.rfft(window)) ** 2
    at = np.searchsorted(EDGES, np.fft.rfftfreq(len(window), 1 / RATE)) - 1
    inside = (at >= 0) & (at < BANDS)
    energy = np.bincount(at[inside], power[inside], BANDS) + 1e-9
    return energy / energy.sum()


def embed(*centres: float) -> np.ndarray:
    """Unit vector of a spectrum around the given bands; a flat one around none."""
    at = np.arange(BANDS)
    share = sum((np.exp(-0.5 * (at - centre) ** 2 / 4) for centre in centres), np.full(BANDS, 1e-3))
    return (AXES @ np.sqrt(share / share.sum())).astype(np.float32)


class InlinePool:
    """Stands in for `plugin.decode.DecodePool` without processes; the events of its files interleave too."""

    def __init__(self, workers: int = 2, rate: int = RATE, block_seconds: float = 60.0) -> None:
        self._workers, self._rate, self._block_seconds = workers, rate, block_seconds

    def __enter__(self) -> InlinePool:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def decode(self, paths: Iterable[Path]) -> Iterator[Event]:
        todo = list(paths)
        for first in range(0, len(todo), self._workers):
            streams = [self._events(path) for path in todo[first : first + self._workers]]
            for row in zip_longest(*streams):
                yield from (event for event in row if event is not None)

    def _events(self, path: Path) -> Iterator[Event]:
        try:
            yield from decode_file(path, self._rate, self._block_seconds)
        except DecodeError as error:
            yield Failed(path, error.reason)


def tone(frequency: float, seconds: float, *, level: float = 0.5, rate: int = RATE) -> np.ndarray:
    """Sine with a soft hum around it, float [N]."""
    time = np.arange(round(seconds * rate)) / rate
    hum = np.random.default_rng(int(frequency)).standard_normal(len(time)) * 0.01
    return level * (np.sin(2 * np.pi * frequency * time) + hum)


def write_video(path: Path, levels: Sequence[float], *, seconds: float = 10.0, sound: np.ndarray | None = None) -> Path:
    """Write grey scenes of the given brightness, 0 to 1, at 4 frames a second; without sound if none is given."""
    with av.open(str(path), "w") as out:
        picture = out.add_stream("mpeg4", rate=4)
        picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        track = out.add_stream("pcm_s16le", rate=RATE, layout="mono") if sound is not None else None
        for number in range(round(len(levels) * seconds * 4)):
            image = np.full((48, 64, 3), round(255 * levels[int(number / 4 / seconds)]), np.uint8)
            frame = av.VideoFrame.from_ndarray(image, "rgb24")
            frame.pts = number
            out.mux(picture.encode(frame))
        out.mux(picture.encode(None))
        if track is not None:
            pcm = (np.clip(sound, -1, 1) * 32767).astype("<i2")[None]
            frame = av.AudioFrame.from_ndarray(pcm, "s16", "mono")
            frame.sample_rate = RATE
            out.mux(track.encode(frame))
            out.mux(track.encode(None))
    return path


def write_wav(path: Path, samples: np.ndarray, rate: int = RATE) -> Path:
    """Write mono 16-bit WAV; makes the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path
