"""Alignment of music and lyrics before they are fused (section 3.3)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def masked_mean(x: Tensor, mask: Tensor) -> Tensor:
    """Mean over time [B, D] of `x` [B, T, D] where `mask` [B, T] is 1; zeros where it is 0 throughout."""
    weight = mask[..., None].to(x.dtype)
    return (x * weight).sum(1) / weight.sum(1).clamp(min=1.0)


def info_nce(music: Tensor, lyrics: Tensor, temperature: float, groups: Tensor | None = None) -> Tensor:
    """InfoNCE in both directions (eq. 1 and its mirror image), on cosines.

    Parameters
    ----------
    music, lyrics : Tensor
        Latent codes [N, D]; row i of one belongs to row i of the other.
    temperature : float
        Divides the cosines.
    groups : Tensor, optional
        int64 [N]: rows of one group (interpretations of one song) are no negatives of each other.

    Returns
    -------
    Tensor
        Mean of both directions, in nats.
    """
    similarity = F.normalize(music.float(), dim=-1) @ F.normalize(lyrics.float(), dim=-1).T / temperature
    target = torch.arange(len(similarity), device=similarity.device)
    if groups is not None:
        same = (groups[:, None] == groups[None]) & (target[:, None] != target[None])
        similarity = similarity.masked_fill(same, float("-inf"))
    return (F.cross_entropy(similarity, target) + F.cross_entropy(similarity.T, target)) / 2


class Alignment(nn.Module):
    """Mean over time and a linear map of each modality to the common latent space."""

    def __init__(self, music: int, lyrics: int, width: int) -> None:
        super().__init__()
        self.music = nn.Linear(music, width)
        self.lyrics = nn.Linear(lyrics, width)

    def forward(self, music: Tensor, music_mask: Tensor, lyrics: Tensor, lyrics_mask: Tensor) -> tuple[Tensor, Tensor]:
        """Give the latent codes [B, W] of sequences [B, M, D] and [B, L, E] with masks [B, M] and [B, L]."""
        return self.music(masked_mean(music, music_mask)), self.lyrics(masked_mean(lyrics, lyrics_mask))
