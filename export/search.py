"""Greedy and beam search over decoder graphs, in numpy: `models.generation.search` step for step.

Captions are defined by that search; this one is what a runtime without torch needs, and what the parity check compares
with it. `StepGraph` runs a decoder graph as a pack's manifest describes it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Arrays = dict[str, Array]
Run = Callable[..., list[Array]]
"""A graph: arrays in by name, arrays out in its order."""


@dataclass(frozen=True)
class Found:
    """A hypothesis: token ids without begin and end, and its score, log-probability over a power of its length."""

    ids: tuple[int, ...]
    score: float


class StepGraph:
    """A decoder graph with its state.

    Parameters
    ----------
    graph : callable
    settings : mapping
        `caption` of a manifest: `memory` (inputs that stay, with their batch axis), `state` (a list of `past`, `next`,
        `axis`, and `shape` with -1 for the batch, of what is empty at first) and `outputs` of the graph.
    """

    def __init__(self, graph: Run, settings: Mapping[str, Any]) -> None:
        self.graph, self.settings = graph, settings
        self.memory: Arrays = {}
        self.past: Arrays = {}
        self.examples = np.zeros(0, np.int64)

    def start(self, encoded: Mapping[str, Array]) -> int:
        """Take what the encoder gave; give the number of examples."""
        self.memory = {name: encoded[name] for name in self.settings["memory"]}
        first = self.settings["state"][0]
        given = next(((self.memory[n], a) for n, a in self.settings["memory"].items()), None)
        array, axis = given if given is not None else (encoded[first["past"]], first["axis"])
        count = array.shape[axis]
        self.past = {
            each["past"]: encoded[each["past"]]
            if each["past"] in encoded
            else np.zeros([count if side == -1 else side for side in each["shape"]], np.float32)
            for each in self.settings["state"]
        }
        self.examples = np.arange(count)
        return int(count)

    def step(self, ids: Array) -> npt.NDArray[np.float32]:
        """Read tokens int64 [N, T]; give the log-probabilities [N, V] of the next."""
        outputs = self.graph(ids=ids, **self.memory, **self.past)
        found = dict(zip(self.settings["outputs"], outputs, strict=True))
        self.past = {each["past"]: found[each["next"]] for each in self.settings["state"]}
        return np.asarray(found["log_probs"], np.float32)

    def select(self, rows: Array) -> None:
        """Keep rows, some several times; the memory moves only where another example's is needed."""
        examples = self.examples[rows]
        if not np.array_equal(examples, self.examples):
            self.memory = {n: a.take(rows, axis=self.settings["memory"][n]) for n, a in self.memory.items()}
        self.past = {each["past"]: self.past[each["past"]].take(rows, axis=each["axis"])
                     for each in self.settings["state"]}  # fmt: skip
        self.examples = examples


def beam_search(graph: Run, settings: Mapping[str, Any], encoded: Mapping[str, Array], beams: int) -> list[Found]:
    """Find the best caption of every example.

    Parameters
    ----------
    settings : mapping
        As for `StepGraph`, with `prompt` (tokens read before the search), `begin`, `end`, `pad` (None: none),
        `longest`, `length_penalty` and `no_repeat_ngram`.
    encoded : mapping
        Outputs of the caption encoder by name.
    beams : int
        1 is greedy search.
    """
    end, pad, longest = settings["end"], settings["pad"], settings["longest"]
    penalty, repeat = settings["length_penalty"], settings["no_repeat_ngram"]
    decoder = StepGraph(graph, settings)
    examples = decoder.start(encoded)
    # What comes before the search is read together with the begin.
    last = np.tile(np.array([[*settings["prompt"], settings["begin"]]], np.int64), (examples, 1))
    best: list[Found | None] = [None] * examples
    live = list(range(examples))
    prefixes: list[list[tuple[int, ...]]] = [[()] for _ in live]
    totals = np.zeros((examples, 1), np.float32)
    for length in range(1, longest + 1):
        log_probs = decoder.step(last).copy()
        _forbid(log_probs, prefixes, end, pad, repeat)
        words, width = log_probs.shape[1], totals.shape[1]
        candidates = (totals[:, :, None] + log_probs.reshape(len(live), width, words)).reshape(len(live), -1)
        grown = []
        for i, row in enumerate(candidates):
            alive: list[tuple[float, int, int]] = []
            for rank, place in enumerate(_best(row, beams if beams == 1 else 2 * beams)):
                value, (parent, word) = float(row[place]), divmod(int(place), words)
                if value == -math.inf:
                    break
                if word != end and length < longest:
                    if len(alive) < beams:
                        alive.append((value, parent, word))
                elif rank < beams:
                    ids = prefixes[i][parent] if word == end else (*prefixes[i][parent], word)
                    score, before = value / length**penalty, best[live[i]]
                    if before is None or score > before.score:
                        best[live[i]] = Found(ids, score)
            before = best[live[i]]
            if alive and before is not None:
                divisor = (longest if penalty > 0 else length + 1) ** penalty
                if alive[0][0] / divisor <= before.score:
                    alive = []
            grown.append(alive)
        kept = [i for i, alive in enumerate(grown) if alive]
        if not kept:
            break
        most = max(len(grown[i]) for i in kept)
        filled = [grown[i] + [(-math.inf, *grown[i][0][1:])] * (most - len(grown[i])) for i in kept]
        decoder.select(
            np.array([i * width + parent for i, row in zip(kept, filled, strict=True) for _, parent, _ in row])
        )
        last = np.array([[word] for row in filled for _, _, word in row], np.int64)
        totals = np.array([[value for value, _, _ in row] for row in filled], np.float32)
        prefixes = [[(*prefixes[i][p], word) for _, p, word in row] for i, row in zip(kept, filled, strict=True)]
        live = [live[i] for i in kept]
    return [found or Found((), -math.inf) for found in best]


def _forbid(log_probs: Array, prefixes: list[list[tuple[int, ...]]], end: int, pad: int | None, n: int) -> None:
    """Set to -inf what may not come: padding, and words that would repeat n tokens; the end may always come."""
    if pad is not None and pad != end:
        log_probs[:, pad] = -math.inf
    if not n:
        return
    for row, prefix in enumerate(prefix for beams in prefixes for prefix in beams):
        tail = prefix[len(prefix) - n + 1 :] if len(prefix) >= n else None
        for i in range(len(prefix) - n + 1):
            if prefix[i : i + n - 1] == tail and prefix[i + n - 1] != end:
                log_probs[row, prefix[i + n - 1]] = -math.inf


def _best(row: Array, count: int) -> Array:
    """Places of the best values, best first, the lower place first among equals."""
    count = min(count, len(row))
    least = np.partition(row, len(row) - count)[len(row) - count]
    places = np.flatnonzero(row >= least)
    return places[np.argsort(-row[places], kind="stable")][:count]
