"""How well the music of videos that were held out is found."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from models.metrics.retrieval import evaluate
from models.nets.video import VideoEncoder
from models.pairs.data import Segments
from models.training.losses import info_nce

CUTOFFS = (1, 5, 10)
BATCH = 64


@torch.inference_mode()
def watch(model: VideoEncoder, segments: Segments, rows: npt.NDArray[np.int64]) -> Tensor:
    """Give the unit vectors [B, 256] of segments as they are."""
    model.eval()
    parts = []
    for first in range(0, len(rows), BATCH):
        some = rows[first : first + BATCH]
        parts.append(model.from_features(*segments.look(some, np.zeros(len(some), np.int64)))[0])
    return torch.cat(parts)


def loss_of(seen: Tensor, segments: Segments, rows: npt.NDArray[np.int64]) -> float:
    """InfoNCE of segments against each other, by what `watch` gives."""
    return float(info_nce(seen, segments.music[rows], segments.same(rows)))


def retrieval(seen: Tensor, segments: Segments, rows: npt.NDArray[np.int64]) -> dict[str, float]:
    """Rank all music of the segments for each of them.

    Returns
    -------
    dict of str to float
        As `models.metrics.retrieval.evaluate` gives it: the right one is the music under the very segment. With
        `video_` before the name: the pool is one entry for each video, scored by its best segment.
    """
    similarity = (seen @ segments.music[rows].T).numpy()
    names, video = np.unique(segments.video[rows], return_inverse=True)
    whole = np.stack([similarity[:, video == number].max(1) for number in range(len(names))], axis=1)
    scores = evaluate(similarity, np.arange(len(rows)), CUTOFFS)
    return scores | {f"video_{name}": value for name, value in evaluate(whole, video, CUTOFFS).items()}


def is_better(before: dict[str, float], after: dict[str, float]) -> bool:
    """Tell whether learning has paid: the right music has moved up, to a place that guessing would not give it.

    What counts is the median rank, and where that has stayed the mean reciprocal rank.
    """
    moved_up = (after["median_rank"], -after["mrr"]) < (before["median_rank"], -before["mrr"])
    return moved_up and after["median_rank"] < after["chance_median_rank"]


def describe(scores: dict[str, float]) -> str:
    """Write the ranks in a line."""
    recalls = ", ".join(f"R@{cutoff} {scores[f'recall@{cutoff}']:.1f}" for cutoff in CUTOFFS)
    return f"median rank {scores['median_rank']:g}, {recalls} %; right video's music: {_of_videos(scores)}"


def describe_chance(scores: dict[str, Any]) -> str:
    """Write what guessing would give, and of how many."""
    recalls = ", ".join(f"R@{cutoff} {scores[f'chance_recall@{cutoff}']:.1f}" for cutoff in CUTOFFS)
    return (
        f"median rank {scores['chance_median_rank']:g} of {scores['pool']:g}, {recalls} %; right video's music: "
        f"median rank {scores['video_chance_median_rank']:g} of {scores['video_pool']:g}"
    )


def _of_videos(scores: dict[str, float]) -> str:
    return f"median rank {scores['video_median_rank']:g}, R@1 {scores['video_recall@1']:.1f} %"
