"""How long a stage takes, when it is evaluated, and its learning rate."""

from __future__ import annotations

import math
from dataclasses import dataclass

from models.errors import DatasetError
from models.systems.settings import TrainSettings


@dataclass(frozen=True)
class Plan:
    """Steps of a stage.

    Batches run on through the epochs: an optimiser step whose batches are not all left in one epoch takes the rest
    from the next. Examples that do not fill the last batch of an epoch wait for the next order.

    Attributes
    ----------
    batch : int
        Examples in a batch of all processes together.
    per_epoch : int
        Batches in an epoch.
    accumulate : int
        Batches in an optimiser step.
    total : int
        Optimiser steps.
    evaluate_every : int
        Optimiser steps between evaluations; 0 for once an epoch.
    """

    batch: int
    per_epoch: int
    accumulate: int
    total: int
    evaluate_every: int

    def epochs(self, step: int) -> int:
        """Whole epochs behind after `step` optimiser steps."""
        return step * self.accumulate // self.per_epoch

    def evaluates(self, step: int) -> bool:
        """Whether the validation split is looked at after `step` optimiser steps."""
        if step == self.total:
            return True
        if self.evaluate_every:
            return step % self.evaluate_every == 0
        return self.epochs(step) > self.epochs(step - 1)


def plan(settings: TrainSettings, examples: int, processes: int = 1) -> Plan:
    """Plan a stage; DatasetError if there are fewer examples than processes."""
    batch = min(settings.batch * processes, examples // processes * processes)
    if batch == 0:
        raise DatasetError(f"{examples} examples to train on are too few for {processes} processes")
    per_epoch = examples // batch
    total = settings.steps or math.ceil(settings.epochs * per_epoch / settings.accumulate)
    return Plan(batch, per_epoch, settings.accumulate, total, settings.evaluate_every)


def learning_rate(settings: TrainSettings, step: int, total: int) -> float:
    """Learning rate of optimiser step `step` (from 0) of `total`.

    It grows over `warmup` steps to its full value, which the last of them has; from there the linear and the cosine
    schedule fall towards 0, which they would reach one step after the last.
    """
    if step < settings.warmup:
        return settings.learning_rate * (step + 1) / settings.warmup
    left = 1 - (step - settings.warmup) / max(1, total - settings.warmup)
    factor = {"constant": 1.0, "linear": left, "cosine": 0.5 - 0.5 * math.cos(math.pi * left)}[settings.schedule]
    return settings.learning_rate * factor
