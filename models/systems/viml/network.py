"""Encoders of the three modalities and the fusion of video and text (ViML, section 3.2; variants of Table 4)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from models.systems.viml.settings import FusionKind, ModelSettings


def transformer(width: int, heads: int, inner: int, layers: int, dropout: float) -> nn.TransformerEncoder:
    """Transformer encoder (Vaswani et al. 2017, section 3.1) on [B, T, D]."""
    layer = nn.TransformerEncoderLayer(width, heads, inner, dropout, batch_first=True)
    return nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)


def positions(length: int, width: int) -> Tensor:
    """Sines and cosines of the place in the sequence [T, D] (Vaswani et al. 2017, section 3.5)."""
    place = torch.arange(length)[:, None]
    rate = torch.exp(torch.arange(0, width, 2) * (-math.log(10_000.0) / width))
    return torch.stack([torch.sin(place * rate), torch.cos(place * rate)], dim=-1).flatten(1)


class Encoder(nn.Module):
    """Segment features of one modality to one vector: linear layer, Transformer, pooling.

    Parameters
    ----------
    inputs : int
        Width of the features.
    mean, spread : Tensor, optional
        [inputs] each; features are scaled by them first.
    """

    mean: Tensor
    spread: Tensor

    def __init__(
        self, inputs: int, settings: ModelSettings, mean: Tensor | None = None, spread: Tensor | None = None
    ) -> None:
        super().__init__()
        width = settings.width
        self.register_buffer("mean", torch.zeros(inputs) if mean is None else mean, persistent=False)
        self.register_buffer("spread", torch.ones(inputs) if spread is None else spread, persistent=False)
        self.project = nn.Linear(inputs, width)
        self.token = nn.Parameter(torch.randn(width) * 0.02) if settings.pooling == "cls" else None
        self.transformer = transformer(width, settings.heads, settings.inner, settings.layers, settings.dropout)

    def forward(self, features: Tensor, valid: Tensor) -> Tensor:
        """Give [B, D] of features [B, T, inputs]; `valid` bool [B, T], False for padding, at least one True a row."""
        x = self.project((features - self.mean) / self.spread)
        if self.token is not None:
            x = torch.cat([self.token.expand(len(x), 1, -1), x], dim=1)
            valid = torch.cat([valid.new_ones(len(x), 1), valid], dim=1)
        x = x + positions(x.shape[1], x.shape[2]).to(x)
        states: Tensor = self.transformer(x, src_key_padding_mask=~valid)
        if self.token is not None:
            return states[:, 0]
        weight = valid[..., None].to(states)
        return (states * weight).sum(1) / weight.sum(1)


class Addition(nn.Module):
    """Sum of both vectors: nothing to learn."""

    def forward(self, video: Tensor, text: Tensor) -> Tensor:
        """Give [B, D]."""
        return video + text


class Concatenation(nn.Module):
    """A network on both vectors side by side."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, video: Tensor, text: Tensor) -> Tensor:
        """Give [B, D]."""
        fused: Tensor = self.network(torch.cat([video, text], dim=-1))
        return fused


class TransformerFusion(nn.Module):
    """A Transformer on the two vectors as a sequence, and a linear layer on both of its outputs.

    The paper draws this module without its output. Its parameter counts (1.4 M and 2.8 M at width 256, Table 4) are
    those of layers with an inner width of 2,048 and such a linear layer.
    """

    def __init__(self, settings: ModelSettings, layers: int) -> None:
        super().__init__()
        self.transformer = transformer(settings.width, settings.heads, settings.inner, layers, settings.dropout)
        self.out = nn.Linear(2 * settings.width, settings.width)

    def forward(self, video: Tensor, text: Tensor) -> Tensor:
        """Give [B, D]."""
        fused: Tensor = self.out(self.transformer(torch.stack([video, text], dim=1)).flatten(1))
        return fused


def make_fusion(kind: FusionKind, settings: ModelSettings) -> nn.Module:
    """Give a fusion module: video [B, D] and text [B, D] to [B, D]."""
    width, inner = settings.width, settings.inner
    if kind == "addition":
        return Addition()
    if kind == "linear":
        return Concatenation(nn.Linear(2 * width, width))
    if kind == "mlp":
        return Concatenation(nn.Sequential(nn.Linear(2 * width, inner), nn.ReLU(), nn.Linear(inner, width)))
    return TransformerFusion(settings, 1 if kind == "transformer1" else 2)
