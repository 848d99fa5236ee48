"""Packs of the papers' systems: compared with torch, refused where they differ, read back and used without torch."""

from __future__ import annotations

import errno
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import tiny_checkpoints
import torch
from onnx import numpy_helper

from export import build, checks, pack
from export.build import export_system
from export.cli import main
from export.errors import ParityError
from export.graph import export_graph
from models.generation.search import beam_search
from plugin.errors import PackError
from plugin.runtime.system_pack import SystemPack
from plugin.runtime.system_search import beam_search as search_graph


def hush(line: str) -> None:
    """Say nothing."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_checkpoints.titles(tmp_path_factory.mktemp("titles"))


@pytest.fixture(scope="module")
def titles(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("packs") / "titles"
    export_system("titles", run, out, licence="CC0-1.0", provenance="four tones", say=hush)
    assert [path.name for path in out.parent.iterdir()] == ["titles"]  # nothing is left beside it
    return out


def test_the_manifest_says_all_of_it(titles: Path, run: Path) -> None:
    found = SystemPack(titles)
    manifest = found.manifest
    assert found.pack.problems() == []
    assert {path.name for path in titles.iterdir()} == {*manifest["files"], "manifest.json"}
    assert manifest["licence"] == "CC0-1.0" and manifest["provenance"]["stated"] == "four tones"
    assert manifest["provenance"]["checkpoint_sha256"] == pack.checksum(run / "best.pt")
    encoder = manifest["graphs"]["caption_encoder"]
    assert encoder["shapes"] == {"audio": ["batch", "samples"]} and encoder["opset"] == 18
    assert set(manifest["precisions"]) == {"fp32", "fp16", "int8"}
    for kind in ("fp16", "int8"):
        entry = manifest["precisions"][kind]
        assert min(entry["least_cosine"].values()) > 0.95 and entry["captions"] == 14
    assert manifest["devices"]["cuda"] == "fp16"


def test_the_report_tells_what_was_compared(titles: Path) -> None:
    report = json.loads((titles / "parity.json").read_text())
    assert report["captions"]["compared"] == report["captions"]["equal"] == 14 and report["captions"]["tokens"] > 14
    assert set(report["graphs"]["caption_decoder"]) == {"next step", "first step", "first step, one row"}
    rows = [row for graph in report["graphs"].values() for example in graph.values() for row in example.values()]
    assert rows and all(row["relative"] < 1e-4 for row in rows)
    assert report["front_ends"]["picture"]["relative"] < 1e-3


def test_a_pack_writes_what_it_has_learnt(titles: Path) -> None:
    from titles_toys import RATE, SOUNDS

    found = SystemPack(titles, precision="fp32")
    tones = np.stack([0.4 * np.sin(2 * np.pi * pitch * np.arange(RATE) / RATE) for pitch in SOUNDS.values()])
    written = found.captions(audio=tones.astype(np.float32), beams=1)
    assert found.texts(written) == list(SOUNDS)


def test_weights_of_float16_and_int8_are_such(titles: Path) -> None:
    kinds = {}
    for kind in ("fp16", "int8"):
        model = onnx.load(str(titles / f"caption_encoder.{kind}.onnx"))
        kinds[kind] = {tensor.data_type for tensor in model.graph.initializer if np.prod(tensor.dims) > 1000}
    assert onnx.TensorProto.FLOAT16 in kinds["fp16"] and onnx.TensorProto.INT8 in kinds["int8"]
    # The Fourier basis stays as it is.
    assert all(onnx.TensorProto.FLOAT in found for found in kinds.values())


def test_an_altered_graph_is_refused_and_leaves_nothing(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    def altered(module: Any, example: Any, path: Path, **options: Any) -> None:
        export_graph(module, example, path, **options)
        model = onnx.load(str(path))
        tensor = max(model.graph.initializer, key=lambda each: int(np.prod(each.dims)))
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor) * 1.1, tensor.name))
        onnx.save(model, str(path))

    monkeypatch.setattr(build, "export_graph", altered)
    assert main(["titles", "--checkpoint", str(run), "--out", str(tmp_path / "pack")]) == 1
    line = capsys.readouterr().err.splitlines()[-1]
    assert re.search(r"caption_\w+\.onnx, [\w ]+: output 0 differs from torch by .* nothing was written", line)
    assert list(tmp_path.iterdir()) == []


def test_another_caption_is_refused() -> None:
    from export.systems.base import CaptionPlan

    plan = CaptionPlan("e", {"beams": 3}, {"real": (torch.zeros(1),)}, lambda case, beams: [(4, 5)])
    same = {"real, 1 beams": [(4, 5)], "real, 3 beams": [(4, 5)]}
    assert checks.check_captions(plan, same)["equal"] == 2
    with pytest.raises(ParityError, match=r"real, 3 beams: ONNX writes \[4\], torch \[4, 5\]"):
        checks.check_captions(plan, same | {"real, 3 beams": [(4,)]})


def test_mistakes_are_one_line(run: Path, titles: Path, tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    def says(*arguments: str) -> tuple[int, str]:
        status = main([str(part) for part in arguments])
        lines = capsys.readouterr().err.strip().splitlines()
        return status, lines[-1]

    new = str(tmp_path / "new")
    assert says("alcap", "--checkpoint", str(run), "--out", new) == (
        2, f"cuefinder-export: {run / 'best.pt'}: a checkpoint of 'titles', not of 'alcap'"
    )  # fmt: skip
    assert "no such checkpoint" in says("titles", "--checkpoint", "/nowhere.pt", "--out", new)[1]
    assert "there is no system 'song'" in says("song", "--checkpoint", str(run), "--out", new)[1]
    assert "--precisions int4" in says("titles", "--checkpoint", str(run), "--out", new, "--precisions", "int4")[1]
    assert "a pack is there already" in says("titles", "--checkpoint", str(run), "--out", str(titles))[1]
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").touch()
    status, line = says("titles", "--checkpoint", str(run), "--out", str(tmp_path / "photos"), "--replace")
    assert status == 2 and "holds something that is no pack" in line

    def full(*arguments: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(build, "write_graphs", full)
    status, line = says("titles", "--checkpoint", str(run), "--out", new)
    assert (status, line) == (1, f"cuefinder-export: --out {new}: No space left on device; nothing was written")
    assert not Path(new).exists()


def test_a_damaged_pack_is_not_used(titles: Path, tmp_path: Path) -> None:
    for path in titles.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "caption_decoder.onnx").write_bytes(b"other")
    with pytest.raises(PackError, match="wrong checksum"):
        SystemPack(tmp_path, precision="fp32").graph("caption_decoder")
    with pytest.raises(PackError, match="no precision int4; it has fp32, fp16, int8"):
        SystemPack(tmp_path, precision="int4")


def test_large_weights_lie_beside_the_graph(tmp_path: Path) -> None:
    model = torch.nn.Linear(64, 64)
    export_graph(model, (torch.randn(3, 64),), tmp_path / "m.onnx", inputs=["x"], outputs=["y"],
                 dynamic={"x": {0: "batch"}}, external=1000)  # fmt: skip
    assert (tmp_path / "m.onnx.data").stat().st_size >= 64 * 64 * 4 > (tmp_path / "m.onnx").stat().st_size
    from export.parity import check_graph

    assert check_graph(model, tmp_path / "m.onnx", ["x"], [(torch.randn(5, 64),)]) < 1e-5


@pytest.mark.parametrize("name", ["alcap", "synaesthesia", "viml"])
def test_other_systems_are_as_torch_has_them(name: str, tmp_path: Path) -> None:
    checkpoint = getattr(tiny_checkpoints, name)(tmp_path / "best.pt")
    manifest = export_system(name, checkpoint, tmp_path / "pack", precisions=("fp32",), say=hush)
    report = json.loads((tmp_path / "pack" / "parity.json").read_text())
    assert all(graph["largest_relative_difference_from_torch"] < 1e-4 for graph in manifest["graphs"].values())
    if name == "viml":
        assert set(manifest["graphs"]) == {"music", "query", "music_features"}
        assert manifest["outside"] == [
            "video features came with the data set, and must come with what is asked",
            "text features are those of the checkpoint some/clip, which is not in the pack",
        ]
        return
    assert report["captions"]["compared"] == report["captions"]["equal"] >= 14
    assert "tokenizer.json" in manifest["files"]
    assert "first step" in report["graphs"]["caption_decoder"]


@pytest.mark.parametrize("penalty", [0.0, 1.0])
@pytest.mark.parametrize("repeat", [0, 2])
@pytest.mark.parametrize("beams", [1, 4])
def test_the_search_in_numpy_is_that_in_torch(penalty: float, repeat: int, beams: int) -> None:
    table = torch.randn(3, 7, 7, generator=torch.Generator().manual_seed(beams)).log_softmax(-1)

    class Markov:
        def start(self, memory: torch.Tensor) -> torch.Tensor:
            return memory

        def step(self, ids: torch.Tensor, state: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return table[state, ids], state

        def select(self, state: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
            return state[rows]

    wanted = beam_search(Markov(), torch.arange(3), begin=1, end=2, longest=6, beams=beams, length_penalty=penalty,
                         no_repeat_ngram=repeat, pad=0)  # fmt: skip

    def graph(ids: np.ndarray, which: np.ndarray, count: np.ndarray) -> list[np.ndarray]:
        return [table.numpy()[which, ids[:, -1]], count + 1]

    settings = {
        "memory": {"which": 0}, "outputs": ["log_probs", "counted"], "prompt": [], "begin": 1, "end": 2, "pad": 0,
        "longest": 6, "length_penalty": penalty, "no_repeat_ngram": repeat,
        "state": [{"past": "count", "next": "counted", "axis": 0, "shape": [-1, 1]}],
    }  # fmt: skip
    found = search_graph(graph, settings, {"which": np.arange(3)}, beams)
    assert [each.ids for each in found] == [each[0].ids for each in wanted]
    assert np.allclose([each.score for each in found], [each[0].score for each in wanted], atol=1e-5)
