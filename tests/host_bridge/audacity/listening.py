"""What the tests look at: the loudness of an export, and all that a project holds."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from host_bridge.audacity.pipe import Pipe
from host_bridge.audacity.project import read_project


def loudness(path: Path, step: float = 0.5) -> list[float]:
    """RMS of every half second of a 16-bit file, over its channels, full scale being 1."""
    with wave.open(str(path)) as file:
        assert file.getsampwidth() == 2
        raw = file.readframes(file.getnframes())
        sound = np.frombuffer(raw, "<i2").reshape(-1, file.getnchannels()) / 32768
        length = round(step * file.getframerate())
    return [float(np.sqrt(np.mean(part**2))) for part in np.split(sound, range(length, len(sound), length))]


def content(pipe: Pipe) -> str:
    return read_project(pipe).content()
