"""FCN (Choi et al. 2016) and CRNN (Choi et al. 2017) as trained by Won et al. 2020; they hear 29 s at once."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.teachers.front import Mel

CHUNK = 29 * 16_000


class _Layer(nn.Module):
    def __init__(self, inputs: int, outputs: int, pool: tuple[int, int]) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.bn = nn.BatchNorm2d(outputs)
        self.pool = pool

    def forward(self, x: Tensor) -> Tensor:
        return F.max_pool2d(F.relu(self.bn(self.conv(x))), self.pool)


class FCN(nn.Module):
    """float32 mono audio at 16 kHz [B, 464000] to tag scores [B, tags]."""

    def __init__(self, tags: int = 50) -> None:
        super().__init__()
        self.spec = Mel()
        self.spec_bn = nn.BatchNorm2d(1)
        self.layer1 = _Layer(1, 64, (2, 4))
        self.layer2 = _Layer(64, 128, (2, 4))
        self.layer3 = _Layer(128, 128, (2, 4))
        self.layer4 = _Layer(128, 128, (3, 5))
        self.layer5 = _Layer(128, 64, (4, 4))
        self.dense = nn.Linear(64, tags)

    def forward(self, audio: Tensor) -> Tensor:
        """Give the scores, 0..1 each."""
        x = self.spec_bn(self.spec(audio)[:, None])
        for layer in (self.layer1, self.layer2, self.layer3, self.layer4, self.layer5):
            x = layer(x)
        return torch.sigmoid(self.dense(x.flatten(1)))


class CRNN(nn.Module):
    """float32 mono audio at 16 kHz [B, 464000] to tag scores [B, tags]."""

    def __init__(self, tags: int = 50) -> None:
        super().__init__()
        self.spec = Mel()
        self.spec_bn = nn.BatchNorm2d(1)
        self.layer1 = _Layer(1, 64, (2, 2))
        self.layer2 = _Layer(64, 128, (3, 3))
        self.layer3 = _Layer(128, 128, (4, 4))
        self.layer4 = _Layer(128, 128, (4, 4))
        self.layer5 = nn.GRU(128, 32, 2, batch_first=True)
        self.dense = nn.Linear(32, tags)

    def forward(self, audio: Tensor) -> Tensor:
        """Give the scores, 0..1 each."""
        x = self.spec_bn(self.spec(audio)[:, None])
        for layer in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = layer(x)
        states, _ = self.layer5(x.squeeze(2).transpose(1, 2))
        return torch.sigmoid(self.dense(states[:, -1]))
