"""Make tag scores probabilities: one slope and one offset a tag (Platt 1999), folded into the tag head."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from models.data.corpus import REAL, Corpus
from models.nets.music import MusicEncoder
from models.training.device import device_of, put

PULL = 20.0
"""How many clips the assumption "already right" counts for, so that rare tags are left nearly as they are."""
REAL_SHARE = 0.5
"""Weight of recordings, where a tag is known of both: the library to be tagged is real."""


def clip_weights(target: np.ndarray, weight: np.ndarray, real: np.ndarray) -> np.ndarray:
    """Weights float32 [S, V] that let recordings and made music speak for `REAL_SHARE` and the rest of each tag."""
    known = weight > 0.3
    out = np.zeros_like(weight)
    for tag in range(weight.shape[1]):
        parts = [(known[:, tag] & rows, share) for rows, share in ((real, REAL_SHARE), (~real, 1 - REAL_SHARE))]
        parts = [(rows, share) for rows, share in parts if rows.sum() >= 20]
        total = sum(share for _, share in parts)
        for rows, share in parts:
            out[rows, tag] = share / total / rows.sum() * sum(int(r.sum()) for r, _ in parts)
    return out


def fit(logits: Tensor, truth: Tensor, weight: Tensor, *, steps: int = 300) -> tuple[Tensor, Tensor]:
    """Slope and offset [V] that make sigmoid(slope * logit + offset) the share of true ones.

    Parameters
    ----------
    logits, truth, weight : Tensor
        float32 [S, V].
    """
    slope, offset = torch.ones(logits.shape[1]), torch.zeros(logits.shape[1])
    slope.requires_grad_()
    offset.requires_grad_()
    optimiser = torch.optim.Adam([slope, offset], lr=0.03)
    for _ in range(steps):
        loss = F.binary_cross_entropy_with_logits(logits * slope + offset, truth, reduction="none")
        total = (loss * weight).sum() + PULL * ((slope - 1) ** 2 + offset**2 / 4).sum()
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
    return slope.detach().clamp(0.3, 3.0), offset.detach()


@torch.no_grad()
def logits_of(model: MusicEncoder, corpus: Corpus, rows: np.ndarray) -> Tensor:
    """Tag logits [n, V] of some segments, on the CPU."""
    model.eval()
    device = device_of(model)
    parts = [put(torch.from_numpy(corpus.mels(rows[i : i + 64])), device) for i in range(0, len(rows), 64)]
    return torch.cat([model.from_mel(part)[0].cpu() for part in parts])


def calibrate(model: MusicEncoder, corpus: Corpus) -> None:
    """Fit on the calibration items (half of what is held out, never the test recordings) and fold in, in place."""
    rows = np.flatnonzero(np.array([item.calibrates for item in corpus.items])[corpus.track])
    if not len(rows):
        print("calibration: no piece is held out for it, so the scores stay as they were learnt", flush=True)
        return
    weight = clip_weights(corpus.target[rows], corpus.weight[rows], corpus.kind_of(rows) == REAL)
    truth = torch.from_numpy((corpus.target[rows] > 0.5).astype(np.float32))
    slope, offset = fit(logits_of(model, corpus, rows), truth, torch.from_numpy(weight))
    head = model.tag_head[-1]
    with torch.no_grad():
        slope, offset = slope.to(head.weight.device), offset.to(head.weight.device)
        head.weight.mul_(slope[:, None])
        head.bias.mul_(slope).add_(offset)
