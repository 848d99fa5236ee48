"""The graph of a tagger of Won et al. 2020: its transform as a convolution, its network, its words."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from export.frontends import centred
from export.hub.tag_words import Words
from models.teachers.front import Mel

CHUNKS = 3
"""Excerpts of a segment that are heard, evenly spaced, where a tagger hears less than a segment."""


class Decibels(nn.Module):
    """`models.teachers.front.Mel` with its transform as a convolution, which ONNX Runtime is faster at."""

    basis: Tensor
    filters: Tensor

    def __init__(self, mel: Mel) -> None:
        super().__init__()
        window = mel.spectrogram.window.double()
        self.size = len(window)
        n = torch.arange(self.size, dtype=torch.float64)
        angle = 2 * torch.pi * torch.arange(self.size // 2 + 1, dtype=torch.float64)[:, None] * n / self.size
        self.register_buffer("basis", (torch.cat([angle.cos(), -angle.sin()]) * window).float()[:, None])
        self.register_buffer("filters", mel.mel_scale.fb.float())

    def forward(self, audio: Tensor) -> Tensor:
        """Give decibels [B, bands, frames] of audio [B, N]."""
        real, imaginary = centred(audio, self.basis, self.size, self.size // 2)
        power = (real * real + imaginary * imaginary).transpose(1, 2) @ self.filters
        return (10.0 * power.clamp(min=1e-10).log10()).transpose(1, 2)


class Tags(nn.Module):
    """Segments, float32 [B, 160000], to scores of words [B, V]."""

    def __init__(self, network: nn.Module, chunk: int, words: Words) -> None:
        super().__init__()
        self.network, self.words, self.chunk = network, words, chunk

    def forward(self, audio: Tensor) -> Tensor:
        """Give the scores: of short chunks the mean; for a tagger of 29 s the segment is heard over and over."""
        length = audio.shape[1]
        if self.chunk >= length:
            return self.words(self.network(audio.repeat(1, -(-self.chunk // length))[:, : self.chunk]))
        starts = [round(number * (length - self.chunk) / (CHUNKS - 1)) for number in range(CHUNKS)]
        scores = self.network(torch.cat([audio[:, start : start + self.chunk] for start in starts]))
        return self.words(scores.unflatten(0, (CHUNKS, -1)).mean(0))


def mel_of(network: nn.Module) -> Mel:
    """Give the spectrogram of a tagger."""
    mel = network.spec
    assert isinstance(mel, Mel)
    return mel
