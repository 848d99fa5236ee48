from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from trainer_runs import only, same, train
from trainer_toys import Toy, ToyPrepared, ToySettings, make

from models.errors import TrainingError
from models.trainer.fit import fit


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
