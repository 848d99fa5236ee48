"""Optimisers by name."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn, optim

from models.systems.settings import TrainSettings


def make_optimizer(settings: TrainSettings, parameters: Sequence[nn.Parameter]) -> optim.Optimizer:
    """Make the optimiser of a stage.

    Weight decay (decoupled for adamw, an L2 term of the gradient for adam) is on matrices and kernels, not on biases
    and the gains of normalisation, which have one dimension.
    """
    kind: type[optim.Adam] = {"adam": optim.Adam, "adamw": optim.AdamW}[settings.optimizer]
    groups = [
        {"params": [p for p in parameters if p.ndim >= 2], "weight_decay": settings.weight_decay},
        {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0.0},
    ]
    return kind([group for group in groups if group["params"]], lr=settings.learning_rate)
