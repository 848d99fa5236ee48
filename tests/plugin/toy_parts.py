"""Small parts for tests, one for each role: their graphs are arithmetic that a test can do itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from plugin.pack import Pack
from plugin.paths import pack_dir

WIDTH = 6
"""Dimensions of the joint part's space."""
WORDS = ("[UNK]", "music", "bright", "dark", "low", "high")
TABLE = np.random.default_rng(3).standard_normal((len(WORDS), WIDTH)).astype(np.float32)
"""Vectors of the joint part's words."""
MOODS = ["bright", "dark"]
TAGS = ("early", "midway", "late", "saxophone")
SAYS = ("begin", "end", "quiet", "loud", "song")
LOUD = 0.05
"""Mean level from which the systems that write say "loud"."""


def write_part(folder: Path, role: str, **changes: Any) -> Path:
    """Write a part of a role; `changes` go into its settings, and "space" into the manifest."""
    graphs, settings, files = PARTS[role]()
    manifest: dict[str, Any] = {"id": f"toy-{role}", "space": changes.pop("space", f"toy-{role}-1")}
    if role in ("captions", "titles"):
        manifest |= {"id": {"captions": "alcap", "titles": "titles"}[role], "settings": settings | changes}
    else:
        manifest |= {"part": {"role": role} | settings | changes, "settings": {}}
    return write_manifest(folder, manifest, graphs, files)


def write_manifest(
    folder: Path, manifest: Mapping[str, Any], graphs: Mapping[str, ModelProto], files: Mapping[str, bytes]
) -> Path:
    """Write graphs, files and the manifest that describes them."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = {f"{name}.onnx": graph.SerializeToString() for name, graph in graphs.items()} | dict(files)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    described = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in contents.items()
    }
    entries = {
        name: {
            "files": {"fp32": [f"{name}.onnx"]},
            "inputs": [each.name for each in graph.graph.input],
            "outputs": [each.name for each in graph.graph.output],
        }
        for name, graph in graphs.items()
    }
    whole = {
        "format": 1, "version": "1", "licence": "CC0-1.0", "graphs": entries, "files": described,
        "precisions": {"fp32": {"device": "any"}}, "devices": {"cpu": "fp32", "cuda": "fp32"}, **manifest,
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(whole))
    return folder


def change_manifest(folder: Path, **values: Any) -> None:
    """Put other values into a manifest, at the top."""
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def levels(windows: np.ndarray, parts: int) -> np.ndarray:
    """What the graphs hear: the mean level of each part of a sound, float [B, parts]."""
    return np.abs(windows.reshape(len(windows), parts, -1)).mean(2)


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def _joint() -> tuple[dict[str, ModelProto], dict[str, Any], dict[str, bytes]]:
    music = _graph(
        [*_levels(), _node("LpNormalization", ["levels"], "embedding", axis=1, p=2)],
        {"audio": (TensorProto.FLOAT, ["B", "N"])}, {"embedding": ["B", WIDTH]}, {"parts": np.array([0, WIDTH, -1])},
    )  # fmt: skip
    settings = {"rate": 48000, "segment_seconds": 10.0, "width": WIDTH, "text": {"max_tokens": 4}}
    return {"music": music, "text": _words(TABLE)}, settings, {"tokenizer.json": _tokenizer(WORDS)}


def _text() -> tuple[dict[str, ModelProto], dict[str, Any], dict[str, bytes]]:
    table = core_table()
    settings = {"for_space": Pack(pack_dir()).space, "text": {"max_tokens": 4}}
    return {"text": _words(table)}, settings, {"tokenizer.json": _tokenizer(WORDS)}


def core_table() -> np.ndarray:
    """Vectors of the text part's words, of the core's width."""
    return np.random.default_rng(4).standard_normal((len(WORDS), 256)).astype(np.float32)


def _video() -> tuple[dict[str, ModelProto], dict[str, Any], dict[str, bytes]]:
    nodes = [
        _node("Cast", ["frames"], "floats", to=TensorProto.FLOAT),
        _node("Reshape", ["floats", "flat"], "rows"),
        _node("ReduceMean", ["rows"], "mean", axes=[1]),
        _node("Div", ["mean", "white"], "bright"),
        _node("Sub", ["one", "bright"], "dark"),
        _node("Concat", ["bright", "dark"], "moods", axis=1),
    ]
    constants = {"flat": np.array([0, -1]), "white": np.float32([255]), "one": np.float32([1])}
    video = _graph(
        nodes, {"frames": (TensorProto.UINT8, ["B", "F", "h", "w", 3])}, {"moods": ["B", 2]}, constants
    )  # fmt: skip
    return {"video": video}, {"video": {"fps": 1, "width": 32, "height": 24, "frames": 10, "moods": MOODS}}, {}


def _tags() -> tuple[dict[str, ModelProto], dict[str, Any], dict[str, bytes]]:
    tags = _graph(
        _levels("tags"), {"audio": (TensorProto.FLOAT, ["B", "N"])}, {"tags": ["B", len(TAGS)]},
        {"parts": np.array([0, len(TAGS), -1])},
    )  # fmt: skip
    words = [{"name": name, "group": "mood", "threshold": 0.05} for name in TAGS]
    files = {"vocabulary.json": json.dumps({"tags": words}).encode()}
    return {"tags": tags}, {"rate": 16000, "segment_seconds": 10.0}, files


def _captions() -> tuple[dict[str, ModelProto], dict[str, Any], dict[str, bytes]]:
    """Say "quiet song" or "loud song" by the mean level of what is heard."""
    begin, end, quiet, loud, song = range(len(SAYS))
    follows = np.full((len(SAYS), len(SAYS)), -20, np.float32)
    by_level = np.zeros_like(follows)
    follows[begin, quiet], follows[begin, loud], by_level[begin, loud] = -1, -1 - 10 * LOUD, 10
    follows[quiet, song] = follows[loud, song] = follows[song, end] = -0.1
    encoder = _graph(_levels("memory"), {"audio": (TensorProto.FLOAT, ["B", "N"])}, {"memory": ["B", 1]},
                     {"parts": np.array([0, 1, -1])})  # fmt: skip
    nodes = [
        _node("Gather", ["ids", "last"], "word", axis=1),
        _node("Gather", ["follows", "word"], "usual"),
        _node("Gather", ["by_level", "word"], "slope"),
        _node("Mul", ["slope", "memory"], "louder"),
        _node("Add", ["usual", "louder"], "scores"),
        _node("Add", ["past", "one"], "next"),
    ]
    decoder = _graph(
        nodes,
        {"ids": (TensorProto.INT64, ["B", "T"]), "memory": (TensorProto.FLOAT, ["B", 1]),
         "past": (TensorProto.FLOAT, ["B", 1])},
        {"scores": ["B", len(SAYS)], "next": ["B", 1]},
        {"follows": follows, "by_level": by_level, "last": np.array(-1), "one": np.float32([1])},
    )  # fmt: skip
    caption = {
        "encoder": "encoder", "decoder": "decoder", "beams": 2, "memory": {"memory": 0},
        "state": [{"past": "past", "next": "next", "axis": 0, "shape": [-1, 1]}], "outputs": ["scores", "next"],
        "prompt": [], "begin": begin, "end": end, "pad": None, "longest": 6, "length_penalty": 1.0,
        "no_repeat_ngram": 0,
    }  # fmt: skip
    settings = {"rate": 22050, "seconds": 2.0, "caption": caption}
    return {"encoder": encoder, "decoder": decoder}, settings, {"tokenizer.json": _tokenizer(SAYS)}


def _titles() -> tuple[dict[str, ModelProto], dict[str, Any], dict[str, bytes]]:
    graphs, settings, files = _captions()
    return graphs, settings | {"input": "audio"}, files


PARTS = {
    "joint": _joint, "text": _text, "video": _video, "tags": _tags, "captions": _captions, "titles": _titles,
}  # fmt: skip


def _words(table: np.ndarray) -> ModelProto:
    """Unit vectors of sums of words."""
    nodes = [
        _node("Gather", ["table", "ids"], "vectors"),
        _node("Cast", ["mask"], "floats", to=TensorProto.FLOAT),
        _node("Unsqueeze", ["floats", "last"], "shares"),
        _node("Mul", ["vectors", "shares"], "counted"),
        _node("ReduceMean", ["counted"], "mean", axes=[1], keepdims=0),
        _node("LpNormalization", ["mean"], "embedding", axis=1, p=2),
    ]
    tokens = (TensorProto.INT64, ["B", "T"])
    return _graph(nodes, {"ids": tokens, "mask": tokens}, {"embedding": ["B", table.shape[1]]},
                  {"table": table, "last": np.array([-1])})  # fmt: skip


def _levels(output: str = "levels") -> list[Any]:
    """Mean levels of as many parts as the constant "parts" says."""
    return [
        _node("Abs", ["audio"], "size"),
        _node("Reshape", ["size", "parts"], "rows"),
        _node("ReduceMean", ["rows"], output, axes=[2], keepdims=0),
    ]


def _node(kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> Any:
    return helper.make_node(kind, list(inputs), [output], **attributes)


def _graph(
    nodes: Sequence[Any], inputs: Mapping[str, tuple[int, list[Any]]], outputs: Mapping[str, list[Any]],
    constants: Mapping[str, np.ndarray],
) -> ModelProto:  # fmt: skip
    graph = helper.make_graph(
        list(nodes), "toy",
        [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in inputs.items()],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def _tokenizer(words: Sequence[str]) -> bytes:
    tokenizer = Tokenizer(WordLevel({word: number for number, word in enumerate(words)}, unk_token=words[0]))
    tokenizer.pre_tokenizer = Whitespace()
    return tokenizer.to_str().encode()
