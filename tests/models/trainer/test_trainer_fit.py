from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from trainer_toys import RECIPE, Toy, ToyPrepared, ToySettings, ToyStages, make

from models.errors import CheckpointError, ConfigError, DatasetError, TrainingError
from models.systems.settings import TrainSettings
from models.trainer.checkpoint import load_system, read_checkpoint
from models.trainer.config import load_settings
from models.trainer.fit import FitResult, fit
from models.trainer.interrupts import InterruptedTraining


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def train(system: Toy, folder: Path | None = None, settings: ToySettings | None = None, **more: Any) -> FitResult:
    prepared = more.pop("prepared", None) or ToyPrepared()
    more = {"device": "cpu", "progress": False, "name": "toy", **more}
    return fit(system, prepared, settings or ToySettings(), folder=folder, **more)


def only(**options: Any) -> ToySettings:
    """Settings whose first stage has these options."""
    return ToySettings(stages=ToyStages(first=TrainSettings(**{"batch": 4, "learning_rate": 1e-2, **options})))


def same(one: Any, other: Any) -> bool:
    """Whether two nested values are equal bit for bit."""
    if isinstance(one, Tensor):
        return isinstance(other, Tensor) and one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


class Cut(BaseException):
    """The power fails."""


class CutToy(Toy):
    """Runs until its losses, steps and evaluations have been asked for `cut` times altogether."""

    cut = 10**9
    act: Callable[[], None] | None = None

    def _count(self) -> None:
        self.cut -= 1
        if self.cut < 0:
            if self.act is None:
                raise Cut
            self.act()

    def losses(self, batch: dict[str, Any], stage: str) -> dict[str, Tensor]:
        self._count()
        return super().losses(batch, stage)

    def after_step(self, stage: str) -> None:
        self._count()
        super().after_step(stage)

    def evaluate(self, prepared: Any, split: Any) -> dict[str, float]:
        self._count()
        return super().evaluate(prepared, split)


def cut_toy(cut: int, act: Callable[[], None] | None = None) -> CutToy:
    torch.manual_seed(0)
    system = CutToy(ToySettings(), {"inputs": 5})
    system.load_state_dict(make().state_dict())
    system.cut, system.act = cut, act
    return system


@pytest.fixture(scope="module")
def uncut(tmp_path_factory: pytest.TempPathFactory) -> tuple[Toy, FitResult, Path]:
    folder = tmp_path_factory.mktemp("uncut")
    system = make()
    return system, train(system, folder), folder


def files(folder: Path) -> tuple[Any, ...]:
    checkpoints = (vars(read_checkpoint(folder / name)) for name in ("checkpoint.pt", "best.pt"))
    return (*checkpoints, (folder / "history.jsonl").read_text(), (folder / "config.toml").read_text())


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


@pytest.mark.slow
@pytest.mark.parametrize("cuts", [range(at, 46, 6) for at in range(6)], ids=str)
def test_a_run_cut_anywhere_goes_on_bit_for_bit(
    cuts: range, tmp_path: Path, uncut: tuple[Toy, FitResult, Path]
) -> None:
    """Within an accumulation group, an evaluation, an epoch, after a step, before the first checkpoint."""
    for cut in cuts:
        folder = tmp_path / str(cut)
        with pytest.raises(Cut):
            train(cut_toy(cut), folder)
        system = make()
        assert train(system, folder) == uncut[1]
        assert same(system.state_dict(), uncut[0].state_dict())
        assert same(files(folder), files(uncut[2]))


def test_a_run_cut_many_times_goes_on_bit_for_bit(tmp_path: Path, uncut: tuple[Toy, FitResult, Path]) -> None:
    folder, cuts = tmp_path / "run", 0
    while True:
        system = cut_toy(14)
        try:
            result = train(system, folder)
            break
        except Cut:
            cuts += 1
    assert cuts >= 3
    assert result == uncut[1]
    assert same(files(folder), files(uncut[2]))


def test_a_cut_between_stages_goes_on_bit_for_bit(tmp_path: Path, uncut: tuple[Toy, FitResult, Path]) -> None:
    first = train(make(), tmp_path / "run", stages=["first"])
    assert first.steps == {"first": 6}
    assert read_checkpoint(tmp_path / "run" / "checkpoint.pt").training["stage"] is None  # type: ignore[index]
    system = make()
    assert train(system, tmp_path / "run") == uncut[1]
    assert same(system.state_dict(), uncut[0].state_dict())


def test_a_finished_run_is_only_loaded(uncut: tuple[Toy, FitResult, Path]) -> None:
    system = cut_toy(0)
    assert train(system, uncut[2]) == uncut[1]
    assert same(system.state_dict(), uncut[0].state_dict())
    assert not system.training


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", [1, 8, 10, 17, 19, 26])
def test_a_signal_ends_the_step_and_writes_a_checkpoint(
    moment: int, number: int, tmp_path: Path, uncut: tuple[Toy, FitResult, Path]
) -> None:
    system = cut_toy(moment)

    def act() -> None:
        system.act = lambda: None
        os.kill(os.getpid(), number)

    system.act = act
    before = signal.getsignal(number)
    with pytest.raises(
        InterruptedTraining, match=r"interrupted in stage \w+, step \d of \d; the same command"
    ) as found:
        train(system, tmp_path / "run")
    assert found.value.exit_code == 130
    assert signal.getsignal(number) is before
    kept = read_checkpoint(tmp_path / "run" / "checkpoint.pt").training
    assert kept is not None
    assert f"stage {kept['stage']}, step {kept['step']} of" in str(found.value)
    assert same(read_checkpoint(tmp_path / "run" / "checkpoint.pt").weights, system.state_dict())
    system = make()
    assert train(system, tmp_path / "run") == uncut[1]
    assert same(files(tmp_path / "run"), files(uncut[2]))


def test_a_signal_in_the_last_step_of_a_stage_stops_before_the_next(
    tmp_path: Path, uncut: tuple[Toy, FitResult, Path]
) -> None:
    system = make()
    step, left = system.after_step, iter(range(5))

    def last(stage: str) -> None:
        step(stage)
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGINT)

    system.after_step = last  # type: ignore[method-assign]
    with pytest.raises(InterruptedTraining, match="interrupted before stage second; the same command goes on"):
        train(system, tmp_path / "run")
    assert train(make(), tmp_path / "run") == uncut[1]
    assert same(files(tmp_path / "run"), files(uncut[2]))


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


def test_a_second_signal_acts_at_once(tmp_path: Path) -> None:
    def twice() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    system = cut_toy(3, twice)
    before = signal.getsignal(signal.SIGINT)  # ignored, where the tests run in the background of a shell
    with pytest.raises(KeyboardInterrupt):
        train(system, tmp_path / "run")
    assert signal.getsignal(signal.SIGINT) is before


def test_cut_runs_agree_on_everything_within_a_stage(tmp_path: Path) -> None:
    """Optimiser state, patience, the open row of the history, best weights: as in a run that was not cut."""
    settings = only(steps=9, evaluate_every=2, patience=50, checkpoint_every=1)

    def stop_at(moment: int, folder: Path) -> None:
        system = cut_toy(moment)

        def act() -> None:
            system.act = lambda: None
            os.kill(os.getpid(), signal.SIGINT)

        system.act = act
        with pytest.raises(InterruptedTraining):
            train(system, folder, settings)

    stop_at(18, tmp_path / "straight")
    with pytest.raises(Cut):
        train(cut_toy(9), tmp_path / "cut", settings)
    reached = read_checkpoint(tmp_path / "cut" / "checkpoint.pt").training
    wanted = read_checkpoint(tmp_path / "straight" / "checkpoint.pt").training
    assert reached is not None and wanted is not None
    assert 0 < reached["step"] < wanted["step"] < 9
    system = cut_toy(10**9)
    steps = iter(range(wanted["step"] - reached["step"] - 1))

    def interrupt(stage: str) -> None:
        Toy.after_step(system, stage)
        if next(steps, None) is None:
            os.kill(os.getpid(), signal.SIGINT)

    system.after_step = interrupt  # type: ignore[method-assign]
    with pytest.raises(InterruptedTraining):
        train(system, tmp_path / "cut", settings)
    one, other = (vars(read_checkpoint(tmp_path / name / "checkpoint.pt")) for name in ("straight", "cut"))
    if one["training"]["step"] + 1 == other["training"]["step"]:
        pytest.fail("the signal was taken one step later")
    assert same(one, other)
    assert one["training"]["optimizer"]["state"][0]["exp_avg"].abs().sum() > 0


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


def test_accumulated_batches_make_the_step_of_one_large_batch() -> None:
    def run(**options: Any) -> dict[str, Tensor]:
        settings = only(steps=3, clip=None, optimizer="adam", **options)
        torch.manual_seed(0)
        system = Toy(ToySettings(model=ToySettings().model.model_copy(update={"dropout": 0.0})), {"inputs": 5})
        system.after_step = lambda stage: None  # type: ignore[method-assign]
        fit(system, ToyPrepared(train=12), settings, device="cpu", progress=False, stages=["first"])
        return {name: value.clone() for name, value in system.named_parameters()}

    large, small = run(batch=12), run(batch=3, accumulate=4)
    pulls = [run(batch=12), large]
    assert same(*pulls)
    # "pull" is no mean over examples, so only nearly the same; far from what other data would give
    assert torch.allclose(large["first.weight"], small["first.weight"], atol=5e-3)


def test_clipping_bounds_the_norm_of_the_gradient() -> None:
    system = make()
    norms: list[float] = []
    step = system.after_step

    def spy(stage: str) -> None:
        gradients = [p.grad for p in system.trainable(stage) if p.grad is not None]
        norms.append(float(torch.nn.utils.get_total_norm(gradients)))
        step(stage)

    system.after_step = spy  # type: ignore[method-assign]
    result = train(system, settings=only(steps=4, evaluate_every=1, clip=0.01), stages=["first"])
    assert norms == pytest.approx([0.01] * 4, rel=1e-3)
    assert all(row["gradient_norm"] > 0.01 for row in result.history if row["split"] == "train")


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_mixed_precision_trains_and_keeps_full_weights(precision: str, tmp_path: Path) -> None:
    seen: set[torch.dtype] = set()
    system = make()
    system.first.register_forward_hook(lambda *parts: seen.add(parts[2].dtype))
    settings = only(steps=30, precision=precision, learning_rate=0.03)
    result = train(system, tmp_path / "run", settings, stages=["first"])
    valid = [row["error"] for row in result.history if row["split"] == "valid"]
    assert valid[-1] < valid[0]
    assert {torch.bfloat16 if precision == "bf16" else torch.float16, torch.float32} == seen  # validation in full
    assert {parameter.dtype for parameter in system.parameters()} == {torch.float32}


class Overflowing(Toy):
    """Gradients that fp16 cannot hold for as many steps as `left` says."""

    left = 0

    def losses(self, batch: dict[str, Any], stage: str) -> dict[str, Tensor]:
        losses = super().losses(batch, stage)
        if self.training and self.left > 0:
            self.left -= 1
            losses["loss"].register_hook(lambda gradient: gradient * float("inf"))
        return losses


def overflowing(left: int) -> Overflowing:
    system = Overflowing(ToySettings(), {"inputs": 5})
    system.left = left
    return system


def test_fp16_may_skip_steps_but_not_for_ever() -> None:
    settings = only(steps=40, precision="fp16")
    result = train(overflowing(6), settings=settings, stages=["first"])
    assert result.steps["first"] == 40
    with pytest.raises(TrainingError, match="first, step 31: the gradients are not finite"):
        train(overflowing(35), settings=settings, stages=["first"])


def test_gradients_that_are_not_finite_stop_the_training() -> None:
    with pytest.raises(TrainingError, match=r"stage first, step 1: the gradients are not finite numbers on the exam"):
        train(overflowing(1), settings=only(steps=4), stages=["first"])


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


@pytest.mark.parametrize("split", ["train", "valid"])
def test_an_empty_split_is_one_line(split: str) -> None:
    with pytest.raises(DatasetError, match=f"the split '{split}' has no examples"):
        train(make(), prepared=ToyPrepared(**{split: 0}))
    prepared = ToyPrepared()
    del prepared.splits[split]  # type: ignore[arg-type]
    with pytest.raises(DatasetError, match=f"the split '{split}' has no examples"):
        train(make(), prepared=prepared)


def test_fewer_examples_than_a_batch_make_one_batch() -> None:
    result = train(make(), prepared=ToyPrepared(train=3), settings=only(epochs=2, batch=64), stages=["first"])
    assert result.steps["first"] == 2


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


def test_a_step_leaves_no_gradients_of_what_a_stage_does_not_train() -> None:
    class Wide(Toy):
        def __init__(self, *parts: Any) -> None:
            super().__init__(*parts)
            self.extra = nn.Linear(1, 1)

        def begin_stage(self, stage: str) -> None:
            """Freeze nothing."""

        def losses(self, batch: dict[str, Any], stage: str) -> dict[str, Tensor]:
            losses = super().losses(batch, stage)
            if self.training and self.extra.weight.grad is not None:
                raise AssertionError("a gradient of the step before")
            return {**losses, "loss": losses["loss"] + self.extra(batch["y"]).mean()}

    before = Wide(ToySettings(), {"inputs": 5})
    kept = before.extra.weight.detach().clone()
    train(before, stages=["first"])
    assert torch.equal(before.extra.weight, kept)
