"""Checks that an exported graph is the function that torch computes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from export.errors import ParityError
from plugin.runtime.session import Graph

TOLERANCE = 1e-3
"""Largest absolute difference allowed, relative to the output's largest value (at least 1)."""


@dataclass(frozen=True)
class Difference:
    """How far an output is from torch's: the largest absolute difference, and that relative to the output's range."""

    largest: float
    relative: float


def difference(wanted: npt.NDArray[Any], found: npt.NDArray[Any], name: str) -> Difference:
    """Compare two outputs; infinities must stand at the same places.

    Raises
    ------
    ParityError
        The shapes are unlike, or `found` is not finite where `wanted` is.
    """
    if wanted.shape != found.shape:
        raise ParityError(f"{name} has shape {found.shape}, torch {wanted.shape}")
    finite = np.isfinite(wanted)
    if not np.isfinite(found[finite]).all():
        raise ParityError(f"{name} is not finite")
    if not np.array_equal(wanted[~finite], found[~finite]):
        raise ParityError(f"{name} is finite where torch is not")
    wanted, found = wanted[finite].astype(np.float64), found[finite].astype(np.float64)
    largest = float(np.abs(found - wanted).max(initial=0.0))
    return Difference(largest, largest / max(1.0, float(np.abs(wanted).max(initial=0.0))))


def torch_outputs(own: Callable[..., Any], example: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """Run a module, in evaluation mode, or a function; one output or several."""
    if isinstance(own, nn.Module):
        own.eval()
    with torch.inference_mode():
        found = own(*example)
    return found if isinstance(found, tuple) else (found,)


def compare(
    own: Callable[..., Any], graph: Graph, inputs: Sequence[str], example: Sequence[Tensor], name: str
) -> list[Difference]:
    """Compare every output on one example with what torch's module or function `own` gives.

    Raises
    ------
    ParityError
        An output differs in shape, is not finite or differs by more than `TOLERANCE`.
    """
    found = graph(**{key: value.numpy() for key, value in zip(inputs, example, strict=True)})
    rows = []
    for number, (wanted, got) in enumerate(zip(torch_outputs(own, example), found, strict=True)):
        row = difference(wanted.numpy(), got, f"{name}: output {number}")
        if row.relative > TOLERANCE:
            raise ParityError(f"{name}: output {number} differs from torch by {row.relative:.2g} of its range")
        rows.append(row)
    return rows


def check_graph(module: nn.Module, path: Path, inputs: Sequence[str], examples: Sequence[Sequence[Tensor]]) -> float:
    """Compare on each example and give the largest relative difference; raises as `compare` does."""
    graph = Graph(path, "cpu")
    rows = [row for example in examples for row in compare(module, graph, inputs, example, path.name)]
    return max((row.relative for row in rows), default=0.0)
