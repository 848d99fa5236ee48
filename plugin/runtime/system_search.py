"""Greedy and beam search over decoder graphs, in numpy: `models.generation.search` step for step.

Captions are defined by that search; this one is what a runtime without torch needs, and what the parity check compares
with it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from plugin.runtime.holders import Holder, Run
from plugin.runtime.session import Graph
from plugin.runtime.steps import Steps, on_what_device_there_is

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Found:
    """A hypothesis: token ids without begin and end, and its score, log-probability over a power of its length."""

    ids: tuple[int, ...]
    score: float


def beam_search(
    graph: Graph | Run | Holder, settings: Mapping[str, Any], encoded: Mapping[str, Array], beams: int
) -> list[Found]:
    """Find the best caption of every example.

    Parameters
    ----------
    settings : mapping
        As for `plugin.runtime.steps.Steps`, with `prompt` (tokens read before the search), `begin`, `end`,
        `pad` (None: none), `longest`, `length_penalty` and `no_repeat_ngram`.
    encoded : mapping
        Outputs of the caption encoder by name.
    beams : int
        1 is greedy search.
    """
    return on_what_device_there_is(lambda: _search(Steps(graph, settings), settings, encoded, beams))


def _search(decoder: Steps, settings: Mapping[str, Any], encoded: Mapping[str, Array], beams: int) -> list[Found]:
    end, pad, longest = settings["end"], settings["pad"], settings["longest"]
    penalty, repeat = settings["length_penalty"], settings["no_repeat_ngram"]
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
            for rank, place in enumerate(best_places(row, beams if beams == 1 else 2 * beams)):
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


def best_places(row: Array, count: int) -> Array:
    """Places of the best values, best first, the lower place first among equals."""
    count = min(count, len(row))
    least = np.partition(row, len(row) - count)[len(row) - count]
    places = np.flatnonzero(row >= least)
    return places[np.argsort(-row[places], kind="stable")][:count]
