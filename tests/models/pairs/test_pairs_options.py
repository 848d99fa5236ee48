"""Arguments of `cuefinder-train viml --pairs`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from models.trainer.cli import main
from models.training.from_pack import SHIPPED, BasePack
from plugin.errors import PackError


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["viml", "--minutes", "3"], "--minutes goes with --pairs FOLDER only"),
        (["viml", "--pack", "p", "--data", "d", "--out", "o"], "--pack goes with --pairs FOLDER only"),
        (["alcap", "--pairs", "x", "--out", "o"], "--pairs is used as in: cuefinder-train viml --pairs FOLDER --out D"),
        (["viml", "--pairs", "x"], "--pairs is used as in: cuefinder-train viml --pairs FOLDER --out DIR"),
        (["viml", "--pairs", "x", "--out", "o", "--data", "d"], "--data does not go with --pairs"),
        (["viml", "--pairs", "x", "--out", "o", "--set", "a=1"], "--set does not go with --pairs"),
        (["viml", "--pairs", "x", "--out", "o", "--dry-run"], "--dry-run does not go with --pairs"),
        (["viml", "--pairs", "x", "--out", "o", "--device", "cuda"], "--device does not go with --pairs"),
        (["viml", "--pairs", "x", "--out", "o", "--minutes", "0"], "--minutes 0: give more than 0"),
        (["viml", "--pairs", "x", "--out", "o", "--pack", "nowhere"], "nowhere: no model pack here (manifest.json is"),
        (["viml", "--pairs", "nowhere", "--out", "o"], "--pairs nowhere: no such folder"),
    ],
)
def test_what_does_not_go_is_one_line(
    arguments: list[str], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    errors = capsys.readouterr().err
    assert errors.startswith(f"cuefinder-train: {line}")
    assert errors.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy of the shipped pack's files that training reads."""
    for name in ("manifest.json", "music.onnx", "video.onnx"):
        shutil.copyfile(SHIPPED / name, tmp_path / name)
    return tmp_path


def test_a_damaged_pack_is_not_trained_from(pack: Path) -> None:
    content = (pack / "video.onnx").read_bytes()
    (pack / "video.onnx").write_bytes(content[:-9] + b"any other")
    with pytest.raises(PackError, match=r"video\.onnx: wrong checksum"):
        BasePack(pack).video()
    (pack / "video.onnx").unlink()
    with pytest.raises(PackError, match=r"video\.onnx: cannot be read"):
        BasePack(pack).video()
    (pack / "manifest.json").write_text("{")
    with pytest.raises(PackError, match="manifest cannot be read"):
        BasePack(pack)


def test_a_pack_that_has_learnt_already_is_not_trained_from(pack: Path) -> None:
    manifest = json.loads((pack / "manifest.json").read_text())
    manifest["provenance"]["own_videos"] = {"videos": 9}
    (pack / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(PackError, match="has learnt from videos of your own already; start from the pack"):
        BasePack(pack).video()
