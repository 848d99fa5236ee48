"""Onset strength and chroma as one fixed graph: what tempo and key are read from. Nothing here is learnt."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.nets.frontend import RATE, fourier_basis, mel_filters

ONSET_WINDOW, ONSET_HOP, ONSET_BANDS = 256, 160, 32
ONSET_RATE = RATE / ONSET_HOP
CHROMA_WINDOW, CHROMA_HOP = 4096, 2000
LOWEST, HIGHEST = 43, 88
"""MIDI pitches of the chroma: G2 (98 Hz) to E6 (1319 Hz)."""
CYCLES = 30


def pitch_basis() -> Tensor:
    """Windowed cosines and sines [2 * pitches, 1, 4096], each long enough for CYCLES periods (a constant-Q bank)."""
    n = torch.arange(CHROMA_WINDOW, dtype=torch.float64) - CHROMA_WINDOW / 2
    rows = []
    for pitch in range(LOWEST, HIGHEST + 1):
        frequency = 440.0 * 2.0 ** ((pitch - 69) / 12)
        length = min(CHROMA_WINDOW, CYCLES * RATE / frequency)
        window = torch.where(n.abs() < length / 2, 0.5 + 0.5 * torch.cos(2 * math.pi * n / length), 0.0)
        rows.append(torch.exp(2j * math.pi * frequency / RATE * n) * (window / window.sum()))
    bank = torch.stack(rows)
    return torch.cat([bank.real, bank.imag]).float()[:, None, :]


class Rhythm(nn.Module):
    """10 s of float32 mono audio at 16 kHz [B, 160000] to onset strength [B, 1000] and chroma [B, 80, 12].

    Onset strength is the spectral flux of a compressed mel spectrogram (Dixon 2006, section 2.1), at 100 values a
    second. Chroma folds a constant-Q spectrum into pitch classes, C first, each frame scaled to a sum of 1.
    """

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("onset_basis", fourier_basis(ONSET_WINDOW), persistent=False)
        self.register_buffer(
            "bands", mel_filters(ONSET_WINDOW // 2 + 1, ONSET_BANDS, 30.0, 8000.0, RATE), persistent=False
        )
        self.register_buffer("pitch_basis", pitch_basis(), persistent=False)
        fold = torch.zeros(HIGHEST - LOWEST + 1, 12)
        for row, pitch in enumerate(range(LOWEST, HIGHEST + 1)):
            fold[row, pitch % 12] = 1.0
        self.register_buffer("fold", fold, persistent=False)

    def forward(self, audio: Tensor) -> tuple[Tensor, Tensor]:
        """Give onset strength and chroma."""
        # One hop before the first frame, so that it has a predecessor to differ from.
        edge = (ONSET_WINDOW - ONSET_HOP) // 2
        padded = F.pad(audio[:, None, :], (edge + ONSET_HOP, edge))
        real, imaginary = F.conv1d(padded, self.onset_basis, stride=ONSET_HOP).chunk(2, dim=1)
        power = (real * real + imaginary * imaginary).transpose(1, 2)
        mel = torch.log(1.0 + 100.0 * (power @ self.bands))
        flux = F.relu(mel[:, 1:] - mel[:, :-1]).mean(-1)
        side = (CHROMA_WINDOW - CHROMA_HOP) // 2
        real, imaginary = F.conv1d(F.pad(audio[:, None, :], (side, side)), self.pitch_basis, stride=CHROMA_HOP).chunk(
            2, dim=1
        )
        magnitude = torch.sqrt(real * real + imaginary * imaginary + 1e-12).transpose(1, 2)
        chroma = torch.log(1.0 + 200.0 * magnitude) @ self.fold
        return flux, chroma / (chroma.sum(-1, keepdim=True) + 1e-3)
