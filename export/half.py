"""A graph in float16, for CUDA: weights and computation; inputs and outputs stay float32.

Written here because ONNX Runtime's own converter (`onnxruntime.transformers.float16`) names the casts behind a node
with several outputs twice, and so refuses our graphs; onnxconverter-common is the same code.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper, shape_inference

FLOAT, HALF = TensorProto.FLOAT, TensorProto.FLOAT16
LARGEST = 65504.0
SINGLE = ("LogSoftmax", "Log", "Pow", "Range", "CumSum", "ReduceSumSquare")
"""Operators that stay float32: scores of captions are sums of logarithms, and powers leave the range of float16."""


def to_half(model: onnx.ModelProto, exact: Collection[str]) -> int:
    """Change a graph in place; give how many nodes compute in float16 now.

    Parameters
    ----------
    exact : collection of str
        Names of nodes that stay float32.
    """
    graph = model.graph
    floats = _floats(model)
    weights = {tensor.name: tensor for tensor in graph.initializer if tensor.data_type == FLOAT}
    now_half: set[str] = set()
    casts: dict[tuple[str, int], str] = {}
    extra: list[onnx.TensorProto] = []
    nodes: list[onnx.NodeProto] = []
    changed = 0

    def wanted(name: str, kind: int) -> str:
        """Name of the value in float16 or float32, cast once where it is not so."""
        if name not in floats or (kind == HALF) == (name in now_half):
            return name
        if (name, kind) not in casts:
            casts[name, kind] = new = f"{name}_{'f16' if kind == HALF else 'f32'}"
            if name in weights:
                value = np.clip(numpy_helper.to_array(weights[name]), -LARGEST, LARGEST)
                extra.append(numpy_helper.from_array(value.astype(np.float16), new))
            else:
                nodes.append(helper.make_node("Cast", [name], [new], name=f"cast_{new}", to=kind))
        return casts[name, kind]

    for node in graph.node:
        touched = floats.intersection([*node.input, *node.output])
        half = bool(touched) and node.op_type not in SINGLE and node.name not in exact
        node.input[:] = [wanted(name, HALF if half else FLOAT) for name in node.input]
        if half:
            changed += 1
            _make(node)
            now_half.update(floats.intersection(node.output))
        nodes.append(node)
    for out in graph.output:
        if out.name in now_half:  # outputs keep their names and their type
            inner = f"{out.name}_half"
            for node in nodes:
                node.input[:] = [inner if name == out.name else name for name in node.input]
                node.output[:] = [inner if name == out.name else name for name in node.output]
            nodes.append(helper.make_node("Cast", [inner], [out.name], name=f"cast_{out.name}", to=FLOAT))
    used = {name for node in nodes for name in node.input}
    kept = [tensor for tensor in (*graph.initializer, *extra) if tensor.name in used]
    for part, values in ((graph.node, nodes), (graph.initializer, kept)):
        copies = [type(value).FromString(value.SerializeToString()) for value in values]
        del part[:]
        part.extend(copies)
    del graph.value_info[:]
    return changed


def _floats(model: onnx.ModelProto) -> set[str]:
    """Names of all values that are float32."""
    inferred = shape_inference.infer_shapes(model).graph
    found = {
        info.name
        for info in (*inferred.value_info, *inferred.input, *inferred.output)
        if info.type.tensor_type.elem_type == FLOAT
    }
    return found | {tensor.name for tensor in model.graph.initializer if tensor.data_type == FLOAT}


def _make(node: onnx.NodeProto) -> None:
    """Let a node that makes float32 of nothing, or of integers, make float16."""
    for attribute in node.attribute:
        if node.op_type == "Cast" and attribute.name == "to" and attribute.i == FLOAT:
            attribute.i = HALF
        elif attribute.name == "value" and attribute.t.data_type == FLOAT:
            value = np.clip(numpy_helper.to_array(attribute.t), -LARGEST, LARGEST)
            attribute.t.CopyFrom(numpy_helper.from_array(value.astype(np.float16)))
