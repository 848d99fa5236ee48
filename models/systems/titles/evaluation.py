"""Scores of searched titles by size of the beam (section 5).

Names of the metrics end in `_kN` for N beams: `bleu1` is unigram BLEU, `precision1` the same without the brevity
penalty (the paper says "unigram BLEU precision" and leaves open which of the two it means), `chance1` unigram BLEU of
the same titles given to other examples (the mean of five ways to do so); `bleu`, `rougeL`, `distinct1` and
`distinct2` beside them, each 0..100; `words` is the mean length. `loss` (nats a token) and `perplexity` are
teacher-forced. `seconds`, the time of the search for one title, is told of the test split only: what is measured while
training must come out the same in a run that was cut and resumed.

With tiles, every tile of an image is captioned on its own, and each metric is the mean over the tiles' places.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from models.datasets.base import Split
from models.errors import DatasetError
from models.metrics.captions import bleu, distinct, rouge, unigram_bleu, unigram_precision
from models.systems.base import Batch, Example, Prepared
from models.systems.titles.data import PreparedTitles, pieces
from models.systems.titles.pictures import tiles
from models.systems.tokens import decode

if TYPE_CHECKING:
    from models.systems.titles.system import Titles

STRANGERS = 5


@dataclass(frozen=True)
class Encoded:
    """A split behind the encoder.

    Attributes
    ----------
    memory : Tensor
        float32 [N, width], the tiles of an example one behind the other.
    owners, places : list of int
        Example and place within it of each row.
    references : list of list of str
        By example, its words divided as the vocabulary divides them.
    loss : float
        Mean cross-entropy of a token over all tiles.
    """

    memory: Tensor
    owners: list[int]
    places: list[int]
    references: list[list[str]]
    loss: float


def tiled(example: Example, side: int | None) -> list[Example]:
    """Give an example for each tile, or the example itself where there are none to make."""
    if side is None or "pixels" not in example:
        return [example]
    if min(example["pixels"].shape[1:]) < side:
        raise DatasetError(f"data.tile: {side} is more than the pictures' {min(example['pixels'].shape[1:])}")
    return [{**example, "pixels": tile} for tile in tiles(example["pixels"], side)]


def to_device(batch: Batch, device: torch.device) -> Batch:
    """Move a batch's tensors."""
    return {name: value.to(device) if isinstance(value, Tensor) else value for name, value in batch.items()}


@torch.no_grad()
def encode_split(system: Titles, prepared: PreparedTitles, split: Split) -> Encoded:
    """Run the encoder over a split, `evaluation.batch` examples at a time; in evaluation mode."""
    examples, settings = prepared.splits[split], system.settings
    device = next(system.parameters()).device
    memory: list[Tensor] = []
    owners: list[int] = []
    places: list[int] = []
    references: list[list[str]] = []
    total = count = 0.0
    for first in range(0, len(examples), settings.evaluation.batch):
        parts: list[Example] = []
        for index in range(first, min(first + settings.evaluation.batch, len(examples))):
            example = examples.example(index, None)
            cut = tiled(example, prepared.settings.tile)
            owners += [index] * len(cut)
            places += range(len(cut))
            parts += cut
            references.append([" ".join(pieces(system.tokenizer, text)) for text in example["references"]])
        batch = to_device(prepared.collate(parts), device)
        vectors = system.memory(batch)
        total += float(system.token_losses(vectors, batch).sum())
        count += float(batch["mask"][:, 1:].sum())
        memory.append(vectors)
    return Encoded(torch.cat(memory), owners, places, references, total / count)


def titles(system: Titles, memory: Tensor, beams: int) -> tuple[list[str], float]:
    """Search the best title for each image vector.

    Returns
    -------
    titles : list of str
    seconds : float
        Of the search, for one title.
    """
    rows = max(1, system.settings.evaluation.rows // beams)
    started = time.perf_counter()
    found = [best[0] for part in torch.split(memory, rows) for best in system.search(part, beams)]
    seconds = (time.perf_counter() - started) / max(1, len(found))
    return [decode(system.tokenizer, hypothesis.ids) for hypothesis in found], seconds


def scores(hypotheses: Sequence[str], references: Sequence[list[str]]) -> dict[str, float]:
    """Score titles that belong together."""
    said, meant = list(hypotheses), list(references)
    count = len(meant)
    shifts = np.random.default_rng(0).permutation(np.arange(1, count))[:STRANGERS] if count > 1 else np.zeros(1, int)
    strangers = [unigram_bleu(said, meant[shift:] + meant[:shift]) for shift in shifts.tolist()]
    return {
        "bleu1": unigram_bleu(said, meant),
        "precision1": unigram_precision(said, meant),
        "chance1": float(np.mean(strangers)),
        "bleu": bleu(said, meant),
        "rougeL": rouge(said, meant)["rougeL"],
        "distinct1": distinct(said, 1),
        "distinct2": distinct(said, 2),
        "words": float(np.mean([len(text.split()) for text in said])),
    }


def evaluate(system: Titles, prepared: Prepared, split: Split) -> dict[str, float]:
    """Evaluate a split: the test split with every size of the beam, another one with the first size."""
    assert isinstance(prepared, PreparedTitles)
    training = system.training
    system.eval()
    try:
        encoded = encode_split(system, prepared, split)
        sizes = system.settings.evaluation.beams
        metrics = {"loss": encoded.loss, "perplexity": math.exp(min(encoded.loss, 700.0))}
        for beams in sizes if split == "test" else sizes[:1]:
            said, seconds = titles(system, encoded.memory, beams)
            found = scored(encoded, said) | ({"seconds": seconds} if split == "test" else {})
            metrics.update({f"{name}_k{beams}": value for name, value in found.items()})
        if split == "test":
            metrics["left_out"] = float(prepared.dropped.total())
        return metrics
    finally:
        system.train(training)


def scored(encoded: Encoded, said: Sequence[str]) -> dict[str, float]:
    """Score the titles of a split's image vectors."""
    by_place: list[dict[str, float]] = []
    for place in range(max(encoded.places) + 1):
        rows = [row for row, here in enumerate(encoded.places) if here == place]
        by_place.append(scores([said[row] for row in rows], [encoded.references[encoded.owners[row]] for row in rows]))
    return {name: float(np.mean([found[name] for found in by_place])) for name in by_place[0]}
