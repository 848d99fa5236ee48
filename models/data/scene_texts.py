"""Scenes in words, with the music that suits them by the scenes' stated prior; no picture is needed for these."""

from __future__ import annotations

import numpy as np

from models.data.vocabulary import load_vocabulary
from plugin.synth.scenes import random_scene

FIRST_SEED, SCENES = 10_000, 3000
"""Other scenes than those filmed for the video encoder, so that its held-out ones stay unheard of."""
SUITING = 12
"""Scenes that suit a segment best, of which one is drawn."""
LEAST = 0.35
"""Cosine of a segment's tags and a scene's prior below which no scene suits it."""


def prior_tags(truth: dict[str, object]) -> np.ndarray:
    """Weights float32 [V] of the tags of music that suits a scene, by the scene's prior."""
    vocabulary = load_vocabulary()
    out = np.zeros(len(vocabulary), np.float32)
    for group, share in (("mood", 1.0), ("genre", 0.6)):
        weights = truth[group]
        if not isinstance(weights, dict):
            raise TypeError(f"a scene's {group} must be words with weights")
        for word, weight in weights.items():
            out[vocabulary.index(word)] = share * weight
    return out


def suiting_scenes(target: np.ndarray, weight: np.ndarray) -> list[list[str]]:
    """Descriptions of the scenes that suit segments best, by moods and genres; none for those without.

    Parameters
    ----------
    target, weight : float [S, V]
        Tags of segments and how sure they are.
    """
    truths = [random_scene(seed).truth() for seed in range(FIRST_SEED, FIRST_SEED + SCENES)]
    priors = np.stack([prior_tags(truth) for truth in truths])
    priors /= np.linalg.norm(priors, axis=1, keepdims=True)
    told = np.array([group in ("mood", "genre") for group in load_vocabulary().groups])
    tags = target * weight * told
    cosine = tags / np.maximum(np.linalg.norm(tags, axis=1, keepdims=True), 1e-6) @ priors.T
    best = np.argsort(-cosine, axis=1)[:, :SUITING]
    return [
        [str(truths[place]["description"]) for place in row if found[place] >= LEAST]
        for row, found in zip(best, cosine, strict=True)
    ]
