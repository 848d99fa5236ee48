"""Log-mel spectrogram as convolution and matrix product, so that it lives inside the exported graph."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

RATE = 16_000
WINDOW = 640
HOP = 400
MELS = 80
SEGMENT = 10 * RATE
FRAMES = SEGMENT // HOP


def mel_filters(bins: int, mels: int, low: float, high: float, rate: int) -> Tensor:
    """Triangular filters [bins, mels], of unit sum each, spaced evenly on the mel scale (O'Shaughnessy 1987)."""

    def to_mel(f: float) -> float:
        return 2595.0 * math.log10(1.0 + f / 700.0)

    edges = 700.0 * (10.0 ** (torch.linspace(to_mel(low), to_mel(high), mels + 2) / 2595.0) - 1.0)
    frequency = torch.linspace(0.0, rate / 2, bins)[:, None]
    rise = (frequency - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - frequency) / (edges[2:] - edges[1:-1])
    filters = torch.minimum(rise, fall).clamp(min=0.0)
    # The narrowest low bands can fall between two bins; they take the nearest one.
    empty = filters.sum(0) == 0
    nearest = ((edges[1:-1] / (rate / 2)) * (bins - 1)).round().long()
    filters[nearest[empty], empty.nonzero()[:, 0]] = 1.0
    return filters / filters.sum(0)


def fourier_basis(window: int) -> Tensor:
    """Hann-windowed cosines and sines [2 * bins, 1, window] with bins = window / 2 + 1."""
    n = torch.arange(window, dtype=torch.float64)
    k = torch.arange(window // 2 + 1, dtype=torch.float64)[:, None]
    angle = 2 * math.pi * k * n / window
    hann = 0.5 - 0.5 * torch.cos(2 * math.pi * n / window)
    return (torch.cat([angle.cos(), -angle.sin()]) * hann).float()[:, None, :]


class LogMel(nn.Module):
    """float32 mono audio at 16 kHz [B, N] to log-mel [B, 80, N / 400].

    The mean over time and frequency is taken off, so that a quieter copy of a track sounds the same to the network.
    """

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("basis", fourier_basis(WINDOW), persistent=False)
        self.register_buffer("filters", mel_filters(WINDOW // 2 + 1, MELS, 30.0, 8000.0, RATE), persistent=False)

    def forward(self, audio: Tensor) -> Tensor:
        """Give the spectrogram, in natural-log units divided by 4."""
        padded = F.pad(audio[:, None, :], ((WINDOW - HOP) // 2, (WINDOW - HOP) // 2))
        real, imaginary = F.conv1d(padded, self.basis, stride=HOP).chunk(2, dim=1)
        power = (real * real + imaginary * imaginary).transpose(1, 2)
        mel = torch.log(power @ self.filters + 1e-4).transpose(1, 2)
        return (mel - mel.mean(dim=(1, 2), keepdim=True)) * 0.25
