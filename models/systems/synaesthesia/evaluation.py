"""What is measured on a split: captions, the topology that the group loss promises, retrieval of sentences, tags."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from models.datasets.base import Split
from models.generation.search import beam_search
from models.metrics import captions, retrieval, tags
from models.systems.base import Prepared
from models.systems.synaesthesia.bleu import sentence_bleu
from models.systems.synaesthesia.heuristics import by_group, write_sentence
from models.systems.synaesthesia.structure import cosines, pearson
from models.systems.synaesthesia.text import CaptionDecoder
from models.systems.tokens import decode

if TYPE_CHECKING:
    from models.systems.synaesthesia.system import Synaesthesia


@dataclass(frozen=True)
class Encoded:
    """A split as the network sees it: latents [N, tokens, width] of both sides, and what belongs to each record."""

    music: Tensor
    text: Tensor
    words: Tensor
    sentence: Tensor | None
    owner: Tensor
    tags: Tensor
    known: Tensor
    first: list[str]
    texts: list[list[str]]


@contextmanager
def evaluating(system: nn.Module) -> Iterator[torch.device]:
    """Evaluation mode without gradients, the mode put back; gives the device."""
    training = system.training
    system.eval()
    try:
        with torch.inference_mode():
            yield next(system.parameters()).device
    finally:
        system.train(training)


def encode_split(system: Synaesthesia, prepared: Prepared, split: Split, device: torch.device) -> Encoded:
    """Encode every record of a split once, with its first sentence."""
    examples = prepared.splits[split]
    size = system.settings.generation.batch
    found: dict[str, list[Tensor]] = {name: [] for name in ("music", "text", "words", "owner", "tags", "known")}
    sentences: list[Tensor] = []
    first, texts = [], []
    for begin in range(0, len(examples), size):
        batch = prepared.collate([examples.example(i, None) for i in range(begin, min(begin + size, len(examples)))])
        moved = {name: value.to(device) for name, value in batch.items() if isinstance(value, Tensor)}
        found["music"].append(system.music_encoder(moved["spectrogram"], moved["frames"]).float())
        found["text"].append(system.text_encoder(moved["ids"], moved["mask"]).float())
        for name in ("words", "owner", "tags", "known"):
            found[name].append(moved[name])
        if "sentence" in moved:
            sentences.append(moved["sentence"])
        first += batch["text"]
        texts += [list(alternatives) for alternatives in batch["texts"]]
    tensors = {name: torch.cat(parts) for name, parts in found.items()}
    return Encoded(**tensors, sentence=torch.cat(sentences) if sentences else None, first=first, texts=texts)


def write_captions(system: Synaesthesia, music: Tensor, beams: int | None = None) -> list[str]:
    """Write a sentence for every row of music latents [N, tokens, width]; 1 beam is greedy search."""
    generation, tokenizer = system.settings.generation, system.tokenizer
    found = []
    for part in torch.split(music, generation.batch):
        found += beam_search(
            CaptionDecoder(system.text_decoder),
            part,
            begin=tokenizer.bos_token_id,
            end=tokenizer.eos_token_id,
            longest=system.settings.data.longest - 1,
            beams=beams or generation.beams,
            length_penalty=generation.length_penalty,
            pad=tokenizer.pad_token_id,
        )
    # Words of a learnt vocabulary come back with a space before every mark.
    return [re.sub(r"\s+([,.;:!?])", r"\1", decode(tokenizer, hypotheses[0].ids)) for hypotheses in found]


def topology(p: Tensor, q: Tensor, owner: Tensor) -> float:
    """Pearson correlation of p and q [N, N] over all pairs of different recordings; nan where either is constant."""
    other = owner[:, None] != owner[None]
    mask = other.reshape(1, -1)
    if not mask.any():
        return float("nan")
    return float(pearson(p.double().reshape(1, -1), q.double().reshape(1, -1), mask)[0])


def evaluate(system: Synaesthesia, prepared: Prepared, split: Split) -> dict[str, float]:
    """Measure a split.

    Returns
    -------
    dict
        The captions' metrics (`models.metrics.captions.evaluate`); `topology_bleu`, `topology_latents` and, with a
        sentence encoder, `topology_sentence`: Pearson correlation of the music latents' cosines with the sentences'
        similarities over all pairs; `recall@k`, `median_rank` and their chance levels of finding a recording's
        sentence by the cosine of the latents; with classification, ROC-AUC and PR-AUC of the tags heard in the music
        (`tags_...`) and the metrics of the heuristic sentences made from those tags (`heuristic_...`).
    """
    with evaluating(system) as device:
        found = encode_split(system, prepared, split, device)
        music, text = found.music.flatten(1), found.text.flatten(1)
        written = write_captions(system, found.music)
        metrics = dict(captions.evaluate(written, found.texts))
        p = cosines(music, music)
        metrics["topology_bleu"] = topology(p, sentence_bleu(found.words, found.words), found.owner)
        metrics["topology_latents"] = topology(p, cosines(text, text), found.owner)
        if found.sentence is not None:
            metrics["topology_sentence"] = topology(p, cosines(found.sentence, found.sentence), found.owner)
        between = cosines(music, text).cpu().numpy()
        metrics |= retrieval.evaluate(between, np.arange(len(between)))
        if system.settings.model.structure.kind == "classification":
            scores = system.structure.tags_of_music(music).sigmoid().cpu().numpy()
            truth = found.tags.cpu().numpy() >= 0.5
            if (truth.any(0) & ~truth.all(0)).any():
                metrics |= {f"tags_{name}": v for name, v in tags.evaluate(truth, scores, system.tags).items()}
            guessed = [guess_sentence(system, row) for row in scores]
            metrics |= {f"heuristic_{name}": v for name, v in captions.evaluate(guessed, found.texts).items()}
    return metrics


def guess_sentence(system: Synaesthesia, scores: np.ndarray) -> str:
    """Write the heuristic baseline's sentence from tag scores [K]."""
    tagged = dict(zip(system.tags, map(float, scores), strict=True))
    return write_sentence(system.templates, by_group(tagged, dict(zip(system.tags, system.groups, strict=True))))
