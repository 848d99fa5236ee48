from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from trainer_runs import only, same, train
from trainer_toys import RECIPE, Toy, ToyPrepared, ToySettings, make

from models.trainer.checkpoint import load_system
from models.trainer.config import load_settings
from models.trainer.fit import FitResult


def test_stages_train_in_order_and_learn(uncut: tuple[Toy, FitResult, Path]) -> None:
    _, result, folder = uncut
    assert result.steps == {"first": 6, "second": 9}
    assert [row["stage"] for row in result.history] == sorted(row["stage"] for row in result.history)
    assert [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()] == result.history
    valid = [row for row in result.history if row["split"] == "valid"]
    assert [(row["stage"], row["step"]) for row in valid] == [
        ("first", 3), ("first", 6), ("second", 0), ("second", 2), ("second", 4), ("second", 6), ("second", 8),
        ("second", 9),
    ]  # fmt: skip
    assert result.best == {"first": min(r["loss"] for r in valid[:2]), "second": max(r["score"] for r in valid[3:])}
    assert valid[-1]["score"] > valid[2]["score"]
    assert list((folder / "tensorboard" / "first").iterdir())
    assert load_settings(RECIPE, folder / "config.toml", {}) == ToySettings()


def test_a_run_gives_the_same_again_with_or_without_a_folder_and_workers(uncut: tuple[Toy, FitResult, Path]) -> None:
    for more in ({}, {"workers": 2}):
        system = make()
        torch.rand(5), np.random.rand(5)  # whatever went on before
        assert train(system, **more) == uncut[1]
        assert same(system.state_dict(), uncut[0].state_dict())


def test_another_seed_gives_another_run(uncut: tuple[Toy, FitResult, Path]) -> None:
    assert train(make(), settings=ToySettings(seed=1)).best != uncut[1].best


def test_training_leaves_the_global_generators_alone() -> None:
    torch.manual_seed(7)
    np.random.seed(7)
    before = torch.get_rng_state(), np.random.get_state()[1].tolist()  # type: ignore[index]
    train(make())
    assert torch.equal(before[0], torch.get_rng_state())
    assert before[1] == np.random.get_state()[1].tolist()  # type: ignore[index]


@pytest.mark.parametrize("workers", [0, 1])
def test_a_batch_reaches_the_system_as_it_was_collated(workers: int) -> None:
    class Ragged(ToyPrepared):
        def collate(self, examples: Any) -> dict[str, Any]:
            return {
                **super().collate(examples),
                "ragged": [np.zeros(n) for n in range(len(examples))],
                "pair": (1, "a"),
            }

    class Strict(Toy):
        def losses(self, batch: dict[str, Any], stage: str) -> dict[str, Tensor]:
            assert all(isinstance(array, np.ndarray) for array in batch["ragged"])
            assert batch["pair"] == (1, "a")
            return super().losses(batch, stage)

    system = Strict(ToySettings(), {"inputs": 5})
    assert train(system, prepared=Ragged(), stages=["first"], workers=workers).steps == {"first": 6}


def test_the_best_weights_stay_not_the_last(tmp_path: Path) -> None:
    system = make()
    settings = only(steps=40, evaluate_every=1, learning_rate=0.5, monitor="pull")
    result = train(system, tmp_path / "run", settings, stages=["first"])
    rows = [row for row in result.history if row["split"] == "valid" and row["step"] > 0]
    best = min(rows, key=lambda row: row["pull"])
    assert best["step"] < 40
    assert result.best["first"] == best["pull"]
    batch = ToyPrepared().collate([ToyPrepared().splits["valid"].example(index, None) for index in range(4)])
    losses = [system.losses(batch, "first")["pull"]]
    loaded, found, state = load_system(tmp_path / "run", RECIPE)
    assert (found, state) == (settings, {"inputs": 5})
    losses.append(loaded.losses(batch, "first")["pull"])
    assert torch.equal(*losses)
    assert same(loaded.state_dict(), system.state_dict())
    assert not loaded.training


def test_patience_ends_a_stage() -> None:
    settings = only(steps=50, evaluate_every=1, monitor="score", mode="max", patience=3, learning_rate=0.5)
    result = train(make(), settings=settings, stages=["first"])
    scores = [row["score"] for row in result.history if row["split"] == "valid" and row["step"] > 0]
    assert result.steps["first"] == len(scores) < 50
    assert int(np.argmax(scores)) == len(scores) - 4


def test_evaluating_does_not_change_training() -> None:
    one, other = make(), make()
    train(one, settings=only(steps=8, evaluate_every=8), stages=["first"])
    train(other, settings=only(steps=8, evaluate_every=1, monitor="score", mode="min"), stages=["first"])
    # the last step's weights are the best of neither on purpose: compare the slow copies' history through training
    last = [train_weights(only(steps=8, evaluate_every=every)) for every in (8, 1)]
    assert same(*last)


def train_weights(settings: ToySettings) -> dict[str, Tensor]:
    """Weights right after the last step, before the best ones are put back."""
    system, seen = make(), []
    step = system.after_step

    def spy(stage: str) -> None:
        step(stage)
        seen.append({name: value.clone() for name, value in system.state_dict().items()})

    system.after_step = spy  # type: ignore[method-assign]
    train(system, settings=settings, stages=["first"])
    return seen[-1]


def test_fewer_examples_than_a_batch_make_one_batch() -> None:
    result = train(make(), prepared=ToyPrepared(train=3), settings=only(epochs=2, batch=64), stages=["first"])
    assert result.steps["first"] == 2
