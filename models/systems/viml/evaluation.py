"""Retrieval of music by video, by text and by both (ViML, section 4.1).

Every query is ranked against a pool of N tracks that holds its own: 2,000 at track level, 500 at clip level. Where a
split holds fewer all of it is the pool; where it holds more each query gets a random pool of its own.

Values are named `LEVEL/QUERY/METRIC`, and `LEVEL/METRIC` what does not depend on the query (pool, chance). Levels are
`track` (whole sequences) and, where any is longer than a clip, `clip` (their middle); queries are `video+text`,
`video` and `text`. `score` is the mean reciprocal rank of the variant's full query at the level it is trained on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from models.datasets.base import Split
from models.errors import DatasetError
from models.metrics import retrieval
from models.systems.base import Prepared
from models.systems.viml.data import Pairs
from models.systems.viml.settings import Level

if TYPE_CHECKING:
    from models.systems.viml.system import ViML

BATCH = 256
SEED = 2023
"""Of the pools: the same for every model that is compared."""


def queries(system: ViML) -> tuple[str, ...]:
    """Names of the queries that a variant can answer, the full one first."""
    model = system.settings.model
    if model.sees and model.reads:
        return ("video+text", "video", "text")
    return ("video",) if model.sees else ("text",)


@torch.inference_mode()
def embed(system: ViML, prepared: Prepared, split: Split, level: Level) -> dict[str, npt.NDArray[np.float32]]:
    """Unit vectors [N, D] of all music of a split (`music`) and of every query; row numbers are those of the split."""
    examples = prepared.splits[split]
    if not isinstance(examples, Pairs) or not len(examples):
        raise DatasetError(f"the {split} split is empty")
    place = system.empty_text.device
    found: dict[str, list[Tensor]] = {"music": [], **{name: [] for name in queries(system)}}
    training = system.training
    system.eval()
    try:
        for first in range(0, len(examples), BATCH):
            numbers = range(first, min(first + BATCH, len(examples)))
            batch = prepared.collate([examples.at(number, level) for number in numbers])
            batch = {name: value.to(place) if isinstance(value, Tensor) else value for name, value in batch.items()}
            found["music"].append(system.embed_music(batch["music"], batch["music_valid"]))
            for name in queries(system):
                video = (batch["video"], batch["video_valid"]) if "video" in name else (None, None)
                text = (batch["text"], batch["has_text"]) if "text" in name else (None, None)
                found[name].append(system.embed_query(*video, *text))
    finally:
        system.train(training)
    return {name: torch.cat(parts).float().cpu().numpy() for name, parts in found.items()}


def pooled(
    similarity: npt.NDArray[np.floating], pool: int, seed: int = SEED
) -> tuple[npt.NDArray[np.floating], npt.NDArray[np.int64]]:
    """Give every query of `similarity` [N, N] its pool.

    Returns
    -------
    tuple of ndarray
        Similarities [N, min(N, pool)], and the place of each query's own track in its row, int64 [N].
    """
    count = len(similarity)
    if count <= pool:
        return similarity, np.arange(count)
    rng = np.random.default_rng(seed)
    rows = []
    for query in range(count):
        others = rng.choice(count - 1, pool - 1, replace=False)
        rows.append(similarity[query, np.concatenate([[query], others + (others >= query)])])
    return np.stack(rows), np.zeros(count, np.int64)


def evaluate(system: ViML, prepared: Prepared, split: Split) -> dict[str, float]:
    """Recall, median rank and chance of every query at both levels."""
    data = system.settings.data
    values: dict[str, float] = {}
    levels: tuple[tuple[Level, int], ...] = (("track", data.track_pool), ("clip", data.clip_pool))
    for level, pool in levels:
        if level == "clip" != data.level and not _longer(prepared, split, data.clip_segments):
            continue  # every track is one clip: the level would say the same again
        vectors = embed(system, prepared, split, level)
        for name in queries(system):
            similarity, truth = pooled(vectors[name] @ vectors["music"].T, pool)
            found = retrieval.evaluate(similarity, truth)
            for metric, value in found.items():
                # Pool and chance are the same for all queries of a level.
                shared = metric.startswith("chance") or metric in ("pool", "queries")
                values[f"{level}/{metric}" if shared else f"{level}/{name}/{metric}"] = value
            if level == data.level and name == queries(system)[0]:
                values["score"] = found["mrr"]
    return values


def _longer(prepared: Prepared, split: Split, segments: int) -> bool:
    """Tell whether any track of a split has more segments than a clip."""
    examples = prepared.splits[split]
    return isinstance(examples, Pairs) and any(
        examples.stores["music"].shape(item.music)[0] > segments for item in examples.items
    )
