"""Video encoder: frames to picture features, motion and light, to one vector of the joint space per 10 s segment."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.nets.attention import EncoderLayer
from models.nets.text import JOINT

FPS = 4
SIZE = 96
FRAMES = 40
"""Frames in a segment of 10 s."""
COARSE = 8
STATISTICS = 16


def statistics(frames: Tensor) -> Tensor:
    """Light, colour and motion of each frame, computed and not learnt.

    Parameters
    ----------
    frames : Tensor
        float32 [B, T, 3, H, W], 0..1.

    Returns
    -------
    Tensor
        [B, T, 16]: mean and spread of brightness, of saturation and of warmth (red minus blue), share of dark and of
        bright pixels, detail (gradients), mean colour (3), change of the picture since the last frame (mean, largest
        region, coarse picture), and a soft cut detector on that change.
    """
    red, green, blue = frames.unbind(2)
    light = 0.299 * red + 0.587 * green + 0.114 * blue
    high, low = frames.amax(2), frames.amin(2)
    saturation = (high - low) / (high + 0.05)
    warmth = red - blue
    detail = (light[..., 1:] - light[..., :-1]).abs().mean((2, 3)) * 10
    previous = torch.cat([light[:, :1], light[:, :-1]], dim=1)
    change = (light - previous).abs()
    regions = F.avg_pool2d(change, SIZE // COARSE)
    coarse = F.avg_pool2d(light, SIZE // COARSE)
    coarse_previous = torch.cat([coarse[:, :1], coarse[:, :-1]], dim=1)
    coarse_change = (coarse - coarse_previous).abs().mean((2, 3))
    columns = [
        light.mean((2, 3)), light.std((2, 3)), saturation.mean((2, 3)), saturation.std((2, 3)),
        warmth.mean((2, 3)), warmth.std((2, 3)),
        torch.sigmoid((0.15 - light) * 40).mean((2, 3)), torch.sigmoid((light - 0.85) * 40).mean((2, 3)), detail,
        red.mean((2, 3)), green.mean((2, 3)), blue.mean((2, 3)),
        change.mean((2, 3)) * 10, regions.amax((2, 3)) * 5, coarse_change * 10,
        torch.sigmoid((coarse_change - 0.12) * 60),
    ]  # fmt: skip
    return torch.stack(columns, dim=-1)


class VideoEncoder(nn.Module):
    """Frames to the joint space and to moods (ViML, section 3.2: frame features, projection, 2-layer Transformer).

    Parameters
    ----------
    moods : int
        Number of mood words.
    """

    def __init__(self, moods: int, *, width: int = 128, picture: int = 128) -> None:
        super().__init__()
        self.config = {"moods": moods, "width": width, "picture": picture}
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise((3, 16, 32, 48, 64, 96)):
            layers += [
                nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(outputs),
                nn.ReLU(),
            ]
        self.cnn = nn.Sequential(*layers)
        self.picture = nn.Linear(96, picture)
        self.statistics_norm = nn.BatchNorm1d(STATISTICS)
        self.project = nn.Linear(picture + STATISTICS, width)
        self.positions = nn.Parameter(torch.randn(FRAMES, width) * 0.02)
        self.layers = nn.ModuleList(EncoderLayer(width, 4, 2 * width) for _ in range(2))
        self.norm = nn.LayerNorm(width)
        self.joint_head = nn.Linear(2 * width, JOINT)
        self.mood_head = nn.Linear(2 * width, moods)

    def pictures(self, frames: Tensor) -> Tensor:
        """Picture features [B, T, picture] of float frames [B, T, 3, 96, 96], every second frame looked at."""
        batch, steps = frames.shape[:2]
        x = self.cnn(frames[:, ::2].flatten(0, 1)).mean((2, 3))
        x = self.picture(x).reshape(batch, -1, 1, self.picture.out_features)
        return x.expand(-1, -1, 2, -1).reshape(batch, steps, -1)

    def forward(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Give joint vectors and moods of one segment each.

        Parameters
        ----------
        frames : Tensor
            uint8 [B, 40, 96, 96, 3], RGB at 4 frames a second.

        Returns
        -------
        tuple of Tensor
            Joint vectors [B, 256] of unit norm; mood scores 0..1 [B, moods].
        """
        x = frames.permute(0, 1, 4, 2, 3).to(torch.float32) / 255.0
        embedding, logits = self.from_features(statistics(x), self.pictures(x))
        return embedding, torch.sigmoid(logits)

    def from_features(self, numbers: Tensor, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Joint vectors [B, 256] and mood logits [B, moods] of statistics [B, T, 16] and pictures [B, T, picture]."""
        batch, steps, _ = numbers.shape
        normed = self.statistics_norm(numbers.reshape(batch * steps, -1)).reshape(batch, steps, -1)
        x = self.project(torch.cat([normed, pictures], dim=-1)) + self.positions[:steps]
        for layer in self.layers:
            x = layer(x)
        x = self.norm(x)
        pooled = torch.cat([x.mean(1), x.amax(1)], dim=-1)
        return F.normalize(self.joint_head(pooled), dim=-1), self.mood_head(pooled)
