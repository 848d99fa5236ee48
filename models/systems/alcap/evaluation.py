"""Evaluation: tags; captions, retrieval through captions, and how well music and lyrics are aligned."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional as F

from models.datasets.base import Split
from models.errors import DatasetError
from models.metrics import captions as caption_metrics
from models.metrics import retrieval as retrieval_metrics
from models.metrics import sentences
from models.metrics import tags as tag_metrics
from models.systems import tokens
from models.systems.base import Batch, Prepared

if TYPE_CHECKING:
    from models.systems.alcap.system import Alcap

CUTOFFS = (5, 10, 20, 30)
"""Of retrieval through captions, as in the paper's table 2."""
Written = dict[str, tuple[str, tuple[str, ...]]]
"""Caption and references by record key."""


def batches(system: Alcap, prepared: Prepared, split: Split) -> Iterator[Batch]:
    """Batches of a split without anything random, on the system's device."""
    examples, settings = prepared.splits[split], system.settings.evaluation
    count = min(len(examples), settings.most or len(examples))
    if not count:
        raise DatasetError(f"the split {split} has no records that can be evaluated")
    for first in range(0, count, settings.batch):
        rows = range(first, min(count, first + settings.batch))
        batch = prepared.collate([examples.example(row, None) for row in rows])
        yield {
            name: value.to(system.device) if isinstance(value, torch.Tensor) else value for name, value in batch.items()
        }


@torch.no_grad()
def evaluate_tags(system: Alcap, prepared: Prepared, split: Split) -> dict[str, float]:
    """ROC-AUC and PR-AUC of the tags, over the records that have audio and tags."""
    targets, scores = [], []
    for batch in batches(system, prepared, split):
        rows = [i for i, mel in enumerate(batch["middle"]) if mel is not None and bool(batch["tagged"][i])]
        if rows:
            logits = system.tagger(*system.stack([batch["middle"][i] for i in rows]))
            scores.append(logits.float().cpu().numpy())
            targets.append(batch["tags"][rows].cpu().numpy())
    if not targets:
        raise DatasetError(f"the split {split} has no records with audio and tags")
    try:
        return tag_metrics.evaluate(np.concatenate(targets), np.concatenate(scores), system.tagger.tags)
    except ValueError as error:
        raise DatasetError(f"the split {split}: {error}") from error


@torch.no_grad()
def write_captions(system: Alcap, prepared: Prepared, split: Split) -> Written:
    """Write the captions of a split: caption and references by record key. The system must be in evaluation mode."""
    written = {}
    for batch in batches(system, prepared, split):
        for key, found, references in zip(batch["key"], system.write(batch), batch["references"], strict=True):
            written[key] = (tokens.decode(system.tokenizer, found.ids), references)
    return written


@torch.no_grad()
def evaluate_captions(
    system: Alcap, prepared: Prepared, split: Split, written: Written | None = None
) -> dict[str, float]:
    """Metrics of the captions, retrieval through them, and R@k of the alignment with chance beside it.

    The system must be in evaluation mode; `written` saves writing the captions again.
    """
    written = written or write_captions(system, prepared, split)
    hypotheses = [caption for caption, _ in written.values()]
    references = [list(texts) for _, texts in written.values()]
    values = dict(caption_metrics.evaluate(hypotheses, references))
    if system.settings.evaluation.sentences is not None:
        name = system.settings.evaluation.sentences
        encode = sentences.encoder(None if name == "package" else name, device=str(system.device))
        values |= evaluate_retrieval(hypotheses, references, encode, seed=system.settings.seed)
    if system.captioner.alignment is not None:
        values |= evaluate_alignment(system, prepared, split)
    return values


def sentences_of(text: str) -> list[str]:
    """Cut a text into its sentences."""
    return [part for part in map(str.strip, re.split(r"(?<=[.!?])\s+", text)) if part] or [text]


def evaluate_retrieval(
    captions: Sequence[str], references: Sequence[Sequence[str]], encode: sentences.Encoder, *, seed: int
) -> dict[str, float]:
    """Retrieve music by text through the captions that were written for it (section 6.4).

    Query i is a sentence, drawn once and for all, of the references of example i; the pool are all captions.

    Returns
    -------
    dict
        What `models.metrics.sentences.retrieval` gives, as `retrieval_NAME`.
    """
    rng = np.random.default_rng(seed)
    queries = []
    for texts in references:
        candidates = list(chain.from_iterable(map(sentences_of, texts)))
        queries.append(candidates[int(rng.integers(len(candidates)))])
    values = sentences.retrieval(queries, captions, np.arange(len(queries)), encode, CUTOFFS)
    return {f"retrieval_{name}": value for name, value in values.items()}


@torch.no_grad()
def evaluate_alignment(system: Alcap, prepared: Prepared, split: Split) -> dict[str, float]:
    """Find the lyrics of a piece by its music and back, among the records that have both; empty for fewer than two."""
    assert system.captioner.alignment is not None
    music: list[npt.NDArray[np.float32]] = []
    lyrics: list[npt.NDArray[np.float32]] = []
    for batch in batches(system, prepared, split):
        _, states, heard = system.encode(batch)
        assert heard is not None
        codes = system.captioner.alignment(heard.sequence, heard.mask, states, batch["lyrics_mask"])
        both = batch["has_lyrics"] & heard.present
        for kept, code in zip((music, lyrics), codes, strict=True):
            kept.append(F.normalize(code[both].float(), dim=-1).cpu().numpy())
    similarity = np.concatenate(music) @ np.concatenate(lyrics).T
    if len(similarity) < 2:
        return {}
    truth = np.arange(len(similarity))
    directions: Mapping[str, npt.NDArray[np.float32]] = {"lyrics_by_music": similarity, "music_by_lyrics": similarity.T}
    return {
        f"{name}_{metric}": value
        for name, matrix in directions.items()
        for metric, value in retrieval_metrics.evaluate(matrix, truth).items()
    }
