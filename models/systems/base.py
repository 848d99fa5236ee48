"""What every system gives to the trainer, the experiments and the export."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
from torch import Tensor, nn

from models.datasets.base import DataSet, Split
from models.systems.settings import SystemSettings

Example = dict[str, Any]
"""One example before collation: arrays, numbers and strings by name."""
Batch = dict[str, Any]
"""A collated batch: tensors [B, ...] and lists of length B by name."""
State = dict[str, Any]
"""What a system needs beside its settings to be built again: JSON-able values only (tokenizers, widths, word lists)."""


class Examples(ABC):
    """The examples of one split.

    Everything random about an example comes from the generator that is handed in, so that a run that was cut in two
    sees the same examples as one that was not.
    """

    @abstractmethod
    def __len__(self) -> int:
        """Give the number of examples."""

    @abstractmethod
    def example(self, index: int, rng: np.random.Generator | None) -> Example:
        """Give example `index`; `rng` draws augmentation, crops and choices, None means none of them."""

    def name(self, index: int) -> str:
        """Name of an example for messages (which record)."""
        return str(index)


class Prepared(ABC):
    """A data set made ready for one system: features cached on disk, tokenizers learnt."""

    splits: Mapping[Split, Examples]

    @abstractmethod
    def collate(self, examples: Sequence[Example]) -> Batch:
        """Make a batch."""

    @abstractmethod
    def state(self) -> State:
        """What `Recipe.build` needs beside the settings; kept in every checkpoint."""


class System(nn.Module, ABC):
    """A network with its losses and its evaluation."""

    @abstractmethod
    def losses(self, batch: Batch, stage: str) -> dict[str, Tensor]:
        """Losses of a batch in a stage, each a scalar; "loss" is minimised, the others are its parts."""

    def forward(self, batch: Batch, stage: str) -> dict[str, Tensor]:
        """Give `losses`; the one door through which distributed training sees the network."""
        return self.losses(batch, stage)

    def begin_stage(self, stage: str) -> None:
        """Freeze and thaw weights, copy those of earlier stages; called before the stage's optimiser is made."""

    def after_step(self, stage: str) -> None:
        """Whatever follows an optimiser step (momentum copies, memory banks)."""

    def trainable(self, stage: str) -> Iterable[nn.Parameter]:
        """Parameters that the stage trains."""
        return (parameter for parameter in self.parameters() if parameter.requires_grad)

    @abstractmethod
    def evaluate(self, prepared: Prepared, split: Split) -> dict[str, float]:
        """Metrics on a split by name, chance levels beside them where there are any; `training` stays as it was."""


S = TypeVar("S", bound=SystemSettings)


@dataclass(frozen=True)
class Recipe(Generic[S]):
    """A system by name.

    Attributes
    ----------
    name : str
        As the command line calls it.
    settings : type
        Its configuration.
    prepare : callable
        (settings, data set, cache folder) -> Prepared. Raises DatasetError where the data will not do.
    build : callable
        (settings, state of Prepared) -> System with fresh weights.
    """

    name: str
    settings: type[S]
    prepare: Callable[[S, DataSet, Path], Prepared]
    build: Callable[[S, State], System]
