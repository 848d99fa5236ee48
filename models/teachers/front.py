"""What the taggers of Won et al. 2020 share: the log-mel front-end and their checkpoints."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn


class Spectrogram(nn.Module):
    """Power spectrogram; the window is in the checkpoint."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("window", torch.zeros(512))

    def forward(self, audio: Tensor) -> Tensor:
        """Give [B, 257, frames] of [B, N]."""
        return torch.stft(audio, 512, 256, window=self.window, center=True, return_complex=True).abs() ** 2


class MelScale(nn.Module):
    """Mel filters; they are in the checkpoint."""

    def __init__(self, bands: int) -> None:
        super().__init__()
        self.register_buffer("fb", torch.zeros(257, bands))

    def forward(self, power: Tensor) -> Tensor:
        """Give [B, bands, frames] of [B, 257, frames]."""
        return (power.transpose(1, 2) @ self.fb).transpose(1, 2)


class Mel(nn.Module):
    """Audio [B, N] at 16 kHz to decibels [B, bands, frames]."""

    def __init__(self, bands: int = 96) -> None:
        super().__init__()
        self.spectrogram = Spectrogram()
        self.mel_scale = MelScale(bands)

    def forward(self, audio: Tensor) -> Tensor:
        """Give 10 log10 of the mel power."""
        return 10.0 * torch.log10(self.mel_scale(self.spectrogram(audio)).clamp(min=1e-10))


def clear_denormals(state: Mapping[str, Tensor]) -> None:
    """Set weights that are next to nothing to zero, in place: denormals make a CPU some 50 times slower."""
    for weight in state.values():
        if weight.is_floating_point():
            weight[weight.abs() < 1e-20] = 0.0


def load_tagger(model: nn.Module, folder: Path, name: str) -> list[str]:
    """Fill a network with the checkpoint `name` ("musicnn-mtat"), in place; give its tags in output order."""
    state = torch.load(folder / f"{name}.pth", weights_only=True, map_location="cpu")
    clear_denormals(state)
    model.load_state_dict(state)
    model.eval()
    tags: list[str] = json.loads((folder / "tags.json").read_text())[name.split("-")[1]]
    return tags
