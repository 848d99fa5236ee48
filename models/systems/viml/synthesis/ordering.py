"""Step 1 of data2text: in which order facts are told.

Without a model the order is drawn by the salience of the groups. With one it is a pointer network on BART as in the
zero-shot pipeline that ViML uses (Kasner and Dušek 2022, after Calizzano et al. 2021): the encoder reads
the facts with a separator after each, the decoder the facts placed so far, and its state at the last separator points
at the fact to come next.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import BartConfig, BartModel, BartPreTrainedModel

from models.systems.viml.synthesis.checkpoints import load
from models.systems.viml.synthesis.templates import Fact, Group


class Orderer(Protocol):
    """Puts the facts of every example in order."""

    def __call__(self, examples: Sequence[Sequence[Fact]], rngs: Sequence[random.Random]) -> list[list[Fact]]:
        """Give the same facts, ordered."""


class SalienceOrder:
    """Draws fact after fact in proportion to the salience of its group (a Plackett-Luce order)."""

    def __init__(self, groups: Mapping[str, Group]):
        self.groups = groups

    def __call__(self, examples: Sequence[Sequence[Fact]], rngs: Sequence[random.Random]) -> list[list[Fact]]:
        """Give the same facts, ordered."""
        return [self._order(list(facts), rng) for facts, rng in zip(examples, rngs, strict=True)]

    def _order(self, left: list[Fact], rng: random.Random) -> list[Fact]:
        placed = []
        while left:
            weights = [self.groups[fact.group].salience for fact in left]
            placed.append(left.pop(rng.choices(range(len(left)), weights)[0]))
        return placed


class BartForOrdering(BartPreTrainedModel):
    """BART with a pointer on the encoder's states at the separators.

    Parameters
    ----------
    config : BartConfig
        Of the BART that it stands on; `from_pretrained` of a BART without a pointer leaves the pointer untrained.
    """

    _tied_weights_keys = {  # noqa: RUF012
        "model.encoder.embed_tokens.weight": "model.shared.weight",
        "model.decoder.embed_tokens.weight": "model.shared.weight",
    }

    def __init__(self, config: BartConfig):
        super().__init__(config)
        self.model = BartModel(config)
        width = int(config.d_model or 0)
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, width, bias=False)
        self.post_init()

    def encode(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Read facts: ids and mask int64 [B, S]; states float32 [B, S, D]."""
        states: Tensor = self.model.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        return states

    def point(self, states: Tensor, mask: Tensor, ends: Tensor, placed: Tensor, placed_mask: Tensor) -> Tensor:
        """Score the facts for every place.

        Parameters
        ----------
        states, mask : Tensor
            Of the encoder: float32 [B, S, D], int64 [B, S].
        ends : Tensor
            Where each fact ends, int64 [B, N]; -1 where there are fewer facts.
        placed, placed_mask : Tensor
            What the decoder reads, int64 [B, T].

        Returns
        -------
        Tensor
            Scores float32 [B, T, N]; minus infinity where there is no fact.
        """
        read = self.model.decoder(
            input_ids=placed, attention_mask=placed_mask, encoder_hidden_states=states, encoder_attention_mask=mask
        ).last_hidden_state
        keys = self.key(states.gather(1, ends.clamp(min=0)[..., None].expand(-1, -1, states.shape[-1])))
        scores: Tensor = self.query(read) @ keys.transpose(1, 2) / keys.shape[-1] ** 0.5
        return scores.masked_fill((ends < 0)[:, None], float("-inf"))


def pad(rows: Sequence[Sequence[int]], value: int) -> tuple[Tensor, Tensor]:
    """Pad rows on the right: ids and mask int64 [B, T]."""
    width = max(map(len, rows))
    ids = torch.tensor([[*row, *[value] * (width - len(row))] for row in rows])
    return ids, torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])


def pieces(tokenizer: Any, sentences: Sequence[str], room: int) -> list[list[int]]:
    """Token ids of every sentence with a separator (`</s>`) at its end, cut so that together they fit into `room`."""
    each = max(2, room // max(1, len(sentences)))
    rows = [tokenizer(" " + text, add_special_tokens=False)["input_ids"] for text in sentences]
    return [[*row[: each - 1], tokenizer.eos_token_id] for row in rows]


class NeuralOrder:
    """Orders facts by a `BartForOrdering`, greedily, each fact once.

    Parameters
    ----------
    name : str
        Folder or hub name of the checkpoint.
    device : str
        Where it runs.

    Raises
    ------
    ConfigError
        If there is no such checkpoint, or it has no trained pointer.
    """

    def __init__(self, name: str, device: str = "cpu", batch: int = 32):
        self.model, self.tokenizer = load(BartForOrdering, name, whole=True)
        self.model.to(device).eval()
        self.batch = batch

    def __call__(self, examples: Sequence[Sequence[Fact]], rngs: Sequence[random.Random]) -> list[list[Fact]]:
        """Give the same facts, ordered."""
        ordered: list[list[Fact]] = []
        for start in range(0, len(examples), self.batch):
            chunk = examples[start : start + self.batch]
            order = self.order([[fact.sentence for fact in facts] for facts in chunk])
            ordered += [[facts[i] for i in row] for facts, row in zip(chunk, order, strict=True)]
        return ordered

    @torch.inference_mode()
    def order(self, examples: Sequence[Sequence[str]]) -> list[list[int]]:
        """Give the places of the sentences of each example in the order in which they should be told."""
        device, begin = self.model.device, int(self.model.config.decoder_start_token_id)
        padding = self.tokenizer.pad_token_id
        room = self.model.config.max_position_embeddings - 1
        rows = [pieces(self.tokenizer, sentences, room) for sentences in examples]
        ids, mask = (t.to(device) for t in pad([[i for row in example for i in row] for example in rows], padding))
        ends = sentence_ends(rows).to(device)
        states = self.model.encode(ids, mask)
        orders: list[list[int]] = [[] for _ in examples]
        for _ in range(ends.shape[1]):
            told = [[begin, *(i for n in order for i in row[n])] for order, row in zip(orders, rows, strict=True)]
            placed, placed_mask = (t.to(device) for t in pad(told, padding))
            scores = self.model.point(states, mask, ends, placed, placed_mask)
            last = scores[torch.arange(len(rows)), placed_mask.sum(1) - 1]
            for order, row, score in zip(orders, rows, last.cpu(), strict=True):
                if len(order) < len(row):
                    score[order] = float("-inf")
                    order.append(int(score.argmax()))
        return orders


def sentence_ends(rows: Sequence[Sequence[Sequence[int]]]) -> Tensor:
    """Where the sentences of each example end once they are put one behind the other: int64 [B, N], -1 for none."""
    ends = torch.full((len(rows), max(map(len, rows))), -1)
    for example, row in enumerate(rows):
        ends[example, : len(row)] = torch.tensor([len(piece) for piece in row]).cumsum(0) - 1
    return ends


def ordering_loss(model: BartForOrdering, tokenizer: Any, examples: Sequence[Sequence[str]], order: Tensor) -> Tensor:
    """Cross-entropy of the right next fact at every place.

    Parameters
    ----------
    model, tokenizer
        The network and its tokenizer.
    examples : sequence of sequence of str
        Sentences as they come, B examples of as many as N.
    order : Tensor
        Which sentence is told at each place, int64 [B, N]; -1 where there are fewer.
    """
    room = model.config.max_position_embeddings - 1
    rows = [pieces(tokenizer, sentences, room) for sentences in examples]
    ids, mask = pad([[i for row in example for i in row] for example in rows], tokenizer.pad_token_id)
    told, asks = [], []
    for row, places in zip(rows, order.tolist(), strict=True):
        read, ask = [int(model.config.decoder_start_token_id or 0)], [0]
        for place in places[: len(row) - 1]:
            read += row[place]
            ask.append(len(read) - 1)
        told.append(read)
        asks.append(ask + [0] * (order.shape[1] - len(ask)))
    placed, placed_mask = pad(told, tokenizer.pad_token_id)
    device = model.device
    states = model.encode(ids.to(device), mask.to(device))
    scores = model.point(
        states, mask.to(device), sentence_ends(rows).to(device), placed.to(device), placed_mask.to(device)
    )
    where = torch.tensor(asks, device=device)[..., None].expand(-1, -1, scores.shape[-1])
    asked = scores.gather(1, where)
    # A fact that is told already cannot come again, as in `NeuralOrder`.
    gone = torch.zeros_like(asked, dtype=torch.bool)
    for place in range(1, order.shape[1]):
        gone[:, place] = gone[:, place - 1].scatter(1, order[:, place - 1 : place].clamp(min=0).to(device), True)
    asked = asked.masked_fill(gone, float("-inf"))
    valid = (order >= 0).to(device)
    return F.cross_entropy(asked[valid], order.to(device)[valid])
