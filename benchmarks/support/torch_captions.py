"""Networks of torch in the place of our graphs: the same search, another runtime."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

EAGER_STEPS = 2
"""Steps of a caption that are never compiled: torch.compile makes a program of its own for the lengths 0 and 1."""


class TorchDecoder:
    """A decoder for `plugin.runtime.steps.Steps`: all values stay tensors on the device.

    Parameters
    ----------
    module : nn.Module
        Takes ids, past keys, past values and the memory.
    compiled : callable, optional
        What goes on for it after the first steps.
    """

    def __init__(self, module: nn.Module, device: str, compiled: Callable[..., Any] | None = None) -> None:
        self._module, self._device = module, device
        self._compiled = module if compiled is None else compiled

    def hold(self, array: np.ndarray) -> Tensor:
        """Give an array as a tensor on the device."""
        return torch.from_numpy(np.ascontiguousarray(array)).to(self._device)

    hold_input = hold

    @torch.inference_mode()
    def run(self, inputs: Mapping[str, Tensor], outputs: Sequence[str]) -> tuple[np.ndarray, dict[str, Tensor]]:
        """Do a step."""
        order = ("ids", "past_keys", "past_values", "cross_keys", "cross_values", "cross_mask")
        step = self._module if inputs["past_keys"].shape[3] < EAGER_STEPS else self._compiled
        found = step(*(inputs[name] for name in order))
        return found[0].cpu().numpy(), dict(zip(outputs, found, strict=True))

    @torch.inference_mode()
    def take(self, values: Mapping[str, Tensor], rows: np.ndarray, axes: Mapping[str, int]) -> dict[str, Tensor]:
        """Pick rows."""
        kept = self.hold(rows)
        return {name: value.index_select(axes[name], kept) for name, value in values.items()}


def encoder(module: Callable[..., Any], device: str) -> Callable[..., list[np.ndarray]]:
    """Give a network as a graph is called: arrays in by name, in the order of its inputs, arrays out."""

    @torch.inference_mode()
    def run(**inputs: np.ndarray) -> list[np.ndarray]:
        found = module(*(torch.from_numpy(np.ascontiguousarray(value)).to(device) for value in inputs.values()))
        return [value.cpu().numpy() for value in found]

    return run
