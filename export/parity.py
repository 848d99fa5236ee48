"""Checks that an exported graph is the function that torch computes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from export.errors import ParityError
from plugin.runtime.session import Graph

TOLERANCE = 1e-3
"""Largest absolute difference allowed, relative to the output's largest value (at least 1)."""


def check_graph(module: nn.Module, path: Path, inputs: Sequence[str], examples: Sequence[Sequence[Tensor]]) -> float:
    """Compare on each example and give the largest relative difference.

    Raises
    ------
    ParityError
        An output differs in shape, is not finite or differs by more than `TOLERANCE`.
    """
    graph, worst = Graph(path, "cpu"), 0.0
    module.eval()
    for example in examples:
        with torch.inference_mode():
            expected = module(*example)
        found = graph(**{name: value.numpy() for name, value in zip(inputs, example, strict=True)})
        pairs = zip(expected if isinstance(expected, tuple) else (expected,), found, strict=True)
        for number, (wanted, got) in enumerate(pairs):
            if tuple(wanted.shape) != got.shape:
                raise ParityError(f"{path.name}: output {number} has shape {got.shape}, torch {tuple(wanted.shape)}")
            if not np.isfinite(got).all():
                raise ParityError(f"{path.name}: output {number} is not finite")
            error = np.abs(got - wanted.numpy()).max(initial=0.0) / max(1.0, np.abs(wanted.numpy()).max(initial=0.0))
            worst = max(worst, float(error))
            if error > TOLERANCE:
                raise ParityError(f"{path.name}: output {number} differs from torch by {error:.2g} of its range")
    return worst
