"""Models small enough to be made in a test: tags by loudness, and moods of no picture."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from plugin.pack import Pack
from plugin.paths import pack_dir

RATE, SECONDS = 16_000, 10


def make_tags(folder: Path, space: str = "tiny-tags", licence: str = "MIT") -> Path:
    """Make a part that gives the core's tags by how loud a segment is; its tracks are of a space of their own."""
    folder.mkdir(parents=True)
    words = Pack(pack_dir()).json("vocabulary.json")
    (folder / "vocabulary.json").write_text(json.dumps(words))
    weights = np.linspace(0.1, 0.9, len(words["tags"]), dtype=np.float32)[None]
    nodes = [
        helper.make_node("Abs", ["audio"], ["loud"]),
        helper.make_node("ReduceMean", ["loud"], ["level"], axes=[1], keepdims=1),
        helper.make_node("MatMul", ["level", "weights"], ["score"]),
        helper.make_node("Sigmoid", ["score"], ["tags"]),
    ]
    _write(folder / "tags.onnx", nodes, ("audio", [None, RATE * SECONDS]), ("tags", list(weights.shape)), weights)
    settings = {"role": "tags", "rate": RATE, "segment_seconds": float(SECONDS)}
    return _describe(folder, settings, {"tags": (["audio"], ["tags"])}, space, licence)


def make_video(folder: Path) -> Path:
    """Make a part that sees the same in every picture; it changes nothing of the library."""
    folder.mkdir(parents=True)
    shape = [None, 10, 8, 8, 3]
    nodes = [
        helper.make_node("Cast", ["frames"], ["light"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["light"], ["level"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("MatMul", ["level", "weights"], ["moods"]),
    ]
    weights = np.full((3, 2), 0.001, np.float32)
    _write(folder / "video.onnx", nodes, ("frames", shape), ("moods", [None, 2]), weights, TensorProto.UINT8)
    video = {"fps": 1.0, "width": 8, "height": 8, "frames": 10, "moods": ["calm", "happy"]}
    return _describe(folder, {"role": "video", "video": video}, {"video": (["frames"], ["moods"])}, "tiny-video", "MIT")


def _write(
    path: Path, nodes: list[Any], given: tuple[str, list[Any]], out: tuple[str, list[Any]], weights: np.ndarray,
    kind: int = TensorProto.FLOAT,
) -> None:  # fmt: skip
    graph = helper.make_graph(
        nodes, path.stem,
        [helper.make_tensor_value_info(given[0], kind, given[1])],
        [helper.make_tensor_value_info(out[0], TensorProto.FLOAT, [None, out[1][1]])],
        [numpy_helper.from_array(weights, "weights")],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)


def _describe(folder: Path, part: dict[str, Any], graphs: dict[str, Any], space: str, licence: str) -> Path:
    files = {
        path.name: {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "bytes": path.stat().st_size}
        for path in sorted(folder.iterdir())
    }
    manifest = {
        "format": 1, "id": folder.name, "version": "1", "space": space, "licence": licence, "files": files,
        "part": part, "settings": {}, "precisions": {"fp32": {}}, "devices": {"cpu": "fp32", "cuda": "fp32"},
        "graphs": {
            name: {"files": {"fp32": [f"{name}.onnx"]}, "inputs": inputs, "outputs": outputs}
            for name, (inputs, outputs) in graphs.items()
        },
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder
