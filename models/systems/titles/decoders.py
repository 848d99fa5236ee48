"""Decoders: both are fed the image vector once, at t = -1, and the words after it (section 2).

Training sees a whole sequence (`forward`); search goes step by step (`start`, `step`, `select`, the protocol of
`models.generation.search`). The image vector only ever enters through the state.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.systems.titles.settings import ModelSettings


class TitleDecoder(nn.Module, ABC):
    """What both decoders share: words in, words out.

    Parameters
    ----------
    settings : ModelSettings
    words : int
        Size of the vocabulary.
    banned : sequence of int
        Ids that are never to be said (padding, begin, unknown).
    """

    def __init__(self, settings: ModelSettings, words: int, banned: list[int]) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, settings.embedding)
        same = settings.embedding == settings.width
        self.widen: nn.Module = nn.Identity() if same else nn.Linear(settings.embedding, settings.width)
        self.dropout = nn.Dropout(settings.dropout)
        self.output = nn.Linear(settings.width, words)
        said = torch.zeros(words)
        said[banned] = -torch.inf
        self.register_buffer("said", said, persistent=False)

    def embed(self, ids: Tensor) -> Tensor:
        """Word vectors, float32 [..., width], of ids."""
        widened: Tensor = self.widen(self.embedding(ids))
        return widened

    def log_probs(self, hidden: Tensor) -> Tensor:
        """Log-probabilities [N, V] of the next word during search."""
        return torch.log_softmax(self.output(hidden) + self.said, dim=-1)

    @abstractmethod
    def forward(self, memory: Tensor, ids: Tensor) -> Tensor:
        """Read the image and a whole sequence.

        Parameters
        ----------
        memory : Tensor
            float32 [B, width], the image vectors.
        ids : Tensor
            int64 [B, T], begin and the words.

        Returns
        -------
        Tensor
            float32 [B, T, V]: at each place the logits of the word after it.
        """

    @abstractmethod
    def start(self, memory: Tensor) -> Any:
        """State after the image vectors [B, width]."""

    @abstractmethod
    def step(self, ids: Tensor, state: Any) -> tuple[Tensor, Any]:
        """Read one word of each sequence, int64 [N]; give log-probabilities [N, V] of the next and the state."""

    @abstractmethod
    def select(self, state: Any, rows: Tensor) -> Any:
        """Give the state of some sequences, int64 [M], each perhaps several times."""


@dataclass(frozen=True)
class LSTMState:
    """Hidden and cell state, each float32 [1, N, width]."""

    hidden: Tensor
    cell: Tensor


class LSTMDecoder(TitleDecoder):
    """One layer of LSTM, as in Show and Tell (Vinyals et al. 2015)."""

    def __init__(self, settings: ModelSettings, words: int, banned: list[int]) -> None:
        super().__init__(settings, words, banned)
        self.lstm = nn.LSTM(settings.width, settings.width, batch_first=True)

    def forward(self, memory: Tensor, ids: Tensor) -> Tensor:
        """Give the logits after every word; padding behind a sequence changes nothing before it."""
        inputs = self.dropout(torch.cat([memory[:, None], self.embed(ids)], dim=1))
        outputs, _ = self.lstm(inputs)
        logits: Tensor = self.output(self.dropout(outputs[:, 1:]))
        return logits

    def start(self, memory: Tensor) -> LSTMState:
        """Feed the image vectors, t = -1."""
        _, (hidden, cell) = self.lstm(self.dropout(memory)[:, None])
        return LSTMState(hidden, cell)

    def step(self, ids: Tensor, state: LSTMState) -> tuple[Tensor, LSTMState]:
        """Feed one word."""
        output, (hidden, cell) = self.lstm(self.dropout(self.embed(ids))[:, None], (state.hidden, state.cell))
        return self.log_probs(self.dropout(output[:, 0])), LSTMState(hidden, cell)

    def select(self, state: LSTMState, rows: Tensor) -> LSTMState:
        """Pick sequences."""
        return LSTMState(state.hidden[:, rows], state.cell[:, rows])


@dataclass(frozen=True)
class TransformerState:
    """Keys and values of every layer, float32 [N, heads, T, width / heads]."""

    keys: tuple[Tensor, ...]
    values: tuple[Tensor, ...]


class Block(nn.Module):
    """A layer of the Transformer with causal self-attention, normalised before each part."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.before_attention, self.before_feed = nn.LayerNorm(width), nn.LayerNorm(width)
        self.project, self.join = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.feed = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, keys: Tensor | None, values: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Read [N, T, width] behind what `keys` and `values` [N, heads, S, D] hold; give the result and both, longer.

        Without a past the attention is causal; with one, T is 1 and everything before may be seen.
        """
        parts = self.project(self.before_attention(x)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        query, key, value = parts.unbind(0)
        if keys is not None and values is not None:
            key, value = torch.cat([keys, key], dim=2), torch.cat([values, value], dim=2)
        seen = F.scaled_dot_product_attention(query, key, value, is_causal=keys is None)
        x = x + self.dropout(self.join(seen.transpose(1, 2).flatten(2)))
        return x + self.dropout(self.feed(self.before_feed(x))), key, value


class TransformerDecoder(TitleDecoder):
    """Self-attention instead of the LSTM (section 6): the image vector is the first place of the sequence."""

    def __init__(self, settings: ModelSettings, words: int, banned: list[int], longest: int) -> None:
        super().__init__(settings, words, banned)
        # One place for the image; `longest` counts begin and end.
        self.places = nn.Parameter(torch.randn(longest + 1, settings.width) * 0.02)
        self.blocks = nn.ModuleList(
            Block(settings.width, settings.heads, settings.dropout) for _ in range(settings.layers)
        )
        self.norm = nn.LayerNorm(settings.width)

    def forward(self, memory: Tensor, ids: Tensor) -> Tensor:
        """Give the logits after every word."""
        x = torch.cat([memory[:, None], self.embed(ids)], dim=1)
        x = self.dropout(x + self.places[: x.shape[1]])
        for block in self.blocks:
            x, _, _ = block(x, None, None)
        logits: Tensor = self.output(self.norm(x[:, 1:]))
        return logits

    def start(self, memory: Tensor) -> TransformerState:
        """Feed the image vectors, t = -1."""
        _, state = self._read(memory, None)
        return state

    def step(self, ids: Tensor, state: TransformerState) -> tuple[Tensor, TransformerState]:
        """Feed one word."""
        x, state = self._read(self.embed(ids), state)
        return self.log_probs(self.norm(x)), state

    def select(self, state: TransformerState, rows: Tensor) -> TransformerState:
        """Pick sequences."""
        return TransformerState(
            tuple(keys[rows] for keys in state.keys), tuple(values[rows] for values in state.values)
        )

    def _read(self, x: Tensor, state: TransformerState | None) -> tuple[Tensor, TransformerState]:
        """Read vectors [N, width] at the next place."""
        place = 0 if state is None else state.keys[0].shape[2]
        x = self.dropout(x + self.places[place])[:, None]
        keys, values = [], []
        for layer, block in enumerate(self.blocks):
            past = (None, None) if state is None else (state.keys[layer], state.values[layer])
            x, key, value = block(x, *past)
            keys.append(key)
            values.append(value)
        return x[:, 0], TransformerState(tuple(keys), tuple(values))


def build_decoder(settings: ModelSettings, words: int, banned: list[int], longest: int) -> TitleDecoder:
    """Give the decoder of a configuration."""
    if settings.decoder == "lstm":
        return LSTMDecoder(settings, words, banned)
    return TransformerDecoder(settings, words, banned, longest)
