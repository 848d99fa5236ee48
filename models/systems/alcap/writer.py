"""Captions by search with BART's decoder."""

from __future__ import annotations

from typing import Any

import torch

from models.generation.huggingface import EncoderDecoder, Memory
from models.generation.search import Hypothesis, beam_search
from models.systems.alcap.network import Captioner


class Writer(EncoderDecoder):
    """BART's decoder, which has read its start token when the search begins with `<s>`.

    BART starts from its start token and always writes `<s>` first (`forced_bos_token_id`); so no hypothesis pays for
    it.
    """

    def start(self, memory: Memory) -> Any:
        """Give the state after the start token."""
        state = super().start(memory)
        start = torch.full_like(state.examples, self.model.config.decoder_start_token_id)
        return self.step(start, state)[1]


def write(
    captioner: Captioner, memory: Memory, *, longest: int, beams: int, length_penalty: float, no_repeat_ngram: int
) -> list[Hypothesis]:
    """Search the best caption of every example; parameters as in `models.generation.search.beam_search`."""
    found = beam_search(
        Writer(captioner.bart),
        memory,
        begin=captioner.config.bos_token_id,
        end=captioner.config.eos_token_id,
        longest=longest,
        beams=beams,
        length_penalty=length_penalty,
        no_repeat_ngram=no_repeat_ngram,
        pad=captioner.config.pad_token_id,
    )
    return [hypotheses[0] for hypotheses in found]
