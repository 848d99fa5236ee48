"""Log-mel spectrogram of the music encoder."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from models.nets.frontend import mel_filters
from models.systems.alcap.settings import SpectrogramSettings

FLOOR = 1e-10
"""Least power of a band (-100 dB)."""


class LogMel:
    """float32 mono audio [N] to decibels, float16 [N / hop + 1, mels]."""

    def __init__(self, settings: SpectrogramSettings) -> None:
        self.settings = settings
        self.window = torch.hann_window(settings.window)
        self.filters = mel_filters(
            settings.window // 2 + 1, settings.mels, settings.low, min(settings.high, settings.rate / 2), settings.rate
        )

    def __call__(self, audio: npt.NDArray[np.float32]) -> npt.NDArray[np.float16]:
        """Give the spectrogram; audio shorter than a window is padded with silence."""
        shortfall = max(0, self.settings.window - len(audio))
        samples = torch.from_numpy(np.pad(np.asarray(audio, np.float32), (0, shortfall)))
        spectrum = torch.stft(
            samples, self.settings.window, self.settings.hop, window=self.window, center=True, return_complex=True
        )
        power = (spectrum.real**2 + spectrum.imag**2).T @ self.filters
        decibels: npt.NDArray[np.float16] = (10.0 * power.clamp(min=FLOOR).log10()).half().numpy()
        return decibels


def middle(mel: npt.NDArray[np.float16], frames: int) -> npt.NDArray[np.float16]:
    """Give the `frames` in the middle of a spectrogram [T, mels], all of a shorter one."""
    start = max(0, (len(mel) - frames) // 2)
    return mel[start : start + frames]


def excerpt(mel: npt.NDArray[np.float16], frames: int, rng: np.random.Generator) -> npt.NDArray[np.float16]:
    """Give `frames` from a random place of a spectrogram [T, mels], all of a shorter one."""
    start = int(rng.integers(0, max(0, len(mel) - frames) + 1))
    return mel[start : start + frames]
