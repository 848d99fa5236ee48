"""Music encoder: log-mel, a small CNN and two Transformer layers, as ALCAP's music encoder (section 3.1) in small."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.nets.attention import EncoderLayer
from models.nets.frontend import FRAMES, LogMel
from models.nets.text import JOINT

LATENTS = 20
"""Music tokens that a segment is pooled to, as in music-to-text synaesthesia."""


class ConvBlock(nn.Sequential):
    """3x3 convolution, batch norm, ReLU."""

    def __init__(self, inputs: int, outputs: int, stride: tuple[int, int] = (1, 1)) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
        )


class Residual(nn.Module):
    """Two convolutions whose result is added to what came in (He et al. 2016)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = ConvBlock(channels, channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """Give the same shape."""
        return F.relu(x + self.norm(self.second(self.first(x))))


class MusicEncoder(nn.Module):
    """Audio to tags, to one vector of the joint space and to a sequence of latents.

    Parameters
    ----------
    tags : int
        Size of the vocabulary of tags.
    """

    def __init__(self, tags: int, *, channels: tuple[int, ...] = (32, 64, 112, 160), width: int = 256) -> None:
        super().__init__()
        self.config = {"tags": tags, "channels": list(channels), "width": width}
        a, b, c, d = channels
        self.log_mel = LogMel()
        self.cnn = nn.Sequential(
            ConvBlock(1, a, (2, 2)),
            ConvBlock(a, b, (2, 2)),
            ConvBlock(b, b),
            ConvBlock(b, c, (2, 1)),
            Residual(c),
            ConvBlock(c, d, (2, 1)),
            ConvBlock(d, d),
        )
        self.project = nn.Linear(d * 5, width)
        self.positions = nn.Parameter(torch.randn(FRAMES // 4, width) * 0.02)
        self.layers = nn.ModuleList(EncoderLayer(width, 4, 4 * width) for _ in range(2))
        self.norm = nn.LayerNorm(width)
        self.tag_head = nn.Sequential(nn.Dropout(0.2), nn.Linear(2 * width, tags))
        self.joint_head = nn.Linear(2 * width, JOINT)

    def hidden(self, mel: Tensor) -> Tensor:
        """States [B, frames / 4, width] of a log-mel [B, 80, frames]."""
        x = self.cnn(mel[:, None])
        x = self.project(x.flatten(1, 2).transpose(1, 2))
        x = x + self.positions[: x.shape[1]]
        for layer in self.layers:
            x = layer(x)
        return self.norm(x)

    @staticmethod
    def pool(states: Tensor) -> Tensor:
        """Mean and maximum over time, [B, 2 * width] of states [B, T, width]."""
        return torch.cat([states.mean(1), states.amax(1)], dim=-1)

    @staticmethod
    def latents(states: Tensor) -> Tensor:
        """Mean-pool the states over time to 20 tokens [B, 20, width]."""
        batch, steps, width = states.shape
        return states.reshape(batch, LATENTS, steps // LATENTS, width).mean(2)

    def from_mel(self, mel: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Tag logits [B, tags], joint vectors [B, 256] of unit norm, states [B, frames / 4, width]."""
        states = self.hidden(mel)
        pooled = self.pool(states)
        return self.tag_head(pooled), F.normalize(self.joint_head(pooled), dim=-1), states

    def forward(self, audio: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Embedding [B, 256], tag scores 0..1 [B, tags] and latents [B, 20, width] of 10 s of audio [B, 160000]."""
        logits, embedding, states = self.from_mel(self.log_mel(audio))
        return embedding, torch.sigmoid(logits), self.latents(states)
