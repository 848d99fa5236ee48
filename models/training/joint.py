"""Fit the joint heads with the music encoder at rest (LiT, Zhai et al. 2022): large batches are cheap then."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.data.corpus import Corpus
from models.nets.music import MusicEncoder
from models.training.device import device_of, put
from models.training.losses import info_nce

BATCH, STEPS = 1024, 1500


@torch.inference_mode()
def pooled_of(model: MusicEncoder, corpus: Corpus) -> Tensor:
    """What the encoder's heads see of every whole segment: float32 [S, P]."""
    model.eval()
    parts, device = np.array_split(np.arange(len(corpus.mel)), -(-len(corpus.mel) // 64)), device_of(model)
    return torch.cat([model.pool(model.hidden(put(torch.from_numpy(corpus.mels(part)), device))) for part in parts])


def refine(
    model: MusicEncoder, to_joint: nn.Module, corpus: Corpus, texts: np.ndarray, *, steps: int = STEPS, seed: int = 0
) -> None:
    """Fit the music's and the words' joint heads in place, on segments of tracks that are learnt from.

    Parameters
    ----------
    to_joint : Module
        The words' head.
    texts : float16 [S, P, 256]
        Sentence vectors of texts about each segment.
    """
    rng, device = np.random.default_rng(seed), device_of(model)
    pooled = pooled_of(model, corpus).clone()
    rows = np.flatnonzero(~corpus.held_out)
    parameters = [*model.joint_head.parameters(), *to_joint.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=1e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        chosen = rng.choice(rows, min(BATCH, len(rows)), replace=False)
        binary = F.normalize(put(torch.from_numpy((corpus.target[chosen] > 0.5).astype(np.float32)), device), dim=-1)
        track = put(torch.from_numpy(corpus.track[chosen]), device)
        same = (binary @ binary.T > 0.9) | (track[:, None] == track[None])
        text = texts[chosen, rng.integers(0, texts.shape[1], len(chosen))].astype(np.float32)
        joint = F.normalize(to_joint(put(torch.from_numpy(text), device)), dim=-1)
        heard = pooled[put(torch.from_numpy(chosen), device)]
        loss = info_nce(F.normalize(model.joint_head(heard), dim=-1), joint, same)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
