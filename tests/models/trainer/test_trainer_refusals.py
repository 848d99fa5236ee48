from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from trainer_runs import Cut, cut_toy, files, only, same, train
from trainer_toys import Toy, ToyPrepared, ToySettings, make

from models.errors import CheckpointError, ConfigError, DatasetError
from models.trainer.fit import FitResult


@pytest.mark.parametrize("split", ["train", "valid"])
def test_an_empty_split_is_one_line(split: str) -> None:
    with pytest.raises(DatasetError, match=f"the split '{split}' has no examples"):
        train(make(), prepared=ToyPrepared(**{split: 0}))
    prepared = ToyPrepared()
    del prepared.splits[split]  # type: ignore[arg-type]
    with pytest.raises(DatasetError, match=f"the split '{split}' has no examples"):
        train(make(), prepared=prepared)


def test_a_monitor_that_validation_does_not_give_is_told_before_training() -> None:
    system = cut_toy(3)  # two batches of validation and the evaluation
    with pytest.raises(ConfigError) as found:
        train(system, settings=only(monitor="bleu"), stages=["first"])
    assert str(found.value) == (
        "stages.first.monitor = 'bleu': validation does not give it; choose one of chance, error, loss, pull, score"
    )


def test_stages_that_are_not_there_or_train_nothing() -> None:
    with pytest.raises(ConfigError, match="there is no stage 'third': choose among first, second"):
        train(make(), stages=["third"])
    system = make()
    system.trainable = lambda stage: []  # type: ignore[method-assign]
    with pytest.raises(ConfigError, match="stage 'first' of toy trains no parameter: everything is frozen"):
        train(system)
    system.trainable = lambda stage: list(system.slow.parameters())  # type: ignore[method-assign]
    with pytest.raises(ConfigError, match="stage 'first' of toy: its loss depends on nothing that it trains"):
        train(system)
    system.trainable = lambda stage: list(system.first.parameters())  # type: ignore[method-assign]
    system.losses = lambda batch, stage: {"loss": torch.ones(())}  # type: ignore[method-assign]
    with pytest.raises(ConfigError, match="its loss depends on nothing"):
        train(system)


def test_a_folder_of_another_run_is_refused(tmp_path: Path, uncut: tuple[Toy, FitResult, Path]) -> None:
    folder = uncut[2]
    before = files(folder)
    cases: list[tuple[str, dict[str, Any]]] = [
        ("a run of 'toy', not of 'viml'", {"name": "viml"}),
        (r"another configuration \(seed\)", {"settings": ToySettings(seed=3)}),
        (r"\(stages.first.epochs, stages.first.batch, stages.first.clip\)", {"settings": only(clip=None, batch=3)}),
        ("other training examples", {"prepared": ToyPrepared(train=12)}),
    ]  # fmt: skip
    for line, more in cases:
        with pytest.raises(CheckpointError, match=line) as found:
            train(make(), folder, **more)
        assert str(folder / "checkpoint.pt") in str(found.value)
        assert str(found.value).endswith("give another folder")
    assert same(files(folder), before)


def test_stages_out_of_order_are_refused(tmp_path: Path) -> None:
    train(make(), tmp_path / "late", stages=["second"])
    with pytest.raises(CheckpointError, match="stage 'second' is trained already, 'first' comes before it"):
        train(make(), tmp_path / "late")
    with pytest.raises(Cut):
        train(cut_toy(12), tmp_path / "cut")
    with pytest.raises(CheckpointError, match="was cut in stage 'first', which is not among those to train"):
        train(make(), tmp_path / "cut", stages=["second"])


def test_weights_alone_do_not_let_training_go_on(tmp_path: Path, uncut: tuple[Toy, FitResult, Path]) -> None:
    (tmp_path / "checkpoint.pt").write_bytes((uncut[2] / "best.pt").read_bytes())
    with pytest.raises(CheckpointError, match="holds weights only"):
        train(make(), tmp_path)
