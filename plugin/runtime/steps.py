"""A decoder graph run step by step, its state held where the graph runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from plugin.runtime.holders import Bound, Holder, Moved, Plain, Run
from plugin.runtime.session import Graph

Array = npt.NDArray[Any]
Found = TypeVar("Found")


def on_what_device_there_is(search: Callable[[], Found]) -> Found:
    """Run a search, and once more from its beginning where its graph moved to the CPU meanwhile."""
    while True:
        try:
            return search()
        except Moved:
            continue


class Steps:
    """A decoder graph with its state.

    What one step gives is bound as what the next one takes, without a copy; beams are reordered by a graph on the same
    device. Only token ids go in, and only scores come out.

    Parameters
    ----------
    graph : Graph, callable or Holder
        A callable of arrays is as good, at the price of copies; a holder is one's own runtime.
    settings : mapping
        `caption` of a manifest: `memory` (inputs that stay, with their batch axis), `state` (a list of `past`, `next`,
        `axis`, and `shape` with -1 for the batch, of what is empty at first) and `outputs` of the graph, scores first;
        `broadcasts` where the graph takes one row of memory for all rows of a lone example.
    """

    def __init__(self, graph: Graph | Run | Holder, settings: Mapping[str, Any]) -> None:
        self._held: Holder = Bound(graph) if isinstance(graph, Graph) else Plain(graph) if callable(graph) else graph
        self._settings = settings
        self._memory: dict[str, Any] = {}
        self._past: dict[str, Any] = {}
        self._examples, self._shared = np.zeros(0, np.int64), False

    def start(self, encoded: Mapping[str, Array]) -> int:
        """Take what the encoder gave; give the number of examples."""
        memory, state = self._settings["memory"], self._settings["state"]
        given = next(iter(memory.items()), (state[0]["past"], state[0]["axis"]))
        count = int(encoded[given[0]].shape[given[1]])
        self._memory = {name: self._held.hold(encoded[name]) for name in memory}
        self._past = {
            each["past"]: self._held.hold(
                encoded[each["past"]]
                if each["past"] in encoded
                else np.zeros([count if side == -1 else side for side in each["shape"]], np.float32)
            )
            for each in state
        }
        self._examples = np.arange(count)
        self._shared = count == 1 and bool(self._settings.get("broadcasts"))
        return count

    def step(self, ids: Array) -> npt.NDArray[np.float32]:
        """Read tokens int64 [N, T]; give the graph's scores of the next, [N, ...]."""
        scores, outputs = self._held.run({"ids": self._held.hold_input(ids), **self._memory, **self._past},
                                         self._settings["outputs"])  # fmt: skip
        self._past = {each["past"]: outputs[each["next"]] for each in self._settings["state"]}
        return scores

    def select(self, rows: Array) -> None:
        """Keep rows, some several times.

        The memory moves only where another example's is needed, and never where one row of it serves all.
        """
        examples = self._examples[rows]
        axes = {each["past"]: each["axis"] for each in self._settings["state"]}
        if not np.array_equal(rows, np.arange(len(self._examples))):
            self._past = self._held.take(self._past, rows, axes)
        if not self._shared and not np.array_equal(examples, self._examples):
            self._memory = self._held.take(self._memory, rows, self._settings["memory"])
        self._examples = examples
