"""Transformers of BART and BERT as graphs: their own weights, and a decoder that is one graph for every step.

transformers' forward passes keep caches in Python objects and build masks in ways that a graph cannot follow; the
modules here hold the very same layers and say in plain tensors what they do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

NEVER = -1e4
"""Added to the score of what may not be attended to: no weight is left of it, and float16 can hold it."""


class Attention(nn.Module):
    """Attention between sequences [N, T, D], from linear layers that exist already."""

    def __init__(self, query: nn.Module, key: nn.Module, value: nn.Module, out: nn.Module, heads: int) -> None:
        super().__init__()
        self.query, self.key, self.value, self.out = query, key, value, out
        self.heads = heads

    def split(self, x: Tensor) -> Tensor:
        """Give [N, heads, T, D / heads]."""
        parts: Tensor = x.unflatten(-1, (self.heads, -1)).transpose(1, 2)  # type: ignore[no-untyped-call]
        return parts

    def pair(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values [N, heads, T, D / heads] of what may be attended to."""
        return self.split(self.key(x)), self.split(self.value(x))

    def forward(self, x: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
        """Attend; `mask` is added to the scores [N, heads, T, S]."""
        query = self.split(self.query(x))
        weights = (query @ keys.transpose(-2, -1) * query.shape[-1] ** -0.5 + mask).softmax(-1)
        found: Tensor = self.out((weights @ values).transpose(1, 2).flatten(2))
        return found


class Layer(nn.Module):
    """A post-norm layer: attention to itself, to a memory where it has one, and the feed-forward network."""

    def __init__(
        self,
        attention: Attention,
        norm: nn.Module,
        feed: tuple[nn.Module, Callable[[Tensor], Tensor], nn.Module],
        last_norm: nn.Module,
        cross: Attention | None = None,
        cross_norm: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.attention, self.norm, self.last_norm = attention, norm, last_norm
        self.widen, self.act, self.narrow = feed
        self.cross, self.cross_norm = cross, cross_norm

    def finish(self, x: Tensor, attended: Tensor, memory: tuple[Tensor, Tensor, Tensor] | None = None) -> Tensor:
        """All that follows the attention to itself; `memory` is keys, values and mask."""
        x = self.norm(x + attended)
        if self.cross is not None and self.cross_norm is not None and memory is not None:
            x = self.cross_norm(x + self.cross(x, *memory))
        finished: Tensor = self.last_norm(x + self.narrow(self.act(self.widen(x))))
        return finished


def bart_layers(part: Any) -> list[Layer]:
    """Layers of a BartEncoder or BartDecoder."""

    def attention(module: Any) -> Attention:
        return Attention(module.q_proj, module.k_proj, module.v_proj, module.out_proj, module.num_heads)

    layers = []
    for layer in part.layers:
        cross = getattr(layer, "encoder_attn", None)
        layers.append(
            Layer(
                attention(layer.self_attn),
                layer.self_attn_layer_norm,
                (layer.fc1, layer.activation_fn, layer.fc2),
                layer.final_layer_norm,
                None if cross is None else attention(cross),
                None if cross is None else layer.encoder_attn_layer_norm,
            )
        )
    return layers


def bert_layers(bert: Any) -> list[Layer]:
    """Layers of a BertModel."""

    def attention(module: Any) -> Attention:
        own = module.self
        return Attention(own.query, own.key, own.value, module.output.dense, own.num_attention_heads)

    layers = []
    for layer in bert.encoder.layer:
        cross = getattr(layer, "crossattention", None)
        layers.append(
            Layer(
                attention(layer.attention),
                layer.attention.output.LayerNorm,
                (layer.intermediate.dense, layer.intermediate.intermediate_act_fn, layer.output.dense),
                layer.output.LayerNorm,
                None if cross is None else attention(cross),
                None if cross is None else cross.output.LayerNorm,
            )
        )
    return layers


class BartEmbedding(nn.Module):
    """Token ids to what BART's first layer reads."""

    def __init__(self, part: Any) -> None:
        super().__init__()
        self.tokens, self.norm = part.embed_tokens, part.layernorm_embedding
        self.places = part.embed_positions.weight
        self.offset = int(part.embed_positions.offset)

    def forward(self, ids: Tensor, past: int) -> Tensor:
        """Embed ids [N, T] that follow `past` others."""
        places = torch.arange(ids.shape[1], device=ids.device) + past + self.offset
        embedded: Tensor = self.norm(self.tokens(ids) + self.places[places])
        return embedded


class BertEmbedding(nn.Module):
    """Token ids, or vectors in their place, to what BERT's first layer reads."""

    def __init__(self, bert: Any) -> None:
        super().__init__()
        part = bert.embeddings
        self.words, self.norm = part.word_embeddings, part.LayerNorm
        self.places, self.kinds = part.position_embeddings.weight, part.token_type_embeddings.weight

    def vectors(self, x: Tensor, past: int = 0) -> Tensor:
        """Embed vectors [N, T, D]."""
        places = torch.arange(x.shape[1], device=x.device) + past
        embedded: Tensor = self.norm(x + self.kinds[0] + self.places[places])
        return embedded

    def forward(self, ids: Tensor, past: int) -> Tensor:
        """Embed ids [N, T] that follow `past` others."""
        return self.vectors(self.words(ids), past)


class Encoder(nn.Module):
    """A stack of layers without a memory."""

    def __init__(self, layers: Iterable[Layer]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Encode embedded [N, T, D]; `mask` float [N, T] is 0 for padding."""
        hidden = hide(mask)
        for layer in self.layers:
            assert isinstance(layer, Layer)
            x = layer.finish(x, layer.attention(x, *layer.attention.pair(x), hidden))
        return x


def hide(mask: Tensor) -> Tensor:
    """What is added to attention scores by a mask float [N, S], 1 for what may be seen: [N, 1, 1, S]."""
    return ((1.0 - mask) * NEVER)[:, None, None, :]


class CrossMemory(nn.Module):
    """A decoder's keys and values of its memory, made once a clip."""

    def __init__(self, layers: Iterable[Layer]) -> None:
        super().__init__()
        self.crosses = nn.ModuleList(layer.cross for layer in layers if layer.cross is not None)

    def forward(self, memory: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Give keys and values [layers, N, heads, S, D / heads] and the mask [N, 1, 1, S], of memory [N, S, D]."""
        pairs = [cross.pair(memory) for cross in self.crosses]  # type: ignore[operator]
        return torch.stack([keys for keys, _ in pairs]), torch.stack([values for _, values in pairs]), hide(mask)


class StepDecoder(nn.Module):
    """A decoder with key and value cache as one graph: first step (nothing past) and next steps alike.

    Parameters
    ----------
    embedding : nn.Module
        (ids [N, T], past) to [N, T, D].
    words : nn.Module
        States [N, D] to logits [N, V].
    """

    def __init__(self, embedding: nn.Module, layers: Iterable[Layer], words: nn.Module) -> None:
        super().__init__()
        self.embedding, self.words = embedding, words
        self.layers = nn.ModuleList(layers)

    def forward(
        self, ids: Tensor, past_keys: Tensor, past_values: Tensor, cross_keys: Tensor, cross_values: Tensor,
        cross_mask: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
        """Read tokens.

        Parameters
        ----------
        ids : Tensor
            int64 [N, T], T tokens more.
        past_keys, past_values : Tensor
            [layers, N, heads, P, D / heads] of the P tokens before, P may be 0.
        cross_keys, cross_values, cross_mask : Tensor
            Of `CrossMemory`, a row for every row of `ids`.

        Returns
        -------
        tuple of Tensor
            Log-probabilities [N, V] of the token that follows, and keys and values of all P + T tokens.
        """
        past, new = past_keys.shape[3], ids.shape[1]
        x = self.embedding(ids, past)
        places = torch.arange(past + new, device=x.device)
        seen = places[None] <= places[past:, None]
        future = (1.0 - seen.to(x.dtype)) * NEVER
        all_keys, all_values = [], []
        for number, layer in enumerate(self.layers):
            assert isinstance(layer, Layer)
            keys, values = layer.attention.pair(x)
            keys = torch.cat([past_keys[number], keys], dim=2)
            values = torch.cat([past_values[number], values], dim=2)
            memory = (cross_keys[number], cross_values[number], cross_mask)
            x = layer.finish(x, layer.attention(x, keys, values, future), memory)
            all_keys.append(keys)
            all_values.append(values)
        return self.words(x[:, -1]).log_softmax(-1), torch.stack(all_keys), torch.stack(all_values)
