"""Looking at the validation split without leaving a trace in the training."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from models.errors import ConfigError, TrainingError
from models.systems.base import Prepared, System
from models.systems.settings import TrainSettings
from models.trainer import distributed, seeds
from models.trainer.batches import plain_batches
from models.trainer.devices import move


@contextmanager
def evaluating(system: nn.Module) -> Iterator[None]:
    """Put a network into evaluation mode; every part of it is in its own mode again afterwards."""
    modes = [(module, module.training) for module in system.modules()]
    system.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def validate(
    system: System, prepared: Prepared, settings: TrainSettings, stage: str, seed: int, device: torch.device
) -> dict[str, float]:
    """Evaluate on the validation split, in full precision.

    Returns
    -------
    dict
        The losses of the stage, means over the examples; and, if `settings.monitor` is none of them, the metrics of
        `System.evaluate`.

    Raises
    ------
    ConfigError
        If there is no value of the name that is monitored.
    TrainingError
        If that value is not a number.
    """
    values: dict[str, float] = {}
    examples = prepared.splits["valid"]
    with distributed.alone(), seeds.forked(), evaluating(system), torch.no_grad():
        seeds.seed_all(seed, stage, "valid")
        for size, batch in plain_batches(prepared, examples, settings.batch):
            for name, loss in system(move(batch, device), stage).items():
                values[name] = values.get(name, 0.0) + float(loss) * size / len(examples)
        if settings.monitor not in values:
            values |= {name: float(value) for name, value in system.evaluate(prepared, "valid").items()}
    if settings.monitor not in values:
        raise ConfigError(
            f"stages.{stage}.monitor = {settings.monitor!r}: validation does not give it; "
            f"choose one of {', '.join(sorted(values))}"
        )
    if math.isnan(values[settings.monitor]):
        raise TrainingError(f"stage {stage}: on the validation split, {settings.monitor} is not a number")
    return values
