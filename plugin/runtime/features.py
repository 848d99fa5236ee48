"""What the engine hears and sees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
SAME = 0.999
"""Cosine from which two tracks are one recording, in another file or coding."""


@dataclass(frozen=True)
class MusicFeatures:
    """What is heard in B segments.

    Attributes
    ----------
    embedding : float32 [B, D]
        Unit vectors of the joint space.
    tags : float32 [B, V]
        Scores 0..1 in the vocabulary's order.
    sequence : float32 [B, 20, 256]
        Latents that the core's captioner reads.
    core_tags : float32 [B, W], optional
        Scores of the core's own tags, where `tags` are those of a part.
    excerpt : float32 [N], optional
        Sound from about the middle of the range, at the engine's rate, for a captioner that is a part.
    """

    embedding: Array
    tags: Array
    sequence: Array
    core_tags: Array | None = None
    excerpt: Array | None = None

    @property
    def of_core(self) -> Array:
        """Scores in the order of the core's own vocabulary."""
        return self.tags if self.core_tags is None else self.core_tags


@dataclass(frozen=True)
class VideoFeatures:
    """What is seen.

    Attributes
    ----------
    embedding : float32 [S, D]
        One unit vector of the joint space for each segment.
    moods : list of (str, float)
        Mood words of the whole range with their scores, highest first.
    """

    embedding: Array
    moods: list[tuple[str, float]]


def same_recording(one: Array, other: Array) -> bool:
    """Whether two tracks' embeddings, float32 [D], are of one recording."""
    return float(one @ other) > SAME


def join_features(parts: list[MusicFeatures], excerpt: Array | None = None) -> MusicFeatures:
    """Put segments behind each other; `excerpt` is that of them all."""
    tags = [part.core_tags for part in parts if part.core_tags is not None]
    return MusicFeatures(
        np.concatenate([part.embedding for part in parts]),
        np.concatenate([part.tags for part in parts]),
        np.concatenate([part.sequence for part in parts]),
        np.concatenate(tags) if tags else None,
        excerpt,
    )
