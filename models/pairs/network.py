"""The video network of a pack that has learnt from the user's own videos."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.nets.video import VideoEncoder, statistics


class OwnVideoEncoder(nn.Module):
    """Vectors by the encoder that has learnt, moods by the one that it started from; pictures are looked at once.

    Both need the same layers, and a few videos with music say nothing about moods: left to the layers that learn, the
    scores of other videos would drift by half of what they differ among videos.

    Parameters
    ----------
    learnt, base : VideoEncoder
        Their picture networks are the same.
    """

    def __init__(self, learnt: VideoEncoder, base: VideoEncoder) -> None:
        super().__init__()
        self.learnt, self.base = learnt, base

    def forward(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Give joint vectors [B, 256] and mood scores [B, moods] of uint8 [B, 40, 96, 96, 3], as `VideoEncoder`."""
        x = frames.permute(0, 1, 4, 2, 3).to(torch.float32) / 255.0
        numbers, pictures = statistics(x), self.learnt.pictures(x)
        embedding, _ = self.learnt.from_features(numbers, pictures)
        _, logits = self.base.from_features(numbers, pictures)
        return embedding, torch.sigmoid(logits)
