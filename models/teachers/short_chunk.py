"""ShortChunkCNN (Won et al. 2020), plain and residual: seven small convolutions, they hear 3.7 s at once."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.teachers.front import Mel

CHUNK = 59_049
WIDTHS = (1, 1, 2, 2, 2, 2, 4)
"""Channels of the seven layers, as multiples of the first's."""


class _Plain(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.bn = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return F.max_pool2d(F.relu(self.bn(self.conv(x))), 2)


class _Residual(nn.Module):
    """Halves both axes; the way around has a convolution of its own."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv_1 = nn.Conv2d(inputs, outputs, 3, stride=2, padding=1)
        self.bn_1 = nn.BatchNorm2d(outputs)
        self.conv_2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.bn_2 = nn.BatchNorm2d(outputs)
        self.conv_3 = nn.Conv2d(inputs, outputs, 3, stride=2, padding=1)
        self.bn_3 = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn_3(self.conv_3(x)) + self.bn_2(self.conv_2(F.relu(self.bn_1(self.conv_1(x))))))


class ShortChunkCNN(nn.Module):
    """float32 mono audio at 16 kHz [B, 59049] to tag scores [B, tags].

    Parameters
    ----------
    residual : bool
    channels : int
        Of the first layer.
    tags : int
    """

    def __init__(self, residual: bool, channels: int = 128, tags: int = 50) -> None:
        super().__init__()
        self.spec = Mel(128)
        self.spec_bn = nn.BatchNorm2d(1)
        widths = [1, *(channels * factor for factor in WIDTHS)]
        kind = _Residual if residual else _Plain
        for number, (inputs, outputs) in enumerate(pairwise(widths), 1):
            self.add_module(f"layer{number}", kind(inputs, outputs))
        self.dense1, self.bn = nn.Linear(widths[-1], widths[-1]), nn.BatchNorm1d(widths[-1])
        self.dense2 = nn.Linear(widths[-1], tags)

    def forward(self, audio: Tensor) -> Tensor:
        """Give the scores, 0..1 each."""
        x = self.spec_bn(self.spec(audio)[:, None])
        for number in range(1, len(WIDTHS) + 1):
            x = self.get_submodule(f"layer{number}")(x)
        pooled = x.squeeze(2).amax(-1)
        return torch.sigmoid(self.dense2(F.relu(self.bn(self.dense1(pooled)))))
