"""A system's pack goes by precision and device: what is made for CUDA never comes to the CPU."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from failing_sessions import LOST, Accelerated

from plugin.errors import PackError
from plugin.paths import pack_dir
from plugin.runtime.device import COREML, CPU, CUDA
from plugin.runtime.system_pack import SystemPack

IDS = np.arange(3, 27).reshape(8, 3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A pack of one graph in three precisions, which here are the same."""
    names = {"fp32": "text.onnx", "fp16": "text.fp16.onnx", "int8": "text.int8.onnx"}
    for name in names.values():
        shutil.copy(pack_dir() / "text.onnx", tmp_path / name)
    digest = hashlib.sha256((tmp_path / "text.onnx").read_bytes()).hexdigest()
    manifest: dict[str, Any] = {
        "format": 1, "id": "toy", "version": "1", "space": "toy", "settings": {},
        "files": {name: {"sha256": digest} for name in names.values()},
        "graphs": {"text": {"files": {kind: [name] for kind, name in names.items()}, "outputs": ["vector", "states"]}},
        "precisions": {"fp32": {"device": "any"}, "fp16": {"device": "cuda"}, "int8": {"device": "cpu"}},
        "devices": {"cpu": "int8", "cuda": "fp16"},
    }  # fmt: skip
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path


def test_cuda_has_its_precision_and_the_cpu_its_own_when_it_must_step_in(folder, monkeypatch) -> None:
    machine = Accelerated(monkeypatch)
    pack = SystemPack(folder, "auto")
    right = pack.run("text", ids=IDS)
    assert machine.opened == [("text.fp16.onnx", CUDA)]
    machine.fails = lambda call, rows: LOST
    found = pack.run("text", ids=IDS)
    assert machine.opened[1:] == [("text.int8.onnx", CPU)]
    assert set(found) == {"vector", "states"} and np.allclose(found["vector"], right["vector"], atol=1e-5)
    assert pack.placements["text"].reason.startswith("CUDA failed while it ran")


@pytest.mark.parametrize("precision", [None, "fp16"])
def test_where_cuda_does_not_start_the_cpu_has_its_own(folder, monkeypatch, precision) -> None:
    machine = Accelerated(monkeypatch)
    real = onnxruntime.InferenceSession

    def session(model: str, options: Any, *, providers: list[str], **more: Any) -> Any:
        if CUDA in providers:
            raise RuntimeError("no card")
        return real(model, options, providers=providers, **more)

    monkeypatch.setattr(onnxruntime, "InferenceSession", session)
    pack = SystemPack(folder, "auto", precision)
    pack.graph("text")
    assert machine.opened == [("text.int8.onnx", CPU)]
    assert pack.placements["text"].reason == "CUDA did not start: no card"


def test_float16_is_not_run_on_the_cpu_not_even_by_name(folder) -> None:
    with pytest.raises(PackError, match="precision fp16 is for CUDA alone"):
        SystemPack(folder, "cpu", "fp16")


def test_a_pack_of_another_kind_is_one_line() -> None:
    with pytest.raises(PackError, match=r"core: no pack of cuefinder-export, its manifest lacks precisions, devices$"):
        SystemPack(pack_dir())


def test_a_precision_by_name_goes_everywhere(folder, monkeypatch) -> None:
    machine = Accelerated(monkeypatch)
    SystemPack(folder, "auto", "fp32").graph("text")
    SystemPack(folder, "cpu", "fp32").graph("text")
    assert machine.opened == [("text.onnx", CUDA), ("text.onnx", CPU)]


def test_other_accelerators_take_the_graph_as_it_is(folder, monkeypatch) -> None:
    machine = Accelerated(monkeypatch, COREML)
    SystemPack(folder, "auto").graph("text")
    assert machine.opened == [("text.onnx", COREML)]
