"""Tiny systems of the systems' own tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

for _name in ("alcap", "synaesthesia", "titles", "viml"):
    sys.path.append(str(Path(__file__).parents[1] / "models" / "systems" / _name))


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
