"""Systems small enough to train in a blink, each with something that resuming could get wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from models.datasets.base import DataSet, Split
from models.systems.base import Batch, Example, Examples, Prepared, Recipe, State, System
from models.systems.settings import Settings, SystemSettings, TrainSettings


class ToyModel(Settings):
    width: int = 6
    dropout: float = 0.3
    name: str = "toy"
    weights: str | None = None
    kind: Literal["none", "some"] = "none"


class ToyData(Settings):
    columns: tuple[str, ...] = ("a", "b")


class ToyStages(Settings):
    first: TrainSettings = TrainSettings(epochs=2, batch=4, learning_rate=1e-2)
    second: TrainSettings = TrainSettings(
        steps=9,
        batch=3,
        accumulate=2,
        learning_rate=1e-2,
        optimizer="adam",
        warmup=3,
        schedule="cosine",
        evaluate_every=2,
        monitor="score",
        mode="max",
        checkpoint_every=2,
    )


class ToySettings(SystemSettings):
    model: ToyModel = ToyModel()
    data: ToyData = ToyData()
    stages: ToyStages = ToyStages()


class ToyExamples(Examples):
    def __init__(self, count: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.x = rng.normal(size=(count, 5)).astype(np.float32)
        self.y = self.x.sum(1, keepdims=True)
        self.seed = seed

    def __len__(self) -> int:
        return len(self.x)

    def example(self, index: int, rng: np.random.Generator | None) -> Example:
        noise = 0.0 if rng is None else rng.normal(scale=0.1, size=5).astype(np.float32)
        return {"x": self.x[index] + noise, "y": self.y[index], "name": self.name(index)}

    def name(self, index: int) -> str:
        return f"piece-{self.seed}-{index}"


class ToyPrepared(Prepared):
    def __init__(self, train: int = 13, valid: int = 5, test: int = 4) -> None:
        self.splits: dict[Split, ToyExamples] = {
            "train": ToyExamples(train, 0),
            "valid": ToyExamples(valid, 1),
            "test": ToyExamples(test, 2),
        }

    def collate(self, examples: Sequence[Example]) -> Batch:
        return {
            "x": torch.from_numpy(np.stack([example["x"] for example in examples])),
            "y": torch.from_numpy(np.stack([example["y"] for example in examples])),
            "names": [example["name"] for example in examples],
        }

    def state(self) -> State:
        return {"inputs": 5}


class Toy(System):
    """Two layers with dropout; a momentum copy and a memory bank that move after each step."""

    bank: Tensor

    def __init__(self, settings: ToySettings, state: State) -> None:
        super().__init__()
        width = settings.model.width
        self.first = nn.Linear(state["inputs"], width)
        self.dropout = nn.Dropout(settings.model.dropout)
        self.second = nn.Linear(width, 1)
        self.slow = nn.Linear(state["inputs"], width)
        self.slow.load_state_dict(self.first.state_dict())
        self.slow.requires_grad_(False)
        self.register_buffer("bank", torch.zeros(3, width))
        self.poison: str | None = None
        self.stops: dict[str, int] = {}

    def begin_stage(self, stage: str) -> None:
        self.second.requires_grad_(stage == "second")
        self.slow.load_state_dict(self.first.state_dict())
        if stage == "second":
            nn.init.normal_(self.second.weight)

    def trainable(self, stage: str) -> Iterable[nn.Parameter]:
        return self.first.parameters() if stage == "first" else super().trainable(stage)

    def losses(self, batch: Batch, stage: str) -> dict[str, Tensor]:
        hidden = self.dropout(torch.tanh(self.first(batch["x"])))
        error = (self.second(hidden) - batch["y"]).square().mean()
        pull = (hidden.mean(0) - self.bank.mean(0)).square().mean()
        if self.training:
            self.last = hidden.detach().mean(0)
            if self.poison in batch["names"]:
                error = error * float("nan")
        return {"loss": error + 0.1 * pull, "error": error, "pull": pull}

    def after_step(self, stage: str) -> None:
        for slow, fast in zip(self.slow.parameters(), self.first.parameters(), strict=True):
            slow.lerp_(fast, 0.1)
        self.bank.copy_(torch.cat([self.bank[1:], self.last[None]]))

    def evaluate(self, prepared: Prepared, split: Split) -> dict[str, float]:
        examples = prepared.splits[split]
        batch = prepared.collate([examples.example(index, None) for index in range(len(examples))])
        with torch.no_grad():
            guess = self.second(torch.tanh(self.slow(batch["x"])))
        torch.rand(7), np.random.rand(7)  # careless of it, but no harm may come of that
        return {"score": -float((guess - batch["y"]).abs().mean()), "chance": -1.0}


def build(settings: ToySettings, state: State) -> Toy:
    return Toy(settings, state)


def prepare(settings: ToySettings, data: DataSet, cache: Path) -> ToyPrepared:
    return ToyPrepared()


RECIPE: Recipe[Any] = Recipe("toy", ToySettings, prepare, build)


def make(settings: ToySettings | None = None) -> Toy:
    """Build a toy with the weights that its seed gives."""
    settings = settings or ToySettings()
    with torch.random.fork_rng():
        torch.manual_seed(settings.seed)
        return build(settings, {"inputs": 5})
