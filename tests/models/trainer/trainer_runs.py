"""Trainings of toys: whole ones, cut ones, and what they leave on disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from trainer_toys import Toy, ToyPrepared, ToySettings, ToyStages, make

from models.systems.settings import TrainSettings
from models.trainer.checkpoint import read_checkpoint
from models.trainer.fit import FitResult, fit


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


def files(folder: Path) -> tuple[Any, ...]:
    checkpoints = (vars(read_checkpoint(folder / name)) for name in ("checkpoint.pt", "best.pt"))
    return (*checkpoints, (folder / "history.jsonl").read_text(), (folder / "config.toml").read_text())
