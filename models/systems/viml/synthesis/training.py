"""Trains the three steps of data2text on paragraphs that the rules made.

The zero-shot pipeline learns its steps from WikiFluent, sentences of Wikipedia taken apart, and meets templates for the
first time when it is used. Whoever has its checkpoints gives their names; this module makes some from any BART and
RoBERTa, fitted to our templates.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import AutoModelForSeq2SeqLM, AutoModelForTokenClassification

from models.errors import ConfigError, DatasetError
from models.systems.viml.synthesis.aggregation import Blocks, ConjunctionRules, separated
from models.systems.viml.synthesis.base import Tag
from models.systems.viml.synthesis.checkpoints import load
from models.systems.viml.synthesis.compression import SubjectRules, add_separator, with_separators
from models.systems.viml.synthesis.ordering import BartForOrdering, SalienceOrder, ordering_loss, pad
from models.systems.viml.synthesis.templates import facts, read_groups

IGNORED = -100
Loss = Callable[[Any, Any, Sequence["Paragraph"], random.Random], Tensor]


@dataclass(frozen=True)
class Paragraph:
    """What the rules made of a set of tags: facts in order and in blocks, and their text."""

    blocks: Blocks
    text: str

    @property
    def sentences(self) -> list[str]:
        """The facts in order."""
        return [fact.sentence for block in self.blocks for fact in block]

    @property
    def apart(self) -> list[int]:
        """For each fact but the first, 1 where a block begins."""
        return [int(place == 0) for block in self.blocks for place in range(len(block))][1:]


def make_paragraphs(tags: Sequence[Sequence[Tag]], rng: random.Random) -> list[Paragraph]:
    """Let the rules write about sets of tags; those of fewer than two facts teach nothing and are left out."""
    groups = read_groups()
    order, divide, write = SalienceOrder(groups), ConjunctionRules(groups), SubjectRules()
    told = [made for chosen in tags if len(made := facts(chosen, groups, rng)) > 1]
    rngs = [random.Random(rng.getrandbits(64)) for _ in told]
    examples = divide(order(told, rngs), rngs)
    return [Paragraph(blocks, text) for blocks, text in zip(examples, write(examples, rngs), strict=True)]


def _ordering(model: Any, tokenizer: Any, batch: Sequence[Paragraph], rng: random.Random) -> Tensor:
    longest = max(len(paragraph.sentences) for paragraph in batch)
    shuffled, orders = [], []
    for paragraph in batch:
        places = list(range(len(paragraph.sentences)))
        rng.shuffle(places)
        shuffled.append([paragraph.sentences[place] for place in places])
        orders.append([places.index(i) for i in range(len(places))] + [-1] * (longest - len(places)))
    return ordering_loss(model, tokenizer, shuffled, torch.tensor(orders))


def _aggregation(model: Any, tokenizer: Any, batch: Sequence[Paragraph], rng: random.Random) -> Tensor:
    room = model.config.max_position_embeddings - (model.config.pad_token_id or 0) - 1
    written = [separated(tokenizer, paragraph.sentences, room) for paragraph in batch]
    ids, mask = pad([row for row, _ in written], tokenizer.pad_token_id)
    targets = torch.full_like(ids, IGNORED)
    for row, ((_, places), paragraph) in enumerate(zip(written, batch, strict=True)):
        targets[row, places] = torch.tensor(paragraph.apart)
    logits = model(input_ids=ids.to(model.device), attention_mask=mask.to(model.device)).logits
    return F.cross_entropy(logits.flatten(0, 1), targets.to(model.device).flatten(), ignore_index=IGNORED)


def _compression(model: Any, tokenizer: Any, batch: Sequence[Paragraph], rng: random.Random) -> Tensor:
    options = {"padding": True, "truncation": True, "return_tensors": "pt"}
    room = model.config.max_position_embeddings
    read = tokenizer([with_separators(p.blocks) for p in batch], max_length=room, **options)
    texts = [p.text + tokenizer.eos_token for p in batch]
    targets = tokenizer(texts, max_length=room, add_special_tokens=False, **options)
    labels = targets["input_ids"].masked_fill(targets["attention_mask"] == 0, IGNORED)
    loss: Tensor = model(
        input_ids=read["input_ids"].to(model.device),
        attention_mask=read["attention_mask"].to(model.device),
        labels=labels.to(model.device),
    ).loss
    return loss


STEPS: dict[str, tuple[Any, Loss]] = {
    "ordering": (BartForOrdering, _ordering),
    "aggregation": (AutoModelForTokenClassification, _aggregation),
    "compression": (AutoModelForSeq2SeqLM, _compression),
}


def train_step(
    step: str,
    start: str,
    paragraphs: Sequence[Paragraph],
    out: Path,
    *,
    steps: int = 1000,
    batch: int = 16,
    learning_rate: float = 3e-5,
    seed: int = 0,
    device: str = "cpu",
    progress: Callable[[int, float], object] | None = None,
) -> Path:
    """Train a step of data2text and save it for `data2text`.

    Parameters
    ----------
    step : str
        ordering, aggregation or compression.
    start : str
        Folder or hub name of the BART (ordering, compression) or RoBERTa (aggregation) to begin with.
    paragraphs : sequence of Paragraph
        To learn from.
    out : Path
        Folder for the checkpoint.
    steps, batch, learning_rate, seed, device
        Of the training.
    progress : callable, optional
        Told the step and its loss in nats.

    Returns
    -------
    Path
        `out`.

    Raises
    ------
    ConfigError, CheckpointError
        If there is no such step, or no such checkpoint.
    DatasetError
        If there are no paragraphs.
    """
    if step not in STEPS:
        raise ConfigError(f"data2text has no step {step!r}: choose one of {', '.join(STEPS)}")
    if not paragraphs:
        raise DatasetError(f"no paragraphs to train {step} on: they need tags of two groups or more")
    kind, loss_of = STEPS[step]
    rng = random.Random(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model, tokenizer = load(kind, start)
        if step == "compression":
            add_separator(model, tokenizer)
        model.to(device).train()
        optimizer = torch.optim.AdamW(model.parameters(), learning_rate)
        for number in range(steps):
            loss = loss_of(model, tokenizer, rng.choices(paragraphs, k=batch), rng)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            if progress:
                progress(number, float(loss.detach()))
    model.eval().save_pretrained(out)
    tokenizer.save_pretrained(out)
    return out
