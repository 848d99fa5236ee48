"""Musicnn (Pons and Serra 2019) as trained by Won et al. 2020: tags of MagnaTagATune and MTG-Jamendo."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

CHUNK = 48_000
"""Samples at 16 kHz that one prediction hears (3 s)."""


class _Spectrogram(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("window", torch.zeros(512))

    def forward(self, audio: Tensor) -> Tensor:
        return torch.stft(audio, 512, 256, window=self.window, center=True, return_complex=True).abs() ** 2


class _MelScale(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("fb", torch.zeros(257, 96))

    def forward(self, power: Tensor) -> Tensor:
        return (power.transpose(1, 2) @ self.fb).transpose(1, 2)


class _Spec(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.spectrogram = _Spectrogram()
        self.mel_scale = _MelScale()

    def forward(self, audio: Tensor) -> Tensor:
        return self.mel_scale(self.spectrogram(audio))


class _Vertical(nn.Module):
    """Timbre filters: tall kernels, maximum over frequency."""

    def __init__(self, height: int, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, channels, (height, 7), padding=(0, 3))
        self.bn = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn(self.conv(x))).amax(2)


class _Horizontal(nn.Module):
    """Rhythm filters: long kernels over the mean of all frequencies."""

    def __init__(self, length: int, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(1, channels, length, padding=length // 2)
        self.bn = nn.BatchNorm1d(channels)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn(self.conv(x.mean(2))))


class _Conv1d(nn.Module):
    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(inputs, 64, 7, padding=3)
        self.bn = nn.BatchNorm1d(64)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn(self.conv(x)))


class Musicnn(nn.Module):
    """float32 mono audio at 16 kHz [B, 48000] to 50 tag scores [B, 50]."""

    def __init__(self) -> None:
        super().__init__()
        self.spec = _Spec()
        self.spec_bn = nn.BatchNorm2d(1)
        self.layers = nn.ModuleList(
            [
                _Vertical(67, 204),
                _Vertical(38, 204),
                _Horizontal(129, 51),
                _Horizontal(65, 51),
                _Horizontal(33, 51),
            ]
        )
        self.layer1, self.layer2, self.layer3 = _Conv1d(561), _Conv1d(64), _Conv1d(64)
        self.dense1, self.bn, self.dense2 = nn.Linear(1506, 200), nn.BatchNorm1d(200), nn.Linear(200, 50)

    def forward(self, audio: Tensor) -> Tensor:
        """Give the scores, 0..1 each."""
        decibels = 10.0 * torch.log10(self.spec(audio).clamp(min=1e-10))
        x = self.spec_bn(decibels[:, None])
        front = torch.cat([layer(x) for layer in self.layers], dim=1)
        first = self.layer1(front)
        second = self.layer2(first) + first
        third = self.layer3(second) + second
        joined = torch.cat([front, first, second, third], dim=1)
        pooled = torch.cat([joined.amax(-1), joined.mean(-1)], dim=1)
        return torch.sigmoid(self.dense2(F.relu(self.bn(self.dense1(pooled)))))


def load_musicnn(folder: Path, name: str) -> tuple[Musicnn, list[str]]:
    """The network `mtat` or `jamendo` and its tags in output order."""
    model = Musicnn()
    state = torch.load(folder / f"musicnn-{name}.pth", weights_only=True, map_location="cpu")
    for weight in state.values():
        if weight.is_floating_point():
            weight[weight.abs() < 1e-20] = 0.0  # denormals make the CPU some 50 times slower
    model.load_state_dict(state)
    return model.eval(), json.loads((folder / "tags.json").read_text())[name]


@torch.inference_mode()
def score_segments(model: Musicnn, segments: np.ndarray) -> np.ndarray:
    """Mean scores float32 [B, 50] of three chunks in each 10 s segment [B, 160000]."""
    starts = (0, (segments.shape[1] - CHUNK) // 2, segments.shape[1] - CHUNK)
    chunks = torch.from_numpy(np.concatenate([segments[:, s : s + CHUNK] for s in starts]))
    return model(chunks).reshape(len(starts), len(segments), -1).mean(0).numpy()
