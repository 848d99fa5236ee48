"""What a precision costs: how far its outputs and its captions are from those of float32, and how long it takes."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from export.systems.base import CaptionPlan, Example, GraphPlan
from plugin.runtime.session import Graph
from plugin.runtime.system_search import beam_search

Array = npt.NDArray[Any]
GOOD_COSINE, GOOD_CAPTIONS = 0.99, 0.9
"""From what least cosine, and what share of equal captions, a precision is what a runtime takes of itself."""


class PlainGraph:
    """A float16 graph on the CPU, for measuring alone: ONNX Runtime 1.31 crashes on some with all optimisations."""

    def __init__(self, path: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level, options.intra_op_num_threads = 3, 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def __call__(self, **inputs: Array) -> list[npt.NDArray[np.float32]]:
        """Run the graph."""
        outputs: list[npt.NDArray[np.float32]] = self._session.run(None, inputs)
        return outputs


Runs = Graph | PlainGraph


def milliseconds(graphs: Mapping[str, Runs], plans: Mapping[str, GraphPlan]) -> float:
    """Time of every graph's examples, once through, the best of three."""
    taken = []
    for _ in range(3):
        started = time.perf_counter()
        for name, plan in plans.items():
            for example in plan.examples.values():
                run(graphs[name], plan, example)
        taken.append(1e3 * (time.perf_counter() - started))
    return min(taken)


def run(graph: Runs, plan: GraphPlan, example: Example) -> dict[str, Array]:
    """Outputs of a graph by name."""
    found = graph(**{name: value.numpy() for name, value in zip(plan.inputs, example, strict=True)})
    return dict(zip(plan.outputs, found, strict=True))


def least_cosine(graph: Runs, other: Runs, plan: GraphPlan) -> float:
    """Least cosine of outputs of two graphs over all examples; what is not finite, or all zero, is left out."""
    least = 1.0
    for example in plan.examples.values():
        wanted, found = run(graph, plan, example), run(other, plan, example)
        for name in plan.outputs:
            finite = np.isfinite(wanted[name]) & np.isfinite(found[name])
            a, b = (np.where(finite, each[name], 0.0).astype(np.float64).ravel() for each in (wanted, found))
            norms = float(np.linalg.norm(a) * np.linalg.norm(b))
            if norms > 0:
                least = min(least, float(a @ b) / norms)
    return least


def captions(graphs: Mapping[str, Runs], plans: Mapping[str, GraphPlan], plan: CaptionPlan) -> dict[str, Any]:
    """Write all captions; token ids by case and beams, and the milliseconds of one caption."""
    found: dict[str, Any] = {}
    written, started = 0, time.perf_counter()
    for case, example in plan.cases.items():
        encoded = run(graphs[plan.encoder], plans[plan.encoder], example)
        for beams in widths(plan):
            rows = beam_search(graphs[plan.settings["decoder"]], plan.settings, encoded, beams)
            found[f"{case}, {beams} beams"] = [row.ids for row in rows]
            written += len(rows)
    return {"captions": found, "milliseconds": 1e3 * (time.perf_counter() - started) / max(1, written)}


def widths(plan: CaptionPlan) -> Sequence[int]:
    """Greedy search and a beam search: that of the settings, or of 3 beams where the settings are greedy."""
    return (1, plan.settings["beams"] if plan.settings["beams"] > 1 else 3)


def agreement(wanted: Mapping[str, Sequence[Any]], found: Mapping[str, Sequence[Any]]) -> tuple[int, int]:
    """How many captions are the same, of how many."""
    pairs = [(a, b) for name in wanted for a, b in zip(wanted[name], found[name], strict=True)]
    return sum(a == b for a, b in pairs), len(pairs)


def size(paths: Sequence[Path]) -> int:
    """Bytes of files."""
    return sum(path.stat().st_size for path in paths)
