"""InfoNCE over the batch (ViML, equation 1)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def info_nce(query: Tensor, music: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    """Contrast every query with all music of the batch, and every piece of music with all queries.

    Parameters
    ----------
    query, music : Tensor
        [B, D]; rows of one number belong together, all others are negatives.

    Returns
    -------
    tuple of Tensor
        Mean losses of queries to music and of music to queries; the paper minimises their sum.
    """
    cosine = F.normalize(query, dim=-1) @ F.normalize(music, dim=-1).T
    truth = torch.arange(len(query), device=query.device)
    return F.cross_entropy(cosine / temperature, truth), F.cross_entropy(cosine.T / temperature, truth)
