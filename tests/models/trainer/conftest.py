"""What the tests of the trainer share: one thread, and one run that nobody cut."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from trainer_runs import train
from trainer_toys import Toy, make

from models.trainer.fit import FitResult


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def uncut(tmp_path_factory: pytest.TempPathFactory) -> tuple[Toy, FitResult, Path]:
    folder = tmp_path_factory.mktemp("uncut")
    system = make()
    return system, train(system, folder), folder
