"""A pack whose video side has learnt from the user's own videos."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from export import pairs
from export.pairs import main, write_pack
from models.pairs.result import PROVENANCE, read_result, write_result
from models.training.from_pack import SHIPPED, BasePack
from plugin.errors import InputError, PackError
from plugin.runtime.engine import Engine


def make_run(folder: Path, *, better: bool = True) -> Path:
    """Write what a training leaves; its encoder is the pack's own with other layers."""
    base = BasePack(SHIPPED)
    model = base.video()
    torch.manual_seed(0)
    with torch.no_grad():
        for weight in (model.project.weight, model.joint_head.weight, *model.layers.parameters()):
            weight += 0.05 * torch.randn_like(weight)
    report: dict[str, Any] = dict.fromkeys(PROVENANCE, 1) | {"better": better, "videos": 12}
    report["pack"] = {"space": base.space} | {name: base.checksum(f"{name}.onnx") for name in ("music", "video")}
    folder.mkdir()
    write_result(folder, model, report)
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("run") / "run")


@pytest.fixture(scope="module")
def pack(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packs") / "mine"
    write_pack(read_result(run), SHIPPED, folder)
    assert [path.name for path in folder.parent.iterdir()] == ["mine"]  # nothing is left beside it
    return folder


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write something else in the place of the graph: exporting takes seconds."""

    def export(network: Any, path: Path, described: Any) -> dict[str, Any]:
        path.write_bytes(b"graph")
        return {}

    monkeypatch.setattr(pairs, "_export", export)


def test_the_engine_sees_otherwise_in_the_same_space(pack: Path) -> None:
    ours, base = Engine(pack, device="cpu", threads=1), Engine(SHIPPED, device="cpu", threads=1)
    assert ours.pack.problems() == []
    assert ours.space == base.space
    frames = np.random.default_rng(0).integers(0, 255, (40, 96, 96, 3)).astype(np.uint8)
    seen, before = ours.video(frames), base.video(frames)
    assert float((seen.embedding * before.embedding).sum()) < 0.95
    assert abs(float(np.linalg.norm(seen.embedding)) - 1) < 1e-3
    moods = dict(before.moods)
    assert all(abs(score - moods[word]) < 0.01 for word, score in seen.moods)
    windows = np.random.default_rng(1).normal(0, 0.1, (1, 160_000)).astype(np.float32)
    assert np.array_equal(ours.music(windows).embedding, base.music(windows).embedding)


def test_the_manifest_says_what_has_changed(pack: Path) -> None:
    ours, base = (json.loads((folder / "manifest.json").read_text()) for folder in (pack, SHIPPED))
    changed = {name for name in base["files"] if ours["files"][name] != base["files"][name]}
    assert changed == {"video.onnx"} and ours["files"].keys() == base["files"].keys()
    content = (pack / "video.onnx").read_bytes()
    assert ours["files"]["video.onnx"] == {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    assert ours["graphs"]["video"]["largest_relative_difference_from_torch"] < 1e-3
    assert ours["provenance"].pop("own_videos") == dict.fromkeys(PROVENANCE, 1) | {"better": True, "videos": 12}
    assert ours["provenance"] == base["provenance"]


def test_a_pack_that_was_there_is_replaced(run: Path, tmp_path: Path, quick: None, capsys: Any) -> None:
    out = tmp_path / "deep" / "mine"
    assert main(["--trained", str(run), "--out", str(out)]) == 0
    (out / "old").touch()
    assert main(["--trained", str(run), "--out", str(out)]) == 0
    assert not (out / "old").exists() and (out / "video.onnx").read_bytes() == b"graph"
    assert [path.name for path in out.parent.iterdir()] == ["mine"]
    space = BasePack(SHIPPED).space
    assert capsys.readouterr().out.splitlines()[-2:] == [
        f"{out}: video side learnt from 12 videos, space {space} as before",
        f"use it: cuefinder suggest --pack {out} --video FILE, or set CUEFINDER_PACK={out} for all commands",
    ]


def test_a_run_that_did_not_help_needs_to_be_insisted_on(tmp_path: Path, quick: None, capsys: Any) -> None:
    run, out = make_run(tmp_path / "run", better=False), tmp_path / "mine"
    assert main(["--trained", str(run), "--out", str(out)]) == 2
    errors = capsys.readouterr().err
    assert errors.startswith(f"export.pairs: {run}: finds the music of the held-out videos no better than the pack")
    assert errors.count("\n") == 1 and not out.exists()
    assert main(["--trained", str(run), "--out", str(out), "--anyway"]) == 0


def test_no_folder_of_the_users_is_written_over(run: Path, tmp_path: Path, quick: None) -> None:
    result = read_result(run)
    (tmp_path / "photo.jpg").write_text("precious")
    with pytest.raises(InputError, match="holds something that is no pack; give a new folder"):
        write_pack(result, SHIPPED, tmp_path)
    with pytest.raises(InputError, match="this is the pack that yours is made from"):
        write_pack(result, SHIPPED, SHIPPED)
    assert (tmp_path / "photo.jpg").read_text() == "precious"


def test_another_base_or_a_damaged_one_is_refused(run: Path, tmp_path: Path, quick: None) -> None:
    base, out = tmp_path / "base", tmp_path / "out"
    shutil.copytree(SHIPPED, base)
    (base / "keys.json").write_text("{}")
    with pytest.raises(PackError, match=r"keys\.json: wrong checksum"):
        write_pack(read_result(run), base, out)
    shutil.copyfile(SHIPPED / "keys.json", base / "keys.json")
    manifest = json.loads((base / "manifest.json").read_text())
    (base / "video.onnx").write_bytes(b"other")
    manifest["files"]["video.onnx"]["sha256"] = hashlib.sha256(b"other").hexdigest()
    (base / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(PackError, match="not the pack that was learnt from; give that one with --pack"):
        write_pack(read_result(run), base, out)
    assert not out.exists()


def test_a_damaged_run_is_one_line(run: Path, tmp_path: Path, capsys: Any) -> None:
    for name in ("report.json", "video.pt"):
        shutil.copyfile(run / name, tmp_path / name)
    (tmp_path / "video.pt").write_bytes((run / "video.pt").read_bytes()[:-100])
    assert main(["--trained", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.endswith("video.pt: cut off or damaged; run cuefinder-train viml --pairs again\n")
    assert main(["--trained", str(tmp_path / "nowhere"), "--out", str(tmp_path / "out")]) == 2
    assert "no report.json here; give the --out folder of cuefinder-train viml --pairs" in capsys.readouterr().err
