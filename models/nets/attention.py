"""Transformer layers written out, so that they export to plain ONNX operators."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Attention(nn.Module):
    """Multi-head attention (Vaswani et al. 2017, section 3.2.2).

    Keys and values are made by `keys_values`, apart from the attention itself, so that a decoder can cache them.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def split(self, x: Tensor) -> Tensor:
        """Turn [B, T, D] into [B, heads, T, D / heads]."""
        batch, _, width = x.shape
        return x.reshape(batch, -1, self.heads, width // self.heads).transpose(1, 2)

    def keys_values(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values of `x` [B, T, D], each [B, heads, T, D / heads]."""
        key, value = self.key_value(x).chunk(2, dim=-1)
        return self.split(key), self.split(value)

    def forward(self, x: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
        """Attend from `x` [B, T, D] to cached keys and values.

        Parameters
        ----------
        mask : Tensor, optional
            Added to the scores, broadcast to [B, heads, T, S]: 0 where seen, a large negative number elsewhere.
        """
        scores = self.split(self.query(x)) @ key.transpose(-2, -1) * (key.shape[-1] ** -0.5)
        if mask is not None:
            scores = scores + mask
        mixed = scores.softmax(dim=-1) @ value
        return self.out(mixed.transpose(1, 2).reshape(x.shape))


class FeedForward(nn.Sequential):
    """Two linear layers with a GELU between them."""

    def __init__(self, width: int, inner: int, dropout: float) -> None:
        super().__init__(nn.Linear(width, inner), nn.GELU(), nn.Dropout(dropout), nn.Linear(inner, width))


class EncoderLayer(nn.Module):
    """Pre-norm Transformer encoder layer on [B, T, D]."""

    def __init__(self, width: int, heads: int, inner: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.norm_attention = nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.norm_inner = nn.LayerNorm(width)
        self.inner = FeedForward(width, inner, dropout)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Give [B, T, D]; `mask` as in `Attention.forward`."""
        normed = self.norm_attention(x)
        x = x + self.dropout(self.attention(normed, *self.attention.keys_values(normed), mask))
        return x + self.dropout(self.inner(self.norm_inner(x)))


def padding_mask(valid: Tensor) -> Tensor:
    """Additive attention mask [B, 1, 1, T] from `valid` [B, T] (1 for a token, 0 for padding)."""
    return (1.0 - valid.to(torch.float32))[:, None, None, :] * -1e4
