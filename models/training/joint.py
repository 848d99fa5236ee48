"""The joint space's last lesson: with the encoder at rest, its joint head and the text's against many words at once.

InfoNCE is the sharper the more negatives a batch holds. Once the encoder is trained, what it hears of every clip is
computed once, and batches of a thousand clips cost next to nothing (compare Zhai et al. 2022, LiT).
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from models.data.corpus import Corpus
from models.training.music import Student, info_nce

ALIKE = 0.95
"""Clips whose tags are at least so alike (cosine) are no negatives of each other."""


@torch.inference_mode()
def heard(model: Student, corpus: Corpus, rows: np.ndarray) -> Tensor:
    """Pooled states [n, 3, 2 * width] of segments: whole, first and second half."""
    model.eval()
    out = []
    for start in range(0, len(rows), 64):
        mel = torch.from_numpy(corpus.mels(rows[start : start + 64]))
        middle = mel.shape[-1] // 2
        parts = [mel, mel[..., :middle], mel[..., middle:]]
        out.append(torch.stack([model.music.pool(model.music.hidden(part)) for part in parts], dim=1))
    return torch.cat(out).clone()


def refine(model: Student, corpus: Corpus, texts: np.ndarray, *, steps: int = 1500, batch: int = 1024) -> None:
    """Train both joint heads on everything to learn from, in place.

    Parameters
    ----------
    texts : float16 [S, P, 256]
        Sentence vectors of texts about each segment.
    """
    rows = np.flatnonzero(~corpus.held_out)
    states = heard(model, corpus, rows)
    binary = F.normalize(torch.from_numpy((corpus.target[rows] > 0.5).astype(np.float32)), dim=-1)
    track = torch.from_numpy(corpus.track[rows])
    heads = [model.music.joint_head, model.to_joint]
    parameters = [p for head in heads for p in head.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=1e-3, weight_decay=0.01)
    rng = np.random.default_rng(0)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = 1e-3 * min(1.0, (step + 1) / 50) * (1 - step / steps) + 1e-6
        part = rng.choice(len(rows), min(batch, len(rows)), replace=False)
        pooled = F.dropout(states[part, rng.integers(0, 3, len(part))], 0.1)
        text = torch.from_numpy(texts[rows[part], rng.integers(0, texts.shape[1], len(part))].astype(np.float32))
        same = (binary[part] @ binary[part].T > ALIKE) | (track[part][:, None] == track[part][None])
        music = F.normalize(model.music.joint_head(pooled), dim=-1)
        loss = info_nce(music, F.normalize(model.to_joint(text), dim=-1), same)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % 250 == 0:
            print(f"joint step {step} loss {loss.item():.3f}", flush=True)
