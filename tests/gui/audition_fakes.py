"""An output that plays as fast as it is told, and tracks to play."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from plugin.library.records import Stamp, TagScore, Track
from plugin.suggest.suggestion import Suggestion

RATE = 16_000


class FakeOutput:
    """Keeps what it is given; `play(seconds)` is the passing of time."""

    def __init__(self, rate: int, *, size: float = 0.25) -> None:
        self.rate, self.size = rate, round(size * rate)
        self.frames: list[np.ndarray] = []
        self.played = self.flushes = 0
        self.held = self.closed = False
        self.trouble = ""

    def free(self) -> int:
        return self.size - self.waiting()

    def waiting(self) -> int:
        return self.given - self.played

    def write(self, frames: np.ndarray) -> None:
        assert len(frames) <= self.free() and frames.dtype == np.float32
        self.frames.append(frames)

    def pause(self) -> None:
        self.held = True

    def resume(self) -> None:
        self.held = False

    def flush(self) -> None:
        heard = self.sound.T[: self.played]
        self.frames, self.flushes, self.held = [heard], self.flushes + 1, False

    def close(self) -> None:
        self.closed = True

    def problem(self) -> str:
        return self.trouble

    @property
    def given(self) -> int:
        return sum(map(len, self.frames))

    @property
    def sound(self) -> np.ndarray:
        """What was heard and waits, float32 [2, N]."""
        return np.concatenate(self.frames).T if self.frames else np.zeros((2, 0), np.float32)

    def play(self, seconds: float) -> None:
        if not self.held:
            self.played = min(self.given, self.played + round(seconds * self.rate))


def write_track(path: Path, seconds: float = 10.0) -> Path:
    """Write a track in which every moment is another."""
    at = np.arange(round(seconds * RATE)) / RATE
    samples = 0.03 * (1 + at) * np.sin(2 * np.pi * (200 + 30 * at) * at)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((samples * 32767).round().astype("<i2").tobytes())
    return path


def found(
    path: Path, start: float, end: float, duration: float = 10.0, *, id: int = 1, loudness: float | None = -20.0,
    tempo: float | None = None,
) -> Suggestion:  # fmt: skip
    track = Track(
        id=id, path=path, stamp=Stamp(1, 1), content_hash=b"", title=path.stem, artist="Lena", album="",
        duration=duration, tempo=tempo, key="A minor", loudness=loudness, peak=0.5, caption="", lyrics="", space="s",
        status="indexed", reason="", warnings=(), indexed_at="", peaks=bytes(range(0, 200, 2)) * 4,
        tags=(TagScore("calm", "mood", 0.9),),
    )  # fmt: skip
    return Suggestion(track, 1.0, start, end, {"text": 0.5})
