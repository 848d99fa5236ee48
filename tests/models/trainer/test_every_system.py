"""Every system trains two steps of each stage from its small configuration, on a folder that the test writes."""

from __future__ import annotations

import csv
import json
import os
import signal
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from models.datasets.registry import open_data
from models.systems.base import Recipe, System
from models.systems.registry import NAMES, find
from models.systems.settings import SystemSettings
from models.trainer import cli
from models.trainer.checkpoint import load_system
from models.trainer.config import load_settings
from models.trainer.fit import FitResult, fit
from models.trainer.interrupts import InterruptedTraining

CONFIGS = Path(cli.__file__).parents[1] / "configs"
SPLITS = ["train"] * 10 + ["valid"] * 3 + ["test"] * 3
RATE = 16000


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a data set `folder` with all that any of the systems reads."""
    root = tmp_path_factory.mktemp("songs")
    rng = np.random.default_rng(0)
    rows = []
    for index, split in enumerate(SPLITS):
        mood, instrument = ("calm", "bright", "dark")[index % 3], ("piano", "guitar")[index % 2]
        theme = ("sea", "road", "night", "home")[index % 4]
        time = np.arange(21 * RATE) / RATE
        sound = 0.3 * np.sin(2 * np.pi * (110 + 40 * index) * time) + rng.normal(scale=0.02, size=len(time))
        with wave.open(str(root / f"{index}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes((sound * 32767).clip(-32768, 32767).astype("<i2").tobytes())
        np.save(root / f"{index}.npy", rng.normal(size=(42, 6)).astype(np.float32))
        rows.append(
            {
                "key": f"song{index}",
                "split": split,
                "audio": f"{index}.wav",
                "text1": f"A {mood} piece for {instrument} about the {theme}.",
                "text2": f"The {instrument} plays a {mood} melody.",
                "title": f"{mood} {theme}",
                "lyrics": f"I think of the {theme}\nand the {mood} {instrument} plays on",
                "tags": f"{mood}:1;{instrument}:0.9;{theme}:0.8",
                "tag_groups": f"{mood}:mood;{instrument}:instrument;{theme}:theme",
                "n_tempo": str(90 + index),
                "f_video": f"{index}.npy",
            }
        )
    with (root / "records.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    return root


def small(recipe: Recipe[Any]) -> SystemSettings:
    """The small configuration, cut down to two steps of four examples in every stage."""
    stages = recipe.settings().stage_names
    options = {f"stages.{stage}.{key}": value for stage in stages for key, value in (("steps", "2"), ("batch", "4"))}
    settings: SystemSettings = load_settings(recipe, CONFIGS / f"{recipe.name}-small.toml", options)
    return settings


def build(recipe: Recipe[Any], settings: SystemSettings, state: dict[str, Any]) -> System:
    with torch.random.fork_rng():
        torch.manual_seed(settings.seed)
        system: System = recipe.build(settings, state)
    return system


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_trains_stops_goes_on_and_is_built_again_from_its_checkpoint(name: str, folder: Path, tmp_path: Path) -> None:
    recipe = find(name)
    settings = small(recipe)
    prepared = recipe.prepare(settings, open_data(f"folder:{folder}"), tmp_path / "cache")
    assert {split: len(examples) > 0 for split, examples in prepared.splits.items()}.items() >= {
        ("train", True), ("valid", True)
    }  # fmt: skip

    def train(system: System, run: Path) -> FitResult:
        return fit(system, prepared, settings, folder=run, device="cpu", progress=False)

    uncut = build(recipe, settings, prepared.state())
    fresh = {key: value.clone() for key, value in uncut.state_dict().items()}
    result = train(uncut, tmp_path / "uncut")
    assert result.steps == dict.fromkeys(settings.stage_names, 2)
    assert any(not torch.equal(value, fresh[key]) for key, value in uncut.state_dict().items())

    cuts = 0
    while True:  # a signal after every step
        system = build(recipe, settings, prepared.state())
        step = system.after_step

        def interrupt(stage: str, step: Any = step) -> None:
            step(stage)
            os.kill(os.getpid(), signal.SIGINT)

        system.after_step = interrupt  # type: ignore[method-assign]
        try:
            assert train(system, tmp_path / "cut") == result
            break
        except InterruptedTraining:
            cuts += 1
    assert cuts >= 1
    loaded, found, state = load_system(tmp_path / "cut")
    assert type(loaded) is type(uncut)
    assert found == settings
    assert state == json.loads(json.dumps(prepared.state()))
    for key, value in uncut.state_dict().items():
        assert torch.equal(value, system.state_dict()[key]), key
        assert torch.equal(value, loaded.state_dict()[key]), key

    batch = prepared.collate([prepared.splits["valid"].example(index, None) for index in range(3)])
    stage = settings.stage_names[-1]
    outputs = []
    for each in (uncut, loaded):
        torch.manual_seed(0)
        with torch.no_grad():
            outputs.append({key: float(value) for key, value in each(batch, stage).items()})
        torch.manual_seed(0)
        metrics = each.evaluate(prepared, "valid")
        outputs[-1] |= {f"valid {key}": float(metrics[key]) for key in metrics if not key.startswith("seconds")}
    assert outputs[0] == pytest.approx(outputs[1], rel=0, abs=0, nan_ok=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_command_rehearses_the_small_configuration(
    name: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--config", str(CONFIGS / f"{name}-small.toml"), "--data", str(folder), "--out", str(tmp_path / "run")]
    status = cli.main([name, *options, "--device", "cpu", "--dry-run"])
    output, errors = capsys.readouterr()
    assert status == 0, errors
    for stage in find(name).settings().stage_names:
        assert f"stage {stage}: " in output
    assert not (tmp_path / "run").exists()
