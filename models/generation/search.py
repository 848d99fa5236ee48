"""Greedy and beam search over any decoder, all examples and all their beams in one decoder call a step.

Conventions
-----------
A hypothesis is a run of token ids without the begin and without the end. Its length counts every token that was paid
for, the end with them, so that the mean of an empty hypothesis is defined. Its score is

    score = log_prob / length ** length_penalty

which is the sum at length_penalty 0 and the mean log-probability at 1 (the default). Wu et al. 2016 (eq. 14) write
((5 + length) / 6) ** alpha for the divisor; the plain power is what transformers divides by too, so that scores here
and there can be compared.

The search is the usual one: of all continuations of an example's live beams the best 2 x beams are looked at; those
that end and are among the best `beams` are finished, the best `beams` others live on. With one beam nothing lives on
beside the end: it is greedy search.

An example stops when no live beam can still overtake its `keep` best finished hypotheses. Log-probabilities only fall,
so a live beam can score at most its present sum over the divisor that favours it most: that of `longest` where
length_penalty is positive, that of the next length otherwise. The rule is exact: the result is that of a search that
never stops early. Stopped examples leave the batch.

Equal candidates are ordered by the rank of their beam, then by token id; equal finished hypotheses by when they ended.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

DecoderState = Any
"""Whatever a decoder carries from step to step: recurrent states, key and value caches, the memory it attends to."""


class Decoder(Protocol):
    """What the search needs of a decoder; rows are examples at first, then beams, those of one example together.

    A state that was handed to `step` or `select` is not used again, so both may change it in place.
    """

    def start(self, memory: Any) -> DecoderState:
        """Give the state before the first token, one row an example of `memory`."""

    def step(self, ids: Tensor, state: DecoderState) -> tuple[Tensor, DecoderState]:
        """Read the last tokens (int64 [N]); give the log-probabilities of the next (float [N, V]) and the new state."""

    def select(self, state: DecoderState, rows: Tensor) -> DecoderState:
        """Give a state of the given rows (int64 [M]) of a state: reordered, repeated, some left out."""


@dataclass(frozen=True)
class Hypothesis:
    """What a search found.

    Attributes
    ----------
    ids : tuple of int
        Tokens without begin and end.
    score : float
        log_prob over the length (end counted) to the power of length_penalty.
    log_prob : float
        Natural logarithm of the probability of the tokens and the end.
    ended : bool
        False where `longest` cut it off: no end is in the length and in log_prob then.
    """

    ids: tuple[int, ...]
    score: float
    log_prob: float
    ended: bool = True


def greedy(
    decoder: Decoder,
    memory: Any,
    *,
    begin: int | Tensor,
    end: int,
    longest: int,
    length_penalty: float = 1.0,
    no_repeat_ngram: int = 0,
    pad: int | None = None,
) -> list[Hypothesis]:
    """Take the likeliest token at every step; one hypothesis an example. Parameters as in `beam_search`."""
    found = beam_search(
        decoder,
        memory,
        begin=begin,
        end=end,
        longest=longest,
        beams=1,
        length_penalty=length_penalty,
        no_repeat_ngram=no_repeat_ngram,
        pad=pad,
    )
    return [hypotheses[0] for hypotheses in found]


@torch.no_grad()
def beam_search(
    decoder: Decoder,
    memory: Any,
    *,
    begin: int | Tensor,
    end: int,
    longest: int,
    beams: int,
    keep: int = 1,
    length_penalty: float = 1.0,
    no_repeat_ngram: int = 0,
    pad: int | None = None,
) -> list[list[Hypothesis]]:
    """Search the best hypotheses of every example.

    Parameters
    ----------
    decoder : Decoder
        In evaluation mode: dropout would make beams incomparable.
    memory : Any
        What `decoder.start` reads. The number of examples B and the device are those of the first tensor [B, ...] in
        it (itself, or within a mapping, a sequence or a dataclass).
    begin : int or Tensor
        Token that the decoder reads first; may be the same as `end` (BART). As int64 [B] it may differ by example,
        and `memory` needs no tensor.
    end : int
        Token that ends a hypothesis.
    longest : int
        Most tokens of a hypothesis, the end counted. One that has not ended by then is finished as it is.
    beams : int
        Live hypotheses an example; 1 is greedy search.
    keep : int
        Hypotheses returned for an example, at most `beams`.
    length_penalty : float
        Power of the length that divides the log-probability (see the module's conventions).
    no_repeat_ngram : int
        No n-gram of this many tokens comes twice in a hypothesis; 0 allows all. The end is always allowed.
    pad : int, optional
        Token never written.

    Returns
    -------
    list of list of Hypothesis
        For every example, best first; fewer than `keep` only where so few hypotheses exist.

    Raises
    ------
    ValueError
        For arguments that make no sense, a decoder that gives NaN, or one that forbids every token.
    """
    _check(beams, keep, longest, no_repeat_ngram, length_penalty)
    last = _first_tokens(memory, begin)
    examples = len(last)
    finished: list[list[Hypothesis]] = [[] for _ in range(examples)]
    if not examples:
        return finished

    state = decoder.start(memory)
    live = list(range(examples))
    prefixes: list[list[tuple[int, ...]]] = [[()] for _ in live]
    totals = torch.zeros(examples, 1, device=last.device)
    for length in range(1, longest + 1):
        log_probs, state = decoder.step(last, state)
        log_probs = _allowed(log_probs, prefixes, end, pad, no_repeat_ngram)
        words = log_probs.shape[-1]
        width = totals.shape[1]
        candidates = (totals[:, :, None] + log_probs.view(len(live), width, words)).flatten(1)
        values, places = _best(candidates, min(candidates.shape[1], beams if beams == 1 else 2 * beams))
        if values.isnan().any():  # topk takes NaN for the highest, so none is missed
            raise ValueError(f"the decoder gives NaN at step {length}: its weights or its memory are broken")

        grown: list[list[tuple[float, int, int]]] = []
        for i, (row_values, row_places) in enumerate(zip(values.tolist(), places.tolist(), strict=True)):
            ended = finished[live[i]]
            alive: list[tuple[float, int, int]] = []
            for rank, (value, place) in enumerate(zip(row_values, row_places, strict=True)):
                if value == -math.inf:
                    break
                parent, word = divmod(place, words)
                if word != end and length < longest:
                    if len(alive) < beams:
                        alive.append((value, parent, word))
                elif rank < beams:
                    ids = prefixes[i][parent] if word == end else (*prefixes[i][parent], word)
                    ended.append(Hypothesis(ids, value / length**length_penalty, value, word == end))
            ended.sort(key=lambda hypothesis: -hypothesis.score)
            del ended[keep:]
            if not alive and not ended:
                raise ValueError(f"the decoder forbids every token at step {length} of example {live[i]}")
            if alive and len(ended) == keep:
                divisor = (longest if length_penalty > 0 else length + 1) ** length_penalty
                if alive[0][0] / divisor <= ended[-1].score:
                    alive = []
            grown.append(alive)

        kept = [i for i, alive in enumerate(grown) if alive]
        if not kept:
            break
        # A row for a beam that does not exist repeats the example's best one at no probability.
        most = max(len(grown[i]) for i in kept)
        filled = [grown[i] + [(-math.inf, *grown[i][0][1:])] * (most - len(grown[i])) for i in kept]
        rows = [i * width + parent for i, alive in zip(kept, filled, strict=True) for _, parent, _ in alive]
        state = decoder.select(state, torch.tensor(rows, device=last.device))
        last = torch.tensor([word for alive in filled for _, _, word in alive], device=last.device)
        totals = torch.tensor([[value for value, _, _ in alive] for alive in filled], device=last.device)
        prefixes = [
            [(*prefixes[i][parent], word) for _, parent, word in alive] for i, alive in zip(kept, filled, strict=True)
        ]
        live = [live[i] for i in kept]
    return finished


def _check(beams: int, keep: int, longest: int, no_repeat_ngram: int, length_penalty: float) -> None:
    """Refuse arguments that make no sense."""
    if beams < 1:
        raise ValueError(f"beams={beams}: a search needs at least 1 (1 is greedy)")
    if not 1 <= keep <= beams:
        raise ValueError(f"keep={keep}: between 1 and beams={beams} hypotheses can be kept")
    if longest < 1:
        raise ValueError(f"longest={longest}: a hypothesis has at least 1 token (the end)")
    if no_repeat_ngram < 0:
        raise ValueError(f"no_repeat_ngram={no_repeat_ngram}: 0 allows all, n forbids n-grams that come twice")
    if not math.isfinite(length_penalty):
        raise ValueError(f"length_penalty={length_penalty}: a finite number is needed (0 sum, 1 mean)")


def _tensors(memory: Any) -> Iterator[Tensor]:
    """Tensors within a memory, in order."""
    if isinstance(memory, Tensor):
        yield memory
    elif isinstance(memory, Mapping):
        for value in memory.values():
            yield from _tensors(value)
    elif is_dataclass(memory) and not isinstance(memory, type):
        for field in fields(memory):
            yield from _tensors(getattr(memory, field.name))
    elif isinstance(memory, Sequence) and not isinstance(memory, str):
        for value in memory:
            yield from _tensors(value)


def _first_tokens(memory: Any, begin: int | Tensor) -> Tensor:
    """Begin tokens int64 [B] on the memory's device."""
    if isinstance(begin, Tensor):
        return begin
    tensor = next(_tensors(memory), None)
    if tensor is None or not tensor.dim():
        raise ValueError(
            "the memory holds no tensor [B, ...] that tells the number of examples: give begin as int64 [B]"
        )
    return torch.full((tensor.shape[0],), begin, dtype=torch.int64, device=tensor.device)


def _allowed(
    log_probs: Tensor, prefixes: list[list[tuple[int, ...]]], end: int, pad: int | None, no_repeat_ngram: int
) -> Tensor:
    """Log-probabilities float32 [N, V] with -inf for the tokens that may not come; others are not made likelier."""
    log_probs = log_probs.float()
    banned = [
        (_repeats(prefix, no_repeat_ngram) - {end}) if no_repeat_ngram else set()
        for beams in prefixes
        for prefix in beams
    ]
    rows = [row for row, words in enumerate(banned) for _ in words]
    if pad is None and not rows:
        return log_probs
    log_probs = log_probs.clone()
    if pad is not None and pad != end:
        log_probs[:, pad] = -math.inf
    log_probs[rows, [word for words in banned for word in sorted(words)]] = -math.inf
    return log_probs


def _repeats(prefix: tuple[int, ...], n: int) -> set[int]:
    """Tokens that would complete an n-gram which the prefix already holds."""
    tail = prefix[len(prefix) - n + 1 :] if len(prefix) >= n else None
    return {prefix[i + n - 1] for i in range(len(prefix) - n + 1) if prefix[i : i + n - 1] == tail}


def _best(scores: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Best values and their places in every row [B, N], the lower place first among equals.

    topk leaves open which of equal values it gives. That matters where the first value left out equals the last one
    taken: only such rows pay for a whole sort.
    """
    width = scores.shape[1]
    values, places = scores.topk(min(count + 1, width), dim=1)
    tied = (values[:, count - 1] == values[:, -1]) & (values[:, -1] > -math.inf) if count < width else None
    places, order = places[:, :count].sort(dim=1)
    values, order = values.gather(1, order).sort(dim=1, descending=True, stable=True)
    places = places.gather(1, order)
    if tied is not None and tied.any():
        sorted_values, sorted_places = scores[tied].sort(dim=1, descending=True, stable=True)
        values[tied], places[tied] = sorted_values[:, :count], sorted_places[:, :count]
    return values, places
