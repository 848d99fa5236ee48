"""Losses that keep the music latents in the order of their sentences.

p are similarities of music (cosine of latent tokens laid end to end), q those of the sentences that belong to it.
Where a matrix has a mask, False leaves a pair out; rows without at least two pairs do not count.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def cosines(a: Tensor, b: Tensor) -> Tensor:
    """Cosine of every row of a [B, D] with every row of b [N, D]: float [B, N]."""
    return F.normalize(a.float(), dim=-1) @ F.normalize(b.float(), dim=-1).T


def _mean_of_rows(values: Tensor, counts: Tensor) -> Tensor:
    """Mean of the rows with at least two pairs; 0 (with a gradient of 0) if there is none."""
    usable = counts >= 2
    return (values * usable).sum() / usable.sum().clamp(min=1)


def softmax_divergence(p: Tensor, q: Tensor, mask: Tensor, sharpness: float) -> Tensor:
    """Mean squared difference of softmax(sharpness p) and softmax(sharpness q) over each row's references.

    Parameters
    ----------
    p, q : Tensor
        float [B, N].
    mask : Tensor
        bool [B, N].
    """
    counts = mask.sum(1)
    out = ~mask & (counts > 0)[:, None]
    made = (sharpness * p).masked_fill(out, -torch.inf).softmax(1)
    wanted = (sharpness * q).masked_fill(out, -torch.inf).softmax(1)
    return _mean_of_rows(((made - wanted).square() * mask).sum(1) / counts.clamp(min=1), counts)


def pearson(p: Tensor, q: Tensor, mask: Tensor) -> Tensor:
    """Pearson correlation of each row of p and q [B, N] over the pairs of the mask: float [B]."""
    counts = mask.sum(1, keepdim=True).clamp(min=1)
    p = (p - (p * mask).sum(1, keepdim=True) / counts) * mask
    q = (q - (q * mask).sum(1, keepdim=True) / counts) * mask
    # The floor stands inside the root: at equal values the root's own slope is infinite.
    return (p * q).sum(1) / (p.square().sum(1) * q.square().sum(1) + 1e-12).sqrt()


def pearson_divergence(p: Tensor, q: Tensor, mask: Tensor) -> Tensor:
    """Minus the mean correlation of the rows (the loss's second form)."""
    return -_mean_of_rows(pearson(p, q, mask), mask.sum(1))


def pairwise_loss(p: Tensor, q: Tensor, mask: Tensor) -> Tensor:
    """Mean squared difference of the similarities of all pairs of the batch, float [B, B]."""
    return ((p - q).square() * mask).sum() / mask.sum().clamp(min=1)


def triplet_loss(p: Tensor, q: Tensor, mask: Tensor, margin: float) -> Tensor:
    """Mean of max(0, p(i, negative) - p(i, positive) + margin) over the batch.

    The positive is the recording of the batch whose sentence is most like that of i, the negative any other, drawn
    evenly from torch's generator.

    Parameters
    ----------
    p, q : Tensor
        float [B, B].
    mask : Tensor
        bool [B, B], pairs that may be taken.
    """
    usable = mask.sum(1) >= 2
    if not usable.any():
        return (p * 0).sum()
    p, q, mask = p[usable], q[usable], mask[usable]
    positive = q.masked_fill(~mask, -torch.inf).argmax(1, keepdim=True)
    others = mask.scatter(1, positive, False)
    negative = torch.multinomial(others.float(), 1)
    return (p.gather(1, negative) - p.gather(1, positive) + margin).clamp(min=0).mean()


def info_nce(copies: Tensor, originals: Tensor, other: Tensor, temperature: float) -> Tensor:
    """Cross-entropy of finding each copy's original among those of the batch, by cosine.

    Parameters
    ----------
    copies, originals : Tensor
        float [B, D].
    other : Tensor
        bool [B, B], True for pairs of different recordings; the rest beside the diagonal is left out.
    """
    similar = cosines(copies, originals) / temperature
    own = torch.eye(len(copies), dtype=torch.bool, device=copies.device)
    similar = similar.masked_fill(~(other | own), -torch.inf)
    return F.cross_entropy(similar, torch.arange(len(copies), device=copies.device))


def tag_loss(logits: Tensor, tags: Tensor, known: Tensor) -> Tensor:
    """Binary cross-entropy of tags [B, K] (0..1), mean over those that are known (bool [B, K])."""
    loss = F.binary_cross_entropy_with_logits(logits, tags, reduction="none")
    return (loss * known).sum() / known.sum().clamp(min=1)
