"""The way back from an exported graph to torch: its weights into a module of the same architecture.

The exporter (`export/graph.py`) keeps the names of most weights and says of every node which module it came from. What
else it does is undone here: weights are stored as float16 (`NAME_f16`), those of linear layers become transposed
constants of a product, equal ones are written once, batch norm is folded into the convolution before it, and what is
cut out of a parameter loses its name and is found by its shape.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import onnx
import torch
from google.protobuf.message import DecodeError as ProtobufError
from onnx import NodeProto, numpy_helper
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from plugin.errors import PackError, printable

HALVED = "_f16"
SCOPES = "pkg.torch.onnx.name_scopes"
SLOTS = {
    ("Add", "bias"): 1,
    ("MatMul", "weight"): 1,
    ("Gemm", "weight"): 1,
    ("Gemm", "bias"): 2,
    ("LayerNormalization", "weight"): 1,
    ("LayerNormalization", "bias"): 2,
    ("BatchNormalization", "weight"): 1,
    ("BatchNormalization", "bias"): 2,
    ("BatchNormalization", "running_mean"): 3,
    ("BatchNormalization", "running_var"): 4,
}
"""Which input of which operator a weight is."""


@dataclass(frozen=True)
class Node:
    """A node of a graph: operator, names of its inputs, and the modules it lies in, from the outermost."""

    kind: str
    inputs: tuple[str, ...]
    modules: tuple[str, ...]


class GraphWeights:
    """Constants and nodes of an exported graph.

    Parameters
    ----------
    path : Path
        An ONNX file, already checked against its pack's manifest.

    Raises
    ------
    PackError
        It cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            graph = onnx.load(str(path)).graph
        except (OSError, ValueError, ProtobufError) as error:
            raise PackError(f"{printable(path)}: not an ONNX graph; install the pack again") from error
        self.constants = {
            constant.name.removesuffix(HALVED): numpy_helper.to_array(constant)
            for constant in graph.initializer
        }  # fmt: skip
        self.nodes = [Node(node.op_type, tuple(node.input), _modules(node)) for node in graph.node]

    def of(self, module: str) -> list[Node]:
        """Nodes that came from a module itself, not from one inside it."""
        return [node for node in self.nodes if node.modules[-1:] == (module,)]

    def slot(self, module: str, weight: str) -> tuple[str, np.ndarray] | None:
        """Find what a module's nodes take as a weight: name of the constant, and its value as torch has it."""
        for node in self.of(module):
            place = SLOTS.get((node.kind, weight), len(node.inputs))
            if place < len(node.inputs) and node.inputs[place] in self.constants:
                value = self.constants[node.inputs[place]]
                return node.inputs[place], value.T if node.kind == "MatMul" else value
        return None


def _modules(node: NodeProto) -> tuple[str, ...]:
    """Names of the modules that a node lies in; the last scope is the operation itself."""
    scopes = next((entry.value for entry in node.metadata_props if entry.key == SCOPES), "[]")
    return tuple(ast.literal_eval(scopes))[:-1]


def load_weights(module: nn.Module, path: Path) -> None:
    """Fill a module with the weights of its exported graph; it then computes what the graph does, in evaluation mode.

    Parameters
    ----------
    module : torch.nn.Module
        Of the architecture that was exported.
    path : Path
        The ONNX file.

    Raises
    ------
    PackError
        The file cannot be read, lacks weights of the module, or they have another shape.
    """
    graph = GraphWeights(path)
    parameters, buffers = dict(module.named_parameters()), dict(module.named_buffers())
    wanted: dict[str, Tensor] = {
        name: value for name, value in {**parameters, **buffers}.items() if not name.endswith("num_batches_tracked")
    }
    found = {name: graph.constants[name] for name in wanted if name in graph.constants}
    claimed = set(found)
    for name, part in module.named_modules():
        for leaf, _ in chain(part.named_parameters(recurse=False), part.named_buffers(recurse=False)):
            slot = graph.slot(name, leaf)
            if slot is not None:
                claimed.add(slot[0])
                found.setdefault(f"{name}.{leaf}".lstrip("."), slot[1])
        if isinstance(part, _BatchNorm) and f"{name}.running_mean" not in found:
            found |= _folded(graph, name, part)
    rest = {name: value for name, value in graph.constants.items() if name not in claimed}
    for name in parameters:
        alike = [key for key, value in rest.items() if value.shape == tuple(parameters[name].shape)]
        if name not in found and len(alike) == 1 and parameters[name].ndim > 1:
            found[name] = rest.pop(alike[0])
        rows = [key for key, value in rest.items() if value.shape == tuple(parameters[name].shape[1:])]
        if name not in found and parameters[name].ndim > 1 and len(rows) == len(parameters[name]):
            found[name] = np.stack([rest.pop(key) for key in rows])  # each row was cut out by itself
    kept = module.state_dict()  # buffers that are not in it are computed by the module itself
    missing = sorted(name for name in wanted if name in kept and name not in found)
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise PackError(
            f"{printable(path)}: no weights for {missing[0]}{more}; the pack is of another version of the network,"
            " use the one that came with this Cuefinder"
        )
    with torch.no_grad():
        for name, value in found.items():
            if value.shape != tuple(wanted[name].shape):
                raise PackError(
                    f"{printable(path)}: {name} is {list(value.shape)}, here {list(wanted[name].shape)}; the pack is of"
                    " another version of the network, use the one that came with this Cuefinder"
                )
            wanted[name].copy_(torch.from_numpy(np.array(value, np.float32)))


def _folded(graph: GraphWeights, name: str, norm: _BatchNorm) -> dict[str, np.ndarray]:
    """Give the state of a batch norm that lies in the convolution before it: only its shift is left.

    The convolution, whose weight has kept its name, must have no bias of its own.
    """
    convolution = next((node for node in graph.of(name) if node.kind == "Conv"), None)
    if convolution is None or len(convolution.inputs) < 3 or convolution.inputs[2] not in graph.constants:
        return {}
    one = np.ones(norm.num_features, np.float32)
    return {
        f"{name}.weight": one,
        f"{name}.bias": graph.constants[convolution.inputs[2]],
        f"{name}.running_mean": 0 * one,
        f"{name}.running_var": one - np.float32(norm.eps),
    }
