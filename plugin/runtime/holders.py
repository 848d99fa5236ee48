"""What runs a decoder and holds its values between its steps, in the memory of the device."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from plugin.runtime.device import CUDA, DIRECTML, provider_session
from plugin.runtime.gathering import gather_model
from plugin.runtime.session import Graph, failures, turn

Array = npt.NDArray[Any]
Run = Callable[..., list[Array]]
"""A graph: arrays in by name, arrays out in its order."""
MEMORY = {CUDA: "cuda", DIRECTML: "dml"}
"""Where a provider keeps its values, if not in the memory of the CPU."""


class Moved(Exception):
    """The graph went on to the CPU; what was held elsewhere is lost."""


class Holder(Protocol):
    """Runs a decoder and keeps values between its steps."""

    def hold(self, array: Array) -> Any:
        """Keep an array where the decoder runs."""

    def hold_input(self, array: Array) -> Any:
        """Keep an array that is read once."""

    def run(self, inputs: Mapping[str, Any], outputs: Sequence[str]) -> tuple[Array, dict[str, Any]]:
        """Give the first output as an array, and all others by name, held."""

    def take(self, values: Mapping[str, Any], rows: Array, axes: Mapping[str, int]) -> dict[str, Any]:
        """Pick rows, int64 [N], of values that are held, along the axis of each."""


class Plain:
    """Arrays of numpy."""

    def __init__(self, graph: Run) -> None:
        self._graph = graph

    def hold(self, array: Array) -> Array:
        """Give the array."""
        return array

    hold_input = hold

    def run(self, inputs: Mapping[str, Array], outputs: Sequence[str]) -> tuple[Array, dict[str, Array]]:
        """Run the graph."""
        found = self._graph(**inputs)
        return np.asarray(found[0], np.float32), dict(zip(outputs, found, strict=True))

    def take(self, values: Mapping[str, Array], rows: Array, axes: Mapping[str, int]) -> dict[str, Array]:
        """Pick rows."""
        return {name: value.take(rows, axis=axes[name]) for name, value in values.items()}


class Bound:
    """Values of ONNX Runtime in the memory of the device; for one thread.

    Raises
    ------
    Moved
        By any method: the device failed, and the graph is on the CPU now.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph, self._opened = graph, graph.opened  # looked at once: another thread may change it
        self._provider = self._opened.placement.provider
        self._place = MEMORY.get(self._provider, "cpu")
        self._binding = self._opened.session.io_binding()

    def hold(self, array: Array) -> Any:
        """Copy an array to the device."""
        return self._tried(lambda: _value(array, self._place))

    def hold_input(self, array: Array) -> Any:
        """Wrap an array; the session takes it to its device."""
        return _value(array, "cpu")

    def run(self, inputs: Mapping[str, Any], outputs: Sequence[str]) -> tuple[Array, dict[str, Any]]:
        """Run the graph."""
        found = self._tried(lambda: self._bound(self._opened.session, self._binding, inputs, outputs, 1))
        return found[0].numpy(), dict(zip(outputs[1:], found[1:], strict=True))

    def take(self, values: Mapping[str, Any], rows: Array, axes: Mapping[str, int]) -> dict[str, Any]:
        """Pick rows, by a graph on the same device."""
        if not values:
            return {}
        tensors = tuple((len(value.shape()), axes[name]) for name, value in values.items())
        inputs = {"rows": _value(rows, "cpu"), **{f"in{i}": value for i, value in enumerate(values.values())}}

        def gather() -> Any:
            session = _gatherer(self._provider, tensors)
            names = [f"out{i}" for i in range(len(values))]
            return self._bound(session, session.io_binding(), inputs, names, 0)

        return dict(zip(values, self._tried(gather), strict=True))

    def _bound(
        self, session: Any, binding: Any, inputs: Mapping[str, Any], outputs: Sequence[str], read: int
    ) -> list[Any]:
        """Run with values bound; the first `read` outputs come to the CPU."""
        for name, value in inputs.items():
            binding.bind_ortvalue_input(name, value)
        for number, name in enumerate(outputs):
            binding.bind_output(name, "cpu" if number < read else self._place)
        with turn(self._provider):
            session.run_with_iobinding(binding)
        found: list[Any] = binding.get_outputs()
        return found

    def _tried(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except failures() as error:
            self._graph.fall_back(self._opened, error)
            raise Moved from error


def _value(array: Array, place: str) -> Any:
    from onnxruntime import OrtValue

    return OrtValue.ortvalue_from_numpy(np.ascontiguousarray(array), place, 0)


@functools.cache
def _gatherer(provider: str, tensors: tuple[tuple[int, int], ...]) -> Any:
    """Session of the graph that reorders such tensors, on the device that they lie on."""
    return provider_session(gather_model(tensors), provider)
