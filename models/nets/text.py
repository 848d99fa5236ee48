"""Text encoder: a small Transformer that lives in the sentence space of its teacher and in the joint space."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.nets.attention import EncoderLayer, padding_mask

JOINT = 256
"""Width of the joint space of music, text and video (ViML, section 3.3)."""


class TextEncoder(nn.Module):
    """Words to one vector and to a sequence.

    Parameters
    ----------
    vocabulary : int
        Number of tokens; token 0 is padding.
    max_tokens : int
        Longest sentence in tokens.
    """

    def __init__(
        self, vocabulary: int, *, width: int = 192, layers: int = 3, heads: int = 6, max_tokens: int = 64
    ) -> None:
        super().__init__()
        self.config = {"vocabulary": vocabulary, "width": width, "layers": layers, "heads": heads,
                       "max_tokens": max_tokens}  # fmt: skip
        self.tokens = nn.Embedding(vocabulary, width, padding_idx=0)
        self.positions = nn.Parameter(torch.randn(max_tokens, width) * 0.02)
        self.layers = nn.ModuleList(EncoderLayer(width, heads, 4 * width) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.meaning = nn.Linear(width, JOINT)
        self.to_joint = nn.Linear(JOINT, JOINT)
        nn.init.normal_(self.tokens.weight, std=0.02)
        nn.init.eye_(self.to_joint.weight)
        nn.init.zeros_(self.to_joint.bias)

    def sequence(self, ids: Tensor) -> Tensor:
        """Token vectors [B, T, width] of `ids` int64 [B, T]."""
        x = self.tokens(ids) + self.positions[: ids.shape[1]]
        mask = padding_mask(ids != 0)
        for layer in self.layers:
            x = layer(x, mask)
        return self.norm(x)

    def semantic(self, ids: Tensor) -> Tensor:
        """Sentence vectors [B, 256] of unit norm, in the teacher's (rotated) space."""
        return self.pool(self.sequence(ids), ids)

    def pool(self, sequence: Tensor, ids: Tensor) -> Tensor:
        """Mean of the token vectors, projected to [B, 256] of unit norm."""
        weight = (ids != 0).to(torch.float32)[:, :, None]
        pooled = (sequence * weight).sum(1) / weight.sum(1).clamp(min=1.0)
        return F.normalize(self.meaning(pooled), dim=-1)

    def forward(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """Joint-space vectors [B, 256] of unit norm and token vectors [B, T, width]."""
        sequence = self.sequence(ids)
        return F.normalize(self.to_joint(self.pool(sequence, ids)), dim=-1), sequence
