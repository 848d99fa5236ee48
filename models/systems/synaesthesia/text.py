"""Text encoder, text decoder (of both the auto-encoder and the captions) and its door for greedy and beam search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import BertConfig, BertLMHeadModel, BertModel, DynamicCache, EncoderDecoderCache

from models.errors import ConfigError
from models.systems.synaesthesia.settings import ModelSettings


def _bert(kind: type[Any], settings: ModelSettings, vocabulary: int, pad: int, layers: int, **more: Any) -> Any:
    """Make a BERT of the settings, or load the first layers of a checkpoint."""
    arguments: dict[str, Any] = {"add_pooling_layer": False} if kind is BertModel else {}
    if settings.bert is None:
        config = BertConfig(
            vocab_size=vocabulary,
            hidden_size=settings.width,
            num_hidden_layers=layers,
            num_attention_heads=settings.heads,
            intermediate_size=4 * settings.width,
            hidden_dropout_prob=settings.dropout,
            attention_probs_dropout_prob=settings.dropout,
            pad_token_id=pad,
            **more,
        )
        return kind(config, **arguments)
    try:
        config = BertConfig.from_pretrained(settings.bert, num_hidden_layers=layers, **more)
        model = kind.from_pretrained(settings.bert, config=config, **arguments)
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(
            f"model.bert {settings.bert}: no BERT there ({reason}); give a folder or a hub name"
        ) from error
    if model.config.hidden_size != settings.width or model.config.vocab_size < vocabulary:
        raise ConfigError(
            f"model.bert {settings.bert}: width {model.config.hidden_size} and {model.config.vocab_size} tokens, "
            f"model.width is {settings.width} and the tokenizer has {vocabulary}; both must fit"
        )
    return model


class TextEncoder(nn.Module):
    """BERT whose states are read by one learnt query a latent token (attention pooling)."""

    def __init__(self, settings: ModelSettings, vocabulary: int, pad: int) -> None:
        super().__init__()
        self.bert = _bert(BertModel, settings, vocabulary, pad, settings.text_layers)
        self.queries = nn.Parameter(torch.randn(settings.tokens, settings.width))
        self.pool = nn.MultiheadAttention(settings.width, settings.heads, batch_first=True)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Give the latent tokens [B, tokens, width] of ids int64 [B, L] with mask [B, L], 1 for a token."""
        states = self.bert(input_ids=ids, attention_mask=mask.long()).last_hidden_state
        queries = self.queries.expand(len(ids), -1, -1)
        pooled: Tensor = self.pool(queries, states, states, key_padding_mask=mask == 0, need_weights=False)[0]
        return pooled


class TextDecoder(nn.Module):
    """BERT with causal attention and cross-attention on latent tokens."""

    def __init__(self, settings: ModelSettings, vocabulary: int, pad: int) -> None:
        super().__init__()
        self.bert = _bert(
            BertLMHeadModel,
            settings,
            vocabulary,
            pad,
            settings.decoder_layers,
            is_decoder=True,
            add_cross_attention=True,
        )

    def forward(self, ids: Tensor, latents: Tensor) -> Tensor:
        """Give the logits [B, L, V] of the token after each of ids [B, L], seen latents [B, tokens, width].

        Padding may stand at the end only: no earlier token sees it.
        """
        logits: Tensor = self.bert(input_ids=ids, encoder_hidden_states=latents, use_cache=False).logits
        return logits


def sentence_loss(logits: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
    """Cross-entropy of every next token, mean over the tokens of the batch; logits [B, L - 1, V] of ids [B, L]."""
    wanted = ids[:, 1:].masked_fill(mask[:, 1:] == 0, -100)
    return F.cross_entropy(logits.transpose(1, 2), wanted)


@dataclass(frozen=True)
class CaptionState:
    """Latents [N, tokens, width] and the keys and values of all layers, of own tokens and of the latents."""

    latents: Tensor
    cache: EncoderDecoderCache


class CaptionDecoder:
    """`models.generation.search.Decoder` over a `TextDecoder`; the memory is the latent tokens [B, tokens, width]."""

    def __init__(self, decoder: TextDecoder) -> None:
        self.decoder = decoder

    def start(self, memory: Tensor) -> CaptionState:
        """Begin with empty caches."""
        return CaptionState(memory, EncoderDecoderCache(DynamicCache(), DynamicCache()))

    def step(self, ids: Tensor, state: CaptionState) -> tuple[Tensor, CaptionState]:
        """Read one token a row; the cache grows in place."""
        out = self.decoder.bert(
            input_ids=ids[:, None], encoder_hidden_states=state.latents, past_key_values=state.cache, use_cache=True
        )
        return out.logits[:, -1].float().log_softmax(-1), CaptionState(state.latents, out.past_key_values)

    def select(self, state: CaptionState, rows: Tensor) -> CaptionState:
        """Take rows of latents and caches."""
        if state.cache.get_seq_length():
            state.cache.reorder_cache(rows)  # type: ignore[arg-type]
        return CaptionState(state.latents.index_select(0, rows), state.cache)
