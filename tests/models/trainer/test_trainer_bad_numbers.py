from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from trainer_runs import only, train
from trainer_toys import Toy, ToySettings, make

from models.errors import TrainingError
from models.trainer.checkpoint import read_checkpoint


def test_a_loss_that_is_not_a_number_stops_and_names_the_batch(tmp_path: Path) -> None:
    system = make()
    settings = only(epochs=2, batch=6, accumulate=1, evaluate_every=1)
    train(system, tmp_path / "good", settings, stages=["first"])
    system = make()
    system.poison = "piece-0-3"
    with pytest.raises(TrainingError) as found:
        train(system, tmp_path / "run", only(steps=9, batch=2, evaluate_every=1), stages=["first"])
    line = str(found.value)
    assert "the loss is not a finite number on the examples" in line
    named = line.partition("examples ")[2].partition(";")[0].split(", ")
    assert len(named) == 2
    assert "piece-0-3" in named
    step = int(line.partition("step ")[2].partition(":")[0])
    if step > 1:
        assert f"the last good checkpoint is {tmp_path / 'run' / 'checkpoint.pt'}, of step {step - 1}" in line
        kept = read_checkpoint(tmp_path / "run" / "checkpoint.pt")
        assert all(torch.isfinite(value).all() for value in kept.weights.values())


def test_only_the_bad_batch_of_an_accumulation_group_is_named() -> None:
    system = make()
    system.poison = "piece-0-3"
    with pytest.raises(TrainingError) as found:
        train(system, settings=only(steps=1, batch=2, accumulate=6), stages=["first"])
    named = str(found.value).partition("examples ")[2].partition(";")[0].split(", ")
    assert len(named) == 2
    assert "piece-0-3" in named
    assert str(found.value).endswith("there is no checkpoint yet")


def test_weights_that_are_not_finite_are_not_kept(tmp_path: Path) -> None:
    class Breaking(Toy):
        def after_step(self, stage: str) -> None:
            if self.bank.abs().sum() > 0:
                self.first.bias.data.fill_(float("inf"))
            super().after_step(stage)

    system = Breaking(ToySettings(), {"inputs": 5})
    settings = only(steps=5, checkpoint_every=1, evaluate_every=5)
    with pytest.raises(TrainingError, match=r"step 2: weights are no longer finite; the last good .* of step 1"):
        train(system, tmp_path / "run", settings, stages=["first"])
    assert all(torch.isfinite(v).all() for v in read_checkpoint(tmp_path / "run" / "checkpoint.pt").weights.values())


def test_validation_that_is_not_a_number_stops() -> None:
    class Mute(Toy):
        def evaluate(self, prepared: Any, split: Any) -> dict[str, float]:
            return {"score": float("nan")}

    with pytest.raises(TrainingError, match="stage second: on the validation split, score is not a number"):
        train(Mute(ToySettings(), {"inputs": 5}), stages=["second"])
