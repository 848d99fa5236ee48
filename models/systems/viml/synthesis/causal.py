"""Any causal language model of transformers, completing batches of prompts line by line."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import (
    AutoModelForCausalLM,
    GenerationConfig,
    LogitsProcessor,
    LogitsProcessorList,
    StoppingCriteria,
    StoppingCriteriaList,
)

from models.systems.viml.synthesis.checkpoints import load

UNBOUNDED = 2048
"""Tokens of context where a model's configuration names none."""


class SeededSampling(LogitsProcessor):
    """Samples with temperature from the smallest set of tokens that holds `top_p`; each row by its own generator.

    What it draws is all that it leaves possible, so the greedy search that follows must take it. The library's own
    sampling has one generator for the batch, and a text would depend on its neighbours.
    """

    def __init__(self, rngs: Sequence[random.Random], temperature: float, top_p: float):
        self.rngs, self.temperature, self.top_p = rngs, temperature, top_p

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Leave one token of each row: scores float [B, V]."""
        if self.temperature == 0:
            return scores
        logits, order = (scores.float() / self.temperature).sort(dim=-1, descending=True, stable=True)
        held = logits.softmax(-1).cumsum(-1)
        # The token that crosses top_p is the last of the set.
        size = (held < self.top_p).sum(-1, keepdim=True).clamp(max=held.shape[-1] - 1)
        drawn = torch.tensor([[rng.random()] for rng in self.rngs], device=scores.device) * held.gather(-1, size)
        place = torch.searchsorted(held, drawn, right=True).minimum(size)
        return torch.full_like(scores, float("-inf")).scatter(-1, order.gather(-1, place), 0.0)


class LineEnd(StoppingCriteria):
    """Ends a row at its first token with a line break."""

    def __init__(self, tokenizer: Any):
        self.tokenizer = tokenizer
        self._breaks: dict[int, bool] = {}

    def __call__(self, input_ids: Tensor, scores: Tensor, **kwargs: Any) -> Tensor:
        """Say which rows are done: bool [B]."""
        ends = [self._break(int(token)) for token in input_ids[:, -1]]
        return torch.tensor(ends, device=input_ids.device)

    def _break(self, token: int) -> bool:
        if token not in self._breaks:
            self._breaks[token] = "\n" in self.tokenizer.decode([token])
        return self._breaks[token]


class CausalModel:
    """A model that completes prompts.

    Parameters
    ----------
    name : str
        Folder or hub name.
    device, dtype : str
        Where and with which precision it runs.

    Raises
    ------
    ConfigError, CheckpointError
        If it cannot be had, or is of another kind.
    """

    def __init__(self, name: str, device: str = "cpu", dtype: str = "auto"):
        self.model, self.tokenizer = load(AutoModelForCausalLM, name, dtype=dtype)
        self.model.to(device)
        config = self.model.config
        bound = getattr(config, "max_position_embeddings", None) or getattr(config, "seq_length", None)
        self.context = int(bound or UNBOUNDED)
        self.tokenizer.padding_side = "left"
        if self.tokenizer.pad_token_id is None:
            self.tokenizer.pad_token = self.tokenizer.eos_token or self.tokenizer.convert_ids_to_tokens(0)

    def tokens(self, text: str) -> int:
        """Count the tokens of a prompt."""
        return len(self.tokenizer(text)["input_ids"])

    @torch.inference_mode()
    def complete(
        self, prompts: Sequence[str], rngs: Sequence[random.Random], *, temperature: float, top_p: float, longest: int
    ) -> list[str]:
        """Complete prompts, each up to the end of its line, at most `longest` tokens.

        Prompts and what follows must fit into the context together.
        """
        read = self.tokenizer(list(prompts), padding=True, return_tensors="pt").to(self.model.device)
        written = self.model.generate(
            input_ids=read["input_ids"],
            attention_mask=read["attention_mask"],
            generation_config=GenerationConfig(
                max_new_tokens=longest,
                do_sample=False,
                pad_token_id=self.tokenizer.pad_token_id,
                eos_token_id=self.tokenizer.eos_token_id,
                bos_token_id=self.tokenizer.bos_token_id,
            ),
            logits_processor=LogitsProcessorList([SeededSampling(rngs, temperature, top_p)]),
            stopping_criteria=StoppingCriteriaList([LineEnd(self.tokenizer)]),
        )
        new = written[:, read["input_ids"].shape[1] :]
        texts: list[str] = self.tokenizer.batch_decode(new, skip_special_tokens=True)
        return texts
