"""Ridge regression from the vectors of one encoder into another's space, measured on what it has not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)
"""Tried, as shares of the mean variance of an input."""
HELD_OUT = 0.15
"""Share of the rows that choose the penalty, and again of those that measure the result."""


@dataclass(frozen=True)
class Ridge:
    """A fitted map: `x @ weight + bias`, scaled to unit length.

    Attributes
    ----------
    weight : array
        float64 [W, D].
    bias : array
        float64 [D].
    measured : dict
        How well it does on rows that were held out; see `measure`.
    """

    weight: Array
    bias: Array
    measured: dict[str, Any]


def fit(inputs: npt.NDArray[Any], targets: npt.NDArray[Any], seed: int = 0) -> Ridge:
    """Fit on most of the rows, the penalty chosen on some, measured on others that neither has seen.

    Parameters
    ----------
    inputs : array
        [N, W], a row for each text.
    targets : array
        [N, D], unit vectors.
    """
    order = np.random.default_rng(seed).permutation(len(inputs))
    count = max(1, round(HELD_OUT * len(order)))
    test, choice, train = order[:count], order[count : 2 * count], order[2 * count :]
    x, y = inputs.astype(np.float64), targets.astype(np.float64)
    errors = {}
    for penalty in PENALTIES:
        weight, bias = _solve(x[train], y[train], penalty)
        errors[penalty] = float(np.square(x[choice] @ weight + bias - y[choice]).mean())
    best = min(errors, key=errors.__getitem__)
    weight, bias = _solve(x[order[count:]], y[order[count:]], best)
    measured = {"texts": len(order), "held_out": count, "penalty": best, **measure(x[test] @ weight + bias, y[test])}
    return Ridge(weight, bias, measured)


def measure(found: Array, wanted: Array) -> dict[str, float]:
    """Say how near rows come to their targets.

    Returns
    -------
    dict
        cosine: mean over the rows. cosine_of_the_mean: that of one answer for all, the targets' mean. top_1 and top_10:
        share of rows whose own target is the nearest of all held-out targets, or among the ten nearest; chance_top_1
        and chance_top_10: the same of guessing.
    """
    found, wanted = _unit(found), _unit(wanted)
    cosines = found @ wanted.T
    own = np.diag(cosines)
    # Texts of one meaning may have one target: what is as near as it counts before it.
    rank = (cosines >= own[:, None]).sum(1) - 1
    numbers = {
        "cosine": own.mean(),
        "cosine_of_the_mean": (wanted @ _unit(wanted.mean(0)[None])[0]).mean(),
        "top_1": (rank < 1).mean(),
        "top_10": (rank < 10).mean(),
        "chance_top_1": 1 / len(wanted),
        "chance_top_10": min(1.0, 10 / len(wanted)),
    }
    return {name: round(float(value), 4) for name, value in numbers.items()}


def _solve(x: Array, y: Array, penalty: float) -> tuple[Array, Array]:
    """Weights and bias of least squares with a penalty, in units of the inputs' mean variance."""
    mean_x, mean_y = x.mean(0), y.mean(0)
    x = x - mean_x
    gram = x.T @ x
    gram[np.diag_indices_from(gram)] += penalty * max(1e-12, float(np.trace(gram)) / len(gram))
    weight: Array = np.linalg.solve(gram, x.T @ (y - mean_y))
    return weight, mean_y - mean_x @ weight


def _unit(rows: Array) -> Array:
    scaled: Array = rows / np.maximum(1e-12, np.linalg.norm(rows, axis=1, keepdims=True))
    return scaled
