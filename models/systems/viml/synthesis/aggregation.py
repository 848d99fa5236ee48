"""Step 2 of data2text: which neighbouring facts become one sentence.

Without a model, rules with a random part decide. With one it is RoBERTa with a classifier on tokens as in the
zero-shot pipeline (Kasner and Dušek 2022): the facts are read with the separator token between them, and the class at
each separator says whether the neighbours stay apart (1) or are joined (0).
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor
from transformers import AutoModelForTokenClassification

from models.systems.viml.synthesis.checkpoints import load
from models.systems.viml.synthesis.ordering import pad
from models.systems.viml.synthesis.templates import Fact, Group

APART = 1
Blocks = list[list[Fact]]
"""Facts of an example; those of a block become one sentence."""


class Aggregator(Protocol):
    """Divides the ordered facts of every example into blocks."""

    def __call__(self, examples: Sequence[Sequence[Fact]], rngs: Sequence[random.Random]) -> list[Blocks]:
        """Give the same facts in the same order, in blocks."""


def divide(facts: Sequence[Fact], apart: Sequence[bool]) -> Blocks:
    """Begin a new block wherever `apart` (one shorter than `facts`) says so."""
    blocks = [[facts[0]]]
    for fact, new in zip(facts[1:], apart, strict=True):
        if new:
            blocks.append([fact])
        else:
            blocks[-1].append(fact)
    return blocks


class ConjunctionRules:
    """Joins facts where English allows it.

    Nothing follows a fact whose group is no head; a block has at most `facts` facts and `words` tags; of what is
    allowed `share` is done.
    """

    def __init__(self, groups: Mapping[str, Group], *, share: float = 0.75, facts: int = 3, words: int = 8):
        self.groups = groups
        self.share, self.facts, self.words = share, facts, words

    def __call__(self, examples: Sequence[Sequence[Fact]], rngs: Sequence[random.Random]) -> list[Blocks]:
        """Give the same facts in the same order, in blocks."""
        return [self._divide(facts, rng) for facts, rng in zip(examples, rngs, strict=True)]

    def _divide(self, facts: Sequence[Fact], rng: random.Random) -> Blocks:
        blocks = [[facts[0]]]
        for fact in facts[1:]:
            block = blocks[-1]
            fits = (
                self.groups[block[0].group].head
                and len(block) < self.facts
                and sum(len(member.words) for member in [*block, fact]) <= self.words
            )
            if fits and rng.random() < self.share:
                block.append(fact)
            else:
                blocks.append([fact])
        return blocks


def separated(tokenizer: Any, sentences: Sequence[str], longest: int) -> tuple[list[int], list[int]]:
    """Write sentences as `<s> a </s> b </s> c </s>`.

    Returns
    -------
    tuple of list
        Token ids, and the places of the separators between sentences (one fewer than sentences).
    """
    each = max(2, (longest - 1) // len(sentences))
    ids, places = [tokenizer.bos_token_id], []
    for text in sentences:
        ids += tokenizer(" " + text, add_special_tokens=False)["input_ids"][: each - 1]
        places.append(len(ids))
        ids.append(tokenizer.eos_token_id)
    return ids, places[:-1]


class NeuralAggregation:
    """Joins facts by a token classifier of two classes.

    Parameters
    ----------
    name : str
        Folder or hub name of the checkpoint.
    device : str
        Where it runs.

    Raises
    ------
    ConfigError, CheckpointError
        If there is no such checkpoint, or its classifier is not trained.
    """

    def __init__(self, name: str, device: str = "cpu", batch: int = 32):
        self.model, self.tokenizer = load(AutoModelForTokenClassification, name, whole=True)
        self.model.to(device).eval()
        self.batch = batch
        # RoBERTa counts positions from the padding's index on.
        self.longest = self.model.config.max_position_embeddings - (self.model.config.pad_token_id or 0) - 1

    def __call__(self, examples: Sequence[Sequence[Fact]], rngs: Sequence[random.Random]) -> list[Blocks]:
        """Give the same facts in the same order, in blocks."""
        blocks: list[Blocks] = []
        for start in range(0, len(examples), self.batch):
            chunk = examples[start : start + self.batch]
            apart = self.apart([[fact.sentence for fact in facts] for facts in chunk])
            blocks += [divide(facts, row) for facts, row in zip(chunk, apart, strict=True)]
        return blocks

    @torch.inference_mode()
    def apart(self, examples: Sequence[Sequence[str]]) -> list[list[bool]]:
        """Say for every pair of neighbouring sentences whether they stay apart."""
        written = [separated(self.tokenizer, sentences, self.longest) for sentences in examples]
        ids, mask = pad([row for row, _ in written], self.tokenizer.pad_token_id)
        classes = self.model(input_ids=ids.to(self.model.device), attention_mask=mask.to(self.model.device))
        chosen: Tensor = classes.logits.argmax(-1).cpu()
        return [[bool(row[i] == APART) for i in places] for row, (_, places) in zip(chosen, written, strict=True)]
