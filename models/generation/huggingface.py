"""Decoders of transformers for the search, with their key and value caches: a step costs one token.

`EncoderDecoder` wraps a model with an encoder of its own (BartForConditionalGeneration), whose decoder reads
`encoder_outputs`; `CrossAttentionDecoder` one that is a decoder only and reads `encoder_hidden_states`
(BertLMHeadModel with is_decoder and add_cross_attention, BartForCausalLM, GPT2LMHeadModel with add_cross_attention).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel
from transformers.cache_utils import DynamicCache, EncoderDecoderCache
from transformers.modeling_outputs import BaseModelOutput


@dataclass(frozen=True)
class Memory:
    """What a decoder attends to.

    Attributes
    ----------
    states : Tensor
        Float [B, S, D], D as the decoder's cross-attention expects it.
    mask : Tensor, optional
        [B, S], 1 for a state to be read; None reads all.
    """

    states: Tensor
    mask: Tensor | None = None


@dataclass(frozen=True)
class _State:
    """Rows of a search.

    Attributes
    ----------
    memory : Memory
        A row for every beam.
    examples : Tensor
        int64 [N], the example of every row.
    prefix : Tensor
        int64 [N, T], tokens read so far; kept only without a cache.
    length : int
        Tokens read so far, T.
    cache : EncoderDecoderCache, optional
        Keys and values of the tokens and of the memory in every layer.
    """

    memory: Memory
    examples: Tensor
    prefix: Tensor
    length: int = 0
    cache: EncoderDecoderCache | None = None


class _Pretrained(ABC):
    """A transformers model as the search's decoder.

    Parameters
    ----------
    model : PreTrainedModel
        In evaluation mode; ValueError otherwise, because dropout would make beams incomparable.
    cached : bool
        Whether keys and values are kept between steps. Without, every step reads the whole prefix again.
    """

    def __init__(self, model: PreTrainedModel, *, cached: bool = True) -> None:
        if model.training:
            raise ValueError(f"{type(model).__name__} is in training mode: call eval() before a search")
        self.model = model
        self.cached = cached

    @abstractmethod
    def _read(self, ids: Tensor, memory: Memory, cache: EncoderDecoderCache | None) -> Any:
        """Run the model on ids [N, T]."""

    def start(self, memory: Memory) -> _State:
        """Give the state of B examples."""
        rows = torch.arange(len(memory.states), device=memory.states.device)
        # Made here without a config: transformers would count a Bart's encoder layers for its decoder standing alone.
        cache = EncoderDecoderCache(DynamicCache(), DynamicCache()) if self.cached else None
        return _State(memory, rows, rows.new_empty(len(rows), 0), cache=cache)

    def step(self, ids: Tensor, state: _State) -> tuple[Tensor, _State]:
        """Read one token a row; give the log-probabilities float32 [N, V] of the next."""
        most = getattr(self.model.config, "max_position_embeddings", None)
        if most is not None and state.length >= most:
            raise ValueError(f"{type(self.model).__name__} has {most} positions: longest can be at most {most}")
        new = ids[:, None]
        if self.cached:
            output = self._read(new, state.memory, state.cache)
            state = replace(state, length=state.length + 1, cache=output.past_key_values)
        else:
            prefix = torch.cat([state.prefix, new], dim=1)
            output = self._read(prefix, state.memory, None)
            state = replace(state, length=state.length + 1, prefix=prefix)
        return output.logits[:, -1].float().log_softmax(-1), state

    def select(self, state: _State, rows: Tensor) -> _State:
        """Give the rows of a state.

        Beams mostly change places within their example: then the memory, and the keys and values made of it, are the
        same for every row and only those of the tokens are moved.
        """
        examples = state.examples[rows]
        same = torch.equal(examples, state.examples)
        memory = state.memory
        if not same:
            memory = Memory(memory.states[rows], None if memory.mask is None else memory.mask[rows])
        cache = state.cache
        if cache is not None:
            (cache.self_attention_cache if same else cache).batch_select_indices(rows)
        return replace(state, memory=memory, examples=examples, prefix=state.prefix[rows])


class EncoderDecoder(_Pretrained):
    """The decoder of an encoder-decoder model; what its encoder (or anything else) made is the memory."""

    def _read(self, ids: Tensor, memory: Memory, cache: EncoderDecoderCache | None) -> Any:
        return self.model(
            decoder_input_ids=ids,
            encoder_outputs=BaseModelOutput(last_hidden_state=memory.states),
            attention_mask=memory.mask,
            past_key_values=cache,
            use_cache=self.cached,
        )


class CrossAttentionDecoder(_Pretrained):
    """A language model that attends to the memory."""

    def _read(self, ids: Tensor, memory: Memory, cache: EncoderDecoderCache | None) -> Any:
        return self.model(
            input_ids=ids,
            encoder_hidden_states=memory.states,
            encoder_attention_mask=memory.mask,
            past_key_values=cache,
            use_cache=self.cached,
        )
