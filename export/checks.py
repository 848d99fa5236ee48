"""What decides whether a pack may be written, and what is told of its precisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from export import measure
from export.errors import ParityError
from export.parity import TOLERANCE, compare, difference
from export.systems.base import CaptionPlan, FrontPlan, GraphPlan, SystemPlan
from plugin.runtime.session import Graph


def check_fronts(fronts: Sequence[FrontPlan]) -> dict[str, Any]:
    """Compare the front-ends with the systems' own functions on noise of two seconds."""
    found = {}
    for front in fronts:
        sound = 0.1 * torch.randn(64_000, generator=torch.Generator().manual_seed(1))
        with torch.inference_mode():
            made = front.module(sound[None])[0].numpy()
        row = difference(front.own(sound.numpy()).reshape(made.shape), made, front.name)
        if row.relative > TOLERANCE:
            raise ParityError(f"{front.name}: the front-end differs from the system's own by {row.relative:.2g}")
        found[front.name] = _rounded(asdict(row))
    return found


def check_graph(plan: GraphPlan, graph: Graph) -> tuple[dict[str, Any], float]:
    """Compare a graph on all its examples: differences by example and output, and the largest relative one."""
    rows = {}
    worst = 0.0
    for label, example in plan.examples.items():
        found = compare(plan.own or plan.module, graph, plan.inputs, example, f"{plan.name}.onnx, {label}")
        rows[label] = {name: _rounded(asdict(row)) for name, row in zip(plan.outputs, found, strict=True)}
        worst = max(worst, *(row.relative for row in found))
    return rows, worst


def check_captions(plan: CaptionPlan, found: dict[str, Any]) -> dict[str, Any]:
    """Compare captions token for token; ParityError at the first that differs."""
    count = tokens = 0
    for case, example in plan.cases.items():
        for beams in measure.widths(plan):
            with torch.inference_mode():
                wanted = plan.write(example, beams)
            for number, (own, other) in enumerate(zip(wanted, found[f"{case}, {beams} beams"], strict=True)):
                if tuple(own) != tuple(other):
                    raise ParityError(
                        f"caption {number} of {case}, {beams} beams: ONNX writes {list(other)}, torch {list(own)}"
                    )
                count, tokens = count + 1, tokens + len(own)
    return {"compared": count, "equal": count, "tokens": tokens, "beams": list(measure.widths(plan))}


def measured(
    plan: SystemPlan, opened: dict[str, Graph], paths: dict[str, Path], spoken: dict[str, Any], kind: str
) -> dict[str, Any]:
    """Compare a precision with fp32: least cosine by graph, captions that stay the same, bytes, time."""
    graphs: dict[str, measure.Runs] = {
        name: measure.PlainGraph(path) if kind == "fp16" else Graph(path, "cpu", threads=1)
        for name, path in paths.items()
    }
    plans = {each.name: each for each in plan.graphs}
    cosines = {name: round(measure.least_cosine(opened[name], graphs[name], each), 5) for name, each in plans.items()}
    entry: dict[str, Any] = {"bytes": bytes_of(paths), "least_cosine": cosines}
    entry["milliseconds_on_the_cpu"] = round(measure.milliseconds(graphs, plans), 2)
    good = min(cosines.values()) >= measure.GOOD_COSINE
    if plan.captions is not None:
        found = measure.captions(graphs, plans, plan.captions)
        equal, count = measure.agreement(spoken["captions"], found["captions"])
        entry |= {"captions_equal": equal, "captions": count}
        entry["milliseconds_a_caption_on_the_cpu"] = round(found["milliseconds"], 2)
        good = good and equal >= measure.GOOD_CAPTIONS * count
    return {**entry, "good": good}


def _rounded(row: dict[str, float]) -> dict[str, float]:
    return {name: float(f"{value:.3g}") for name, value in row.items()}


def files_of(path: Path) -> list[Path]:
    """A graph with its file of weights, where it has one."""
    return [file for file in (path, path.with_name(f"{path.name}.data")) if file.exists()]


def bytes_of(paths: dict[str, Path]) -> int:
    """Bytes of graphs with their weights."""
    return sum(measure.size(files_of(path)) for path in paths.values())
