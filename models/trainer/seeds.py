"""Randomness: every draw is a function of where in the run it happens, never of what happened before.

Weights, order, dropout and augmentation are seeded anew from (seed, stage, position). A run that was cut therefore
needs no generator states to go on exactly, whatever the number of processes, and evaluating does not change training.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


def generator(*parts: int | str) -> np.random.Generator:
    """Give numpy's generator for a place in the run, such as (seed, stage, epoch, index)."""
    return np.random.default_rng(_words(parts))


def seed_all(*parts: int | str) -> None:
    """Seed the global generators of torch (all devices), numpy and Python for a place in the run."""
    first, second = (int(word) for word in np.random.SeedSequence(_words(parts)).generate_state(2))
    # torch.manual_seed formats a stack trace for every device that is not in use, once for every batch.
    torch.default_generator.manual_seed(first << 32 | second)
    if _cuda():
        torch.cuda.manual_seed_all(first << 32 | second)
    if torch.backends.mps.is_available():
        torch.mps.manual_seed(first << 32 | second)
    np.random.seed(first)
    random.seed(second)


@contextmanager
def forked() -> Iterator[None]:
    """Leave all global generators as they were before the block."""
    python, numpy = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng([torch.cuda.current_device()] if _cuda() else []):
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)


def _words(parts: tuple[int | str, ...]) -> list[int]:
    return [zlib.crc32(part.encode()) if isinstance(part, str) else part & 0xFFFFFFFFFFFFFFFF for part in parts]


def _cuda() -> bool:
    """Whether CUDA is in use; asking for its state would put it to use."""
    return bool(torch.cuda.is_initialized())  # type: ignore[no-untyped-call]
