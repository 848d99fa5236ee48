from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from models.pairs.find import find_pairs
from models.trainer.cli import main
from models.training.from_pack import SHIPPED, BasePack
from plugin.runtime.session import Graph


def test_music_beside_a_video_wins_over_its_own_sound(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name in ("a.mp4", "deep/b.mov", "deep/b.wav", "c.mp3", "notes.txt"):
        (tmp_path / name).touch()
    pairs = {pair.video.name: pair for pair in find_pairs(tmp_path)}
    assert set(pairs) == {"a.mp4", "b.mov"}
    assert pairs["b.mov"].beside and not pairs["a.mp4"].beside


@pytest.mark.parametrize("name", [None, "text.mp4"])
def test_a_folder_without_enough_videos_is_one_line_and_exit_2(tmp_path: Path, capsys, name: str | None) -> None:
    folder = tmp_path / "videos"
    folder.mkdir()
    if name:
        (folder / name).write_text("no video at all")
    assert main(["viml", "--pairs", str(folder), "--out", str(tmp_path / "out")]) == 2
    assert "videos" in capsys.readouterr().err.strip().splitlines()[-1]


def test_the_shipped_video_encoder_comes_back_from_its_graph() -> None:
    model = BasePack(SHIPPED).video()
    frames = torch.randint(0, 255, (2, 40, 96, 96, 3), dtype=torch.uint8)
    with torch.inference_mode():
        wanted = model(frames)
    found = Graph(SHIPPED / "video.onnx", "cpu")(frames=frames.numpy())
    for theirs, ours in zip(wanted, found, strict=True):
        assert np.abs(theirs.numpy() - ours).max() < 1e-4
