"""From the moods of a picture to vectors of a space that no picture was learnt with, by way of words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]


def phrases_of(moods: Sequence[str]) -> list[str]:
    """Give what is said of music of each mood."""
    return [f"{mood} music" for mood in moods]


def bridge(scores: Array, words: Array) -> Array:
    """Turn moods into vectors: the sum of what stands out, each by how far it stands out.

    Scores below the mean of all moods count nothing: the sum over all of them says hardly more than "music".

    Parameters
    ----------
    scores : float32 [S, M]
        Of each segment's moods, in any unit.
    words : float32 [M, D]
        Unit vectors of the moods' phrases.

    Returns
    -------
    float32 [S, D]
        Unit vectors.
    """
    weights = np.maximum(scores - scores.mean(1, keepdims=True), 0)
    weights[weights.sum(1) <= 0] = 1  # all alike
    vectors = weights @ words
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-9), np.float32)
