"""Step 3 of data2text: a paragraph from blocks of facts.

Without a model, the repeated subjects of a block are taken away and what is left follows the first fact. With one it
is BART as in the zero-shot pipeline (Kasner and Dušek 2022): it reads the facts with `<sep>` between the blocks and
writes the paragraph.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Protocol

import torch
from transformers import AutoModelForSeq2SeqLM

from models.systems.viml.synthesis.aggregation import Blocks
from models.systems.viml.synthesis.checkpoints import load
from models.systems.viml.synthesis.templates import Fact
from models.systems.viml.synthesis.words import tidy

SEPARATOR = "<sep>"


class Compressor(Protocol):
    """Writes a paragraph of every example."""

    def __call__(self, examples: Sequence[Blocks], rngs: Sequence[random.Random]) -> list[str]:
        """Give the paragraphs."""


class SubjectRules:
    """Takes repeated subjects away: the first fact of a block as a sentence, of the others their tails."""

    def __call__(self, examples: Sequence[Blocks], rngs: Sequence[random.Random]) -> list[str]:
        """Give the paragraphs."""
        return [" ".join(self.sentence(block) for block in blocks) for blocks in examples]

    @staticmethod
    def sentence(block: Sequence[Fact]) -> str:
        """Join the facts of a block: "This is rock music with a happy feel, featuring drums."."""
        text = block[0].sentence.rstrip(".")
        for place, fact in enumerate(block[1:]):
            # A list of three has commas of its own, and a second tail would seem to belong to the first.
            comma = place > 0 or len(block[0].words) > 2
            text += f"{',' if comma else ''} {fact.tail}"
        return text + "."


def with_separators(blocks: Blocks) -> str:
    """Write what the compression model reads."""
    return f" {SEPARATOR} ".join(" ".join(fact.sentence for fact in block) for block in blocks)


def add_separator(model: Any, tokenizer: Any) -> None:
    """Give a tokenizer the separator and a model an embedding for it, where they have none."""
    tokenizer.add_special_tokens({"additional_special_tokens": [SEPARATOR]}, replace_extra_special_tokens=False)
    if len(tokenizer) > model.get_input_embeddings().num_embeddings:
        model.resize_token_embeddings(len(tokenizer), mean_resizing=False)


class NeuralCompression:
    """Writes paragraphs by a sequence-to-sequence model (BART), with beam search.

    Parameters
    ----------
    name : str
        Folder or hub name of the checkpoint.
    beams, longest : int
        Of the search; tokens of a paragraph at most.
    device : str
        Where it runs.
    """

    def __init__(self, name: str, *, beams: int = 4, longest: int = 128, device: str = "cpu", batch: int = 32):
        self.model, self.tokenizer = load(AutoModelForSeq2SeqLM, name)
        add_separator(self.model, self.tokenizer)
        self.model.to(device).eval()
        self.beams, self.longest, self.batch = beams, longest, batch
        self.room = self.model.config.max_position_embeddings

    def __call__(self, examples: Sequence[Blocks], rngs: Sequence[random.Random]) -> list[str]:
        """Give the paragraphs."""
        texts: list[str] = []
        for start in range(0, len(examples), self.batch):
            texts += self.compress([with_separators(blocks) for blocks in examples[start : start + self.batch]])
        return texts

    @torch.inference_mode()
    def compress(self, texts: Sequence[str]) -> list[str]:
        """Rewrite facts as paragraphs."""
        read = self.tokenizer(list(texts), padding=True, truncation=True, max_length=self.room, return_tensors="pt")
        written = self.model.generate(
            input_ids=read["input_ids"].to(self.model.device),
            attention_mask=read["attention_mask"].to(self.model.device),
            num_beams=self.beams,
            do_sample=False,
            max_new_tokens=min(self.longest, self.room - 2),
        )
        return [tidy(text) for text in self.tokenizer.batch_decode(written, skip_special_tokens=True)]
