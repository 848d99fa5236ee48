"""Smaller and faster versions of a graph: float16 for CUDA, int8 for the CPU.

float16 is `export.half`. int8 is ONNX Runtime's quantisation: convolutions by ranges that a calibration finds (static),
matrix products by ranges found as they come (dynamic), which Transformers need for their outliers. Front-ends stay
float32 in both, for neither holds the powers of a spectrum.
"""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnx

from export.graph import EXTERNAL, SCOPES, save_graph
from export.half import to_half

MATRICES = ("MatMul", "Gemm")
Feed = dict[str, np.ndarray]


def exact_nodes(model: onnx.ModelProto, modules: Sequence[str]) -> list[str]:
    """Names of the nodes that lie in modules of these names; an empty name stands for the whole graph."""
    found = []
    for node in model.graph.node:
        scopes = next((entry.value for entry in node.metadata_props if entry.key == SCOPES), "[]")
        inside = any(f"'{name}'" in scopes or f"'{name}." in scopes for name in modules if name)
        if "" in modules or inside:
            found.append(node.name)
    return found


def to_fp16(source: Path, target: Path, exact: Sequence[str], external: int = EXTERNAL) -> int:
    """Write the graph in float16; give how many nodes became so, 0 (and nothing written) where none may."""
    model = onnx.load(str(source))
    kept = exact_nodes(model, exact)
    if len(kept) == len(model.graph.node):
        return 0
    changed = to_half(model, set(kept))
    save_graph(model, target, external)
    return changed


def to_int8(
    source: Path, target: Path, exact: Sequence[str], feeds: Sequence[Feed], external: int = EXTERNAL
) -> dict[str, int]:
    """Write the graph in int8.

    Parameters
    ----------
    feeds : sequence of dict
        Inputs to calibrate convolutions with; real ones.

    Returns
    -------
    dict
        How many nodes became int8, by operator; empty, and nothing written, where there are none.
    """
    from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_dynamic, quantize_static

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self.left = iter(feeds)

        def get_next(self) -> Feed | None:
            return next(self.left, None)

    model = onnx.load(str(source))
    kept = set(exact_nodes(model, exact))
    weights = {tensor.name for tensor in model.graph.initializer if len(tensor.dims) > 1}
    fit = [node for node in model.graph.node if node.name not in kept and weights & set(node.input)]
    counts = {kind: sum(node.op_type == kind for node in fit) for kind in ("Conv", *MATRICES)}
    counts = {kind: count for kind, count in counts.items() if count}
    if not counts:
        return {}
    names = [node.name for node in fit if node.op_type in counts]
    _untie(model, set(names))
    large = sum(len(tensor.raw_data) for tensor in model.graph.initializer) >= external
    with tempfile.TemporaryDirectory() as folder, _quiet():
        step = Path(folder) / "untied.onnx"
        save_graph(model, step, external)
        if "Conv" in counts:
            before, step = step, Path(folder) / "static.onnx"
            quantize_static(
                str(before), str(step), Reader(), op_types_to_quantize=["Conv"], per_channel=True,
                nodes_to_quantize=[node.name for node in fit if node.op_type == "Conv"],
                weight_type=QuantType.QInt8, activation_type=QuantType.QUInt8, use_external_data_format=large,
            )  # fmt: skip
        if set(MATRICES) & set(counts):
            result = Path(folder) / "dynamic.onnx"
            quantize_dynamic(
                str(step), str(result), op_types_to_quantize=list(MATRICES), per_channel=True,
                nodes_to_quantize=names, weight_type=QuantType.QInt8,
                use_external_data_format=large,
            )  # fmt: skip
            step = result
        save_graph(onnx.load(str(step)), target, external)
    return counts


def _untie(model: onnx.ModelProto, names: set[str]) -> None:
    """Give matrix products weights of their own: the quantiser turns them round, also for who else reads them."""
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    readers = Counter(name for node in model.graph.node for name in node.input)
    for node in model.graph.node:
        if node.name not in names:
            continue
        for place, name in enumerate(node.input):
            if name in weights and readers[name] > 1:
                copy = onnx.TensorProto.FromString(weights[name].SerializeToString())
                copy.name = node.input[place] = f"{name}_of_{node.name}"
                model.graph.initializer.append(copy)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the converters' advice to themselves."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
