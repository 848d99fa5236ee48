"""One torch module to one ONNX graph, its weights stored as float16 and computed in float32."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

OPSET = 18
PREFIX = "result."
SCOPES = "pkg.torch.onnx.name_scopes"
"""Where the exporter writes which modules a node lies in: a list of names, from the outermost."""
EXTERNAL = 2_000_000_000
"""Bytes of weights from which they lie in a file beside the graph: protobuf takes no more than 2 GB."""
SAMPLES = "samples"
"""Name of the axis of sound: front-ends need some length of it, and what is traced holds for all above."""
LARGE = 256
"""Weights with fewer elements stay float32: they cost nothing and some are scales."""


def round_weights(module: nn.Module) -> None:
    """Round the weights to float16 values, in place, and set denormals to zero.

    Done before the export, so that the float16 file and the torch module are the same function. Denormal weights
    make CPUs some 50 times slower.
    """
    with torch.no_grad():
        for weight in module.parameters():
            if weight.numel() >= LARGE:
                weight.copy_(weight.half().float())
            weight[weight.abs() < 1e-20] = 0.0


def export_graph(
    module: nn.Module,
    example: Sequence[Tensor],
    path: Path,
    *,
    inputs: Sequence[str],
    outputs: Sequence[str],
    dynamic: Mapping[str, Mapping[int, str]],
    external: int = EXTERNAL,
) -> None:
    """Write `module` as an ONNX graph of opset 18.

    Parameters
    ----------
    example : sequence of Tensor
        Positional inputs to trace with; dynamic axes should be longer than 1 there.
    dynamic : mapping
        Axis names by input: ``{"audio": {0: "batch"}}``.
    external : int
        Bytes of weights from which they go to a file of their own, `path` with `.data` behind its name.
    """
    labels = {label for axes in dynamic.values() for label in axes.values()}
    # One symbol for an axis that inputs share; the range of lengths of sound is the front-end's to find.
    dims = {label: torch.export.Dim.AUTO if label == SAMPLES else torch.export.Dim(label) for label in labels}
    shapes = tuple({axis: dims[label] for axis, label in dynamic.get(name, {}).items()} for name in inputs)
    module.eval()
    large = sum(weight.nbytes for weight in (*module.parameters(), *module.buffers())) >= external
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's exporter warns of its own deprecations
        raw = Path(folder) / "graph.onnx"
        torch.onnx.export(
            module, tuple(example), str(raw), input_names=list(inputs),
            output_names=[PREFIX + name for name in outputs], dynamic_shapes=shapes, opset_version=OPSET,
            dynamo=True, external_data=large, verbose=False,
        )  # fmt: skip
        model = onnx.load(str(raw))
    name_outputs(model)
    halve_weights(model)
    strip_traces(model)
    save_graph(model, path, external)


def save_graph(model: onnx.ModelProto, path: Path, external: int = EXTERNAL) -> None:
    """Write a graph and check it; large weights go to a file beside it, named as `path` with `.data` behind."""
    if sum(len(tensor.raw_data) for tensor in model.graph.initializer) < external:
        onnx.checker.check_model(model)
        path.write_bytes(model.SerializeToString())
        return
    onnx.save_model(model, str(path), save_as_external_data=True, location=f"{path.name}.data", size_threshold=LARGE)
    onnx.checker.check_model(str(path))


def name_outputs(model: onnx.ModelProto) -> None:
    """Give the outputs their public names; inner values that have such a name by chance make way."""
    public = {out.name: out.name.removeprefix(PREFIX) for out in model.graph.output}
    names = public | {name: name + "_inner" for name in public.values()}
    for node in model.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    for out in model.graph.output:
        out.name = public[out.name]


def strip_traces(model: onnx.ModelProto) -> None:
    """Take out the exporter's stack traces and notes: they hold paths of the machine, and take a tenth of a graph.

    The names of the modules that a node lies in stay: by them the weights come back to torch
    (`models/training/from_graph.py`).
    """
    graph = model.graph
    del graph.metadata_props[:]
    for part in (*graph.node, *graph.input, *graph.output, *graph.initializer):
        kept = [entry for entry in part.metadata_props if entry.key == SCOPES]
        del part.metadata_props[:]
        part.metadata_props.extend(kept)
    for node in graph.node:
        node.doc_string = ""


def halve_weights(model: onnx.ModelProto) -> None:
    """Store float32 weights that float16 holds exactly as float16 plus a Cast, which the runtime folds at load."""
    kept, casts = [], []
    for tensor in model.graph.initializer:
        value = numpy_helper.to_array(tensor)
        if tensor.data_type == TensorProto.FLOAT and value.size >= LARGE:
            half = value.astype(np.float16)
            if np.array_equal(half.astype(np.float32), value):
                kept.append(numpy_helper.from_array(half, tensor.name + "_f16"))
                casts.append(helper.make_node("Cast", [tensor.name + "_f16"], [tensor.name], to=TensorProto.FLOAT))
                continue
        kept.append(tensor)
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    # Shapes of intermediate values name tensors that are now results of a Cast; the runtime infers them again.
    del model.graph.value_info[:]
