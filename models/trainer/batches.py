"""Batches of a stage in their order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from models.systems.base import Batch, Examples, Prepared
from models.systems.settings import TrainSettings
from models.trainer import distributed, seeds
from models.trainer.schedule import Plan


class Batches(Dataset[tuple[list[str], Batch]]):
    """Share of this process in every batch of a stage, by the batch's number from 0; batch n is always the same.

    Parameters
    ----------
    prepared : Prepared
        Its training split is used.
    stage : str
        For the seeds.
    """

    def __init__(self, prepared: Prepared, seed: int, stage: str, plan: Plan) -> None:
        self.prepared = prepared
        self.examples = prepared.splits["train"]
        self.place = (seed, stage)
        self.plan = plan
        self.rank, self.world = distributed.rank(), distributed.world()
        self._order: tuple[int, np.ndarray] = (-1, np.empty(0, int))

    def indices(self, number: int) -> np.ndarray:
        """Indices of the examples of batch `number` in this process."""
        epoch, at = divmod(number, self.plan.per_epoch)
        if self._order[0] != epoch:
            self._order = epoch, seeds.generator(*self.place, "order", epoch).permutation(len(self.examples))
        whole = self._order[1][at * self.plan.batch : (at + 1) * self.plan.batch]
        share = self.plan.batch // self.world
        return whole[self.rank * share : (self.rank + 1) * share]

    def __getitem__(self, number: int) -> tuple[list[str], Batch]:
        seeds.seed_all(*self.place, "collate", number, self.rank)
        epoch = number // self.plan.per_epoch
        indices = [int(index) for index in self.indices(number)]
        examples = [self.examples.example(index, seeds.generator(*self.place, epoch, index)) for index in indices]
        return [self.examples.name(index) for index in indices], self.prepared.collate(examples)

    def stream(self, start: int, workers: int, pin: bool) -> Iterator[tuple[list[str], Batch]]:
        """Give the batches from number `start` on, made ahead by `workers` processes."""
        numbers = range(start, self.plan.total * self.plan.accumulate)
        return iter(
            DataLoader(
                self,
                batch_size=None,
                collate_fn=_as_it_is,
                sampler=numbers,
                num_workers=workers,
                pin_memory=pin,
                generator=torch.Generator(),  # the workers' own seeds come from it instead of the global one
            )
        )


def _as_it_is(batch: Any) -> Any:
    """Leave a batch as `Prepared.collate` made it: torch's default would make tensors of arrays in its lists."""
    return batch


def plain_batches(prepared: Prepared, examples: Examples, size: int) -> Iterator[tuple[int, Batch]]:
    """Give all examples in their order and without augmentation: (number of examples, batch)."""
    for start in range(0, len(examples), size):
        rows = range(start, min(start + size, len(examples)))
        yield len(rows), prepared.collate([examples.example(index, None) for index in rows])


def first_batch(prepared: Prepared, settings: TrainSettings, stage: str, seed: int) -> Batch:
    """Give one training batch, for a rehearsal."""
    examples = prepared.splits["train"]
    rows = range(min(settings.batch, len(examples)))
    return prepared.collate([examples.example(index, seeds.generator(seed, stage, 0, index)) for index in rows])
