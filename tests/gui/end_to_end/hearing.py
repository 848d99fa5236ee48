"""What the panel plays into, and whether what was recorded there is what should have been heard: `likeness`."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.gui.pulse_server import RATE, PulseServer, recorded

PIECE = RATE // 10
"""Frames that are compared at once; a busy machine may let the sound break off for a moment between two."""
PIECES = 10


def clients_of(sound: PulseServer) -> dict[str, str]:
    """What a program must know to play into a server."""
    return {name: sound.environment[name] for name in ("PULSE_SERVER", "PULSE_COOKIE")}


def likeness(heard: Path, track: Path, start: float, end: float) -> float:
    """How like the first second of a recording is to some place of a part of a track, a WAV file: 0 to 1."""
    sound = recorded(heard).mean(axis=1).astype(float)
    begin = int(np.argmax(np.abs(sound) > 1e-4)) + PIECE  # past the fade
    pieces = [sound[begin + number * PIECE :][:PIECE] for number in range(PIECES)]
    assert pieces[-1].size == PIECE, f"only {sound.size - begin} frames were heard"
    part = _part(track, start, end)
    return float(np.median([_best(piece, part) for piece in pieces]))


def _best(piece: NDArray[np.float64], part: NDArray[np.float64]) -> float:
    size = 1 << (part.size + PIECE).bit_length()
    dots = np.fft.irfft(np.fft.rfft(part, size) * np.conj(np.fft.rfft(piece, size)), size)[: part.size - PIECE]
    sums = np.concatenate([[0.0], np.cumsum(part**2)])
    energies = (sums[PIECE:] - sums[:-PIECE])[: dots.size]
    return float((dots / np.sqrt(energies * (piece**2).sum() + 1e-12)).max())


def _part(track: Path, start: float, end: float) -> NDArray[np.float64]:
    """A part of a track in mono at the recording's rate."""
    with wave.open(str(track)) as file:
        rate = file.getframerate()
        file.setpos(round(start * rate))
        data = file.readframes(round((end - start) * rate))
        assert file.getsampwidth() == 2
        samples = np.frombuffer(data, "<i2").reshape(-1, file.getnchannels()).mean(axis=1) / 32768
    times = np.arange(int(samples.size * RATE / rate)) / RATE
    return np.interp(times, np.arange(samples.size) / rate, samples)
