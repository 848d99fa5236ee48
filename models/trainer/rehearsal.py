"""A dry run: one batch of every stage, forwards and backwards, without training anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from models.errors import ConfigError, TrainingError
from models.systems.base import Prepared, System
from models.systems.settings import SystemSettings
from models.trainer import distributed, seeds
from models.trainer.batches import first_batch
from models.trainer.devices import move
from models.trainer.fit import check_splits, choose_stages
from models.trainer.schedule import plan
from models.trainer.stage import autocast
from models.trainer.validation import validate


def rehearse(
    system: System,
    prepared: Prepared,
    settings: SystemSettings,
    device: torch.device,
    stages: Sequence[str] | None,
    say: Callable[[str], None],
) -> None:
    """Run one training batch of every stage through the system, and validate it where a stage monitors a metric.

    Raises
    ------
    CuefinderError
        For what would stop the training: an empty split, nothing to train, a loss that is not finite, a monitored
        value that validation does not give.
    """
    check_splits(prepared)
    system.to(device).train()
    for stage in choose_stages(settings, stages):
        options = settings.stage(stage)
        steps = plan(options, len(prepared.splits["train"]), distributed.world())
        seeds.seed_all(settings.seed, stage, "begin")
        system.begin_stage(stage)
        system.to(device)
        trained = list(system.trainable(stage))
        if not trained:
            raise ConfigError(f"stage {stage!r} trains no parameter: everything is frozen")
        system.zero_grad(set_to_none=True)
        with autocast(device, options.precision):
            losses = system(move(first_batch(prepared, options, stage, settings.seed), device), stage)
        if not losses["loss"].requires_grad:
            raise ConfigError(f"stage {stage!r}: its loss depends on nothing that it trains")
        losses["loss"].backward()
        values = {name: float(loss.detach()) for name, loss in losses.items()}
        if not torch.isfinite(losses["loss"]):
            raise TrainingError(f"stage {stage!r}: the loss of the first batch is {values['loss']}")
        if options.monitor not in values:
            validate(system, prepared, options, stage, settings.seed, device)
        say(
            f"stage {stage}: {sum(parameter.numel() for parameter in trained):,} parameters to train, "
            f"{steps.total} steps of {steps.batch * steps.accumulate} examples, "
            f"{steps.per_epoch} batches an epoch; first batch: "
            + ", ".join(f"{name} {value:.4g}" for name, value in values.items())
        )
