"""Weighted sums of similarities (ViML, appendix C)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.errors import ConfigError
from models.metrics.retrieval import mean_reciprocal_rank

Matrix = npt.NDArray[np.floating]


def ensemble(similarities: Sequence[Matrix], weights: Sequence[float]) -> npt.NDArray[np.float64]:
    """Add similarity matrices [Q, P] of several models, each with its weight.

    For two models the paper writes the weights as 1 - alpha and alpha.
    """
    if not similarities or len(similarities) != len(weights):
        raise ConfigError(
            f"an ensemble needs a weight for each model: {len(similarities)} models, {len(weights)} weights"
        )
    if len({matrix.shape for matrix in similarities}) > 1:
        raise ConfigError("an ensemble needs similarities of the same queries and tracks")
    total = np.zeros(similarities[0].shape)
    for matrix, weight in zip(similarities, weights, strict=True):
        total += weight * matrix
    return total


def search_alpha(first: Matrix, second: Matrix, truth: npt.NDArray[np.integer], steps: int = 20) -> tuple[float, float]:
    """Find alpha of `(1 - alpha) * first + alpha * second` on validation data.

    Returns
    -------
    tuple of float
        The alpha of the highest mean reciprocal rank (the smallest one of several), and that rank. Unlike recall it
        tells neighbouring weights apart on few queries.
    """
    tried = [
        (mean_reciprocal_rank(ensemble([first, second], [1 - alpha, alpha]), truth), -alpha)
        for alpha in np.linspace(0.0, 1.0, steps + 1)
    ]
    best, minus = max(tried)
    return -minus + 0.0, best
