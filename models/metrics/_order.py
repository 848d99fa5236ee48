"""Places in an order with ties, for ranking metrics."""

from __future__ import annotations

import numpy as np


def places(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give for every score [N] how many are higher, and how many equal it (itself counted); int64 [N] each."""
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    higher = len(scores) - np.cumsum(counts)
    return higher[inverse], counts[inverse]


def matrix(values: object, name: str) -> np.ndarray:
    """Give a float64 matrix [rows, columns] without NaN; ValueError with one line otherwise."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 2 or not array.size:
        raise ValueError(f"{name}: a matrix with at least one row and one column is needed, not shape {array.shape}")
    if np.isnan(array).any():
        raise ValueError(f"{name}: NaN in row {int(np.isnan(array).any(axis=1).argmax())}")
    return array
