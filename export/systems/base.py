"""What a system gives to its export: graphs with examples, settings, files, and its own captions to compare with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from export.material import Material
from models.systems.base import State, System

Example = tuple[Tensor, ...]


@dataclass(frozen=True)
class GraphPlan:
    """One graph.

    Attributes
    ----------
    examples : mapping
        Positional inputs by name: the first is traced, all are compared. Axes that are dynamic are longer than 1 in
        the first.
    dynamic : mapping
        Axis names by input.
    exact : tuple of str
        Names of modules within `module` that stay float32 in every precision: front-ends, whose powers and logarithms
        neither float16 nor int8 can hold.
    own : callable, optional
        The system's own function of the same inputs, which answers are compared with; where none is given, `module`.
    """

    name: str
    module: nn.Module
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    examples: Mapping[str, Example]
    dynamic: Mapping[str, Mapping[int, str]]
    exact: tuple[str, ...] = ("front",)
    own: Callable[..., Any] | None = None


@dataclass(frozen=True)
class CaptionPlan:
    """How captions are written with two of the graphs.

    Attributes
    ----------
    encoder : str
        Graph whose outputs are the decoder's memory, and its first state where that is not empty.
    settings : dict
        `caption` of the manifest; see `plugin.runtime.system_search`.
    cases : mapping
        Encoder inputs by name, real ones among them.
    write : callable
        (case, beams) to token ids: torch's own captions, by the system's own search.
    """

    encoder: str
    settings: dict[str, Any]
    cases: Mapping[str, Example]
    write: Callable[[Example, int], list[tuple[int, ...]]]


@dataclass(frozen=True)
class FrontPlan:
    """A front-end of a graph beside the system's own function, one sound float32 [N] at a time."""

    name: str
    module: nn.Module
    own: Callable[[npt.NDArray[np.float32]], npt.NDArray[Any]]


@dataclass(frozen=True)
class SystemPlan:
    """All that goes into a pack.

    Attributes
    ----------
    settings : dict
        What a runtime must know: rate, seconds, sizes, tags.
    files : mapping
        Content of further files by name: tokenizers, default inputs.
    outside : tuple of str
        What the pack cannot do alone, one line each.
    """

    graphs: list[GraphPlan]
    settings: dict[str, Any]
    files: Mapping[str, bytes] = field(default_factory=dict)
    captions: CaptionPlan | None = None
    fronts: tuple[FrontPlan, ...] = ()
    outside: tuple[str, ...] = ()


def plan_of(name: str, system: System, settings: Any, state: State, material: Material) -> SystemPlan:
    """Give the plan of a system that was loaded from a checkpoint."""
    with torch.no_grad():  # tensors of inference mode cannot be traced afterwards
        plan: SystemPlan = import_module(f"export.systems.{name}").plan(system.eval(), settings, state, material)
    return plan


def caches(layers: int, heads: int, width: int) -> list[dict[str, Any]]:
    """State of an `export.layers.StepDecoder` for the manifest: empty at first."""
    shape = [layers, -1, heads, 0, width]
    return [{"past": f"past_{name}", "next": name, "axis": 1, "shape": shape} for name in ("keys", "values")]


CROSS = {"cross_keys": 1, "cross_values": 1, "cross_mask": 0}
"""Memory of a `StepDecoder` with the axis of the batch."""
STEP_INPUTS = ("ids", "past_keys", "past_values", *CROSS)
STEP_OUTPUTS = ("log_probs", "keys", "values")


def step_plan(module: nn.Module, memory: Example, caption: dict[str, Any], words: int) -> GraphPlan:
    """Plan the graph of a `StepDecoder`: traced in the midst of a caption, compared at its first step too."""
    layers, _, heads, _, width = caption["state"][0]["shape"]
    count = memory[0].shape[1]

    def past(length: int, rows: int) -> Example:
        shape = (layers, rows, heads, length, width)
        return torch.randn(shape), torch.randn(shape)

    def ids(rows: int, length: int) -> Tensor:
        return torch.randint(words, (rows, length))

    one = (memory[0][:, :1], memory[1][:, :1], memory[2][:1])
    batch, cache, remembered = {0: "batch"}, {1: "batch", 3: "past"}, {1: "batch", 3: "memory"}
    return GraphPlan(
        "caption_decoder",
        module,
        STEP_INPUTS,
        STEP_OUTPUTS,
        {
            "later step": (ids(count, 2), *past(5, count), *memory),
            "first step": (ids(count, 1), *past(0, count), *memory),
            "first step, one row": (ids(1, 1), *past(0, 1), *one),
            "next step": (ids(count, 1), *past(1, count), *memory),
        },
        {
            "ids": {0: "batch", 1: "tokens"}, "past_keys": cache, "past_values": cache, "cross_keys": remembered,
            "cross_values": remembered, "cross_mask": {**batch, 3: "memory"},
        },
    )  # fmt: skip
