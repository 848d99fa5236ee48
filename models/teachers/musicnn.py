"""Musicnn (Pons and Serra 2019) as trained by Won et al. 2020: tags of MagnaTagATune and MTG-Jamendo."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.teachers.front import Mel

CHUNK = 48_000
"""Samples at 16 kHz that one prediction hears (3 s)."""


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
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(inputs, outputs, 7, padding=3)
        self.bn = nn.BatchNorm1d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn(self.conv(x)))


class Musicnn(nn.Module):
    """float32 mono audio at 16 kHz [B, 48000] to tag scores [B, tags].

    Parameters
    ----------
    width, dense : int
        Of the back-end; the network of MSD has 512 and 500.
    tags : int
    """

    def __init__(self, width: int = 64, dense: int = 200, tags: int = 50) -> None:
        super().__init__()
        self.spec = Mel()
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
        self.layer1, self.layer2, self.layer3 = _Conv1d(561, width), _Conv1d(width, width), _Conv1d(width, width)
        self.dense1, self.bn = nn.Linear(2 * (561 + 3 * width), dense), nn.BatchNorm1d(dense)
        self.dense2 = nn.Linear(dense, tags)

    def forward(self, audio: Tensor) -> Tensor:
        """Give the scores, 0..1 each."""
        x = self.spec_bn(self.spec(audio)[:, None])
        front = torch.cat([layer(x) for layer in self.layers], dim=1)
        first = self.layer1(front)
        second = self.layer2(first) + first
        third = self.layer3(second) + second
        joined = torch.cat([front, first, second, third], dim=1)
        pooled = torch.cat([joined.amax(-1), joined.mean(-1)], dim=1)
        return torch.sigmoid(self.dense2(F.relu(self.bn(self.dense1(pooled)))))


@torch.inference_mode()
def score_segments(model: nn.Module, segments: np.ndarray, chunks: int = 3) -> np.ndarray:
    """Mean scores float32 [B, 50] of evenly spaced chunks in each 10 s segment [B, 160000]."""
    starts = np.linspace(0, segments.shape[1] - CHUNK, chunks).round().astype(int)
    batch = torch.from_numpy(np.concatenate([segments[:, s : s + CHUNK] for s in starts]))
    with torch.autocast("cpu", torch.bfloat16):  # scores differ by less than 0.003
        scores = model(batch).float()
    return scores.reshape(chunks, len(segments), -1).mean(0).numpy()
