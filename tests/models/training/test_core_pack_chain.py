"""From a work folder to a pack: the commands of `make pack` after the sounds are made and heard."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import training_tiny

from export.core import load_models, write_pack
from models import train_core
from models.data.items import plan
from models.training import finish, music
from plugin.runtime.engine import Engine

LEARNING = ("text", "music", "video", "captioner", "finish")


@pytest.mark.slow
def test_steps_of_the_command_end_in_a_pack_that_hears_and_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, work = tmp_path / "data", tmp_path / "work"
    training_tiny.write(data, work)
    noise = np.random.default_rng(0).normal(0, 0.1, 160_000).astype(np.float32)
    (data / "audio").mkdir()
    (data / "audio/noise.ogg").touch()
    monkeypatch.setattr(finish, "read_audio", lambda path, rate, start, end: noise)
    monkeypatch.setattr(music, "refine", partial(music.refine, steps=2))
    arguments = ["--data", str(data), "--work", str(work), "--scale", "1e-6", "--device", "cpu", "--threads", "1"]
    for step in LEARNING:
        assert train_core.main([*arguments, "--only", step]) == 0
    manifest = write_pack(load_models(work), tmp_path / "pack")
    engine = Engine(tmp_path / "pack", device="cpu")
    assert engine.space == manifest["space"]
    heard = engine.music(noise[None])
    assert np.isfinite(heard.tags).all()
    assert np.linalg.norm(engine.text(["a calm piano"])[0]) == pytest.approx(1.0, abs=1e-4)
    assert engine.caption(heard).endswith(".")


def test_a_device_that_is_not_there_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train_core.main(["--data", str(tmp_path), "--work", str(tmp_path / "work"), "--device", "cuda:99"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "device 'cuda:99' cannot be used" in lines[0]
    assert not (tmp_path / "work").exists()


def test_a_step_that_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as found:
        train_core.main(["--data", str(tmp_path), "--only", "paint"])
    assert found.value.code == 2
    assert "paint" in capsys.readouterr().err


def test_a_small_plan_holds_all_kinds_alike(tmp_path: Path) -> None:
    for name in ("audio/a.ogg", "audio/b.ogg", "midi/freedoom/c.mid"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    kinds = [item.kind for item in plan(tmp_path, [], per_style=2, most=9)]
    assert len(kinds) == 9
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "arranged": 2, "sung": 2, "stem": 2, "recording": 2, "midi": 1,
    }  # fmt: skip
    whole = plan(tmp_path, [], per_style=2)
    assert set(plan(tmp_path, [], per_style=2, most=10**6)) == set(whole)
