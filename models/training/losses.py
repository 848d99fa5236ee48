"""Losses of the core pack's encoders."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

TAU = 0.03
"""Temperature of InfoNCE (ViML, section 4.1)."""


def info_nce(left: Tensor, right: Tensor, same: Tensor) -> Tensor:
    """InfoNCE in both directions over unit vectors [B, D] (ViML, equation 2).

    Parameters
    ----------
    same : Tensor
        bool [B, B]: pairs that are alike (segments of one track, equal tags) and may not count as negatives.
    """
    labels = torch.arange(len(left), device=left.device)
    logits = left @ right.T / TAU
    logits = logits.masked_fill(same & (labels[:, None] != labels[None]), -1e4)
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


def tag_loss(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Weighted binary cross-entropy; without other weights on positives, so that scores stay near probabilities."""
    loss = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    return (loss * weight).sum() / weight.sum().clamp(min=1.0)


def teacher_loss(logits: Tensor, scores: Tensor) -> Tensor:
    """Cross-entropy with a teacher's scores, and a part of the squared difference of logits.

    The second part keeps the order of clips in tags that a teacher never scores high.
    """
    known = ~torch.isnan(scores)
    if not known.any():
        return logits.sum() * 0.0
    found, wanted = logits[known], scores[known].clamp(1e-3, 1 - 1e-3)
    return F.binary_cross_entropy_with_logits(found, wanted) + 0.02 * F.mse_loss(found, torch.logit(wanted))
