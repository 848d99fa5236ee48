"""Several processes, started by torchrun: who this one is, and what they tell each other.

Without RANK and WORLD_SIZE in the environment everything here is the identity, so that the same code runs alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

T = TypeVar("T")
WAIT = timedelta(hours=6)
"""How long the others wait for the first process while it evaluates or prepares features."""
_alone = False


def world() -> int:
    """Number of processes that train together."""
    return dist.get_world_size() if _together() else 1


def rank() -> int:
    """Number of this process, from 0; 0 writes and talks."""
    return dist.get_rank() if dist.is_available() and dist.is_initialized() else 0


@contextmanager
def group(device: str) -> Iterator[None]:
    """Join the other processes, if torchrun started any and nobody has joined yet, for as long as the block runs."""
    joins = int(os.environ.get("WORLD_SIZE", "1")) > 1 and not dist.is_initialized()
    if joins:
        cuda = device.startswith("cuda") or (device == "auto" and torch.cuda.is_available())
        if cuda:
            torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
        dist.init_process_group("nccl" if cuda else "gloo", timeout=WAIT)
    try:
        yield
    finally:
        if joins:
            dist.destroy_process_group()


@contextmanager
def alone() -> Iterator[None]:
    """Make this process behave as the only one: evaluation runs in the first process while the others wait."""
    global _alone
    before, _alone = _alone, True
    try:
        yield
    finally:
        _alone = before


def mean(values: Tensor) -> Tensor:
    """Mean of a tensor over the processes."""
    if not _together():
        return values
    total = values.clone()
    dist.all_reduce(total)
    return total / world()


def from_first(value: T) -> T:
    """Give every process the value of the first one."""
    holder = [value]
    if _together():
        dist.broadcast_object_list(holder, 0)
    return holder[0]


def gather(values: Sequence[T]) -> list[T]:
    """Give the lists of all processes one behind the other."""
    if not _together():
        return list(values)
    lists: list[Any] = [None] * world()
    dist.all_gather_object(lists, list(values))
    return [value for part in lists for value in part]


def barrier() -> None:
    """Wait until all processes are here."""
    if _together():
        dist.barrier()


def gather_with_grad(tensor: Tensor) -> Tensor:
    """Gather a batch's rows of all processes, so that a contrastive loss sees the negatives of the whole batch.

    If every process computes the same loss of the gathered rows, the gradient that distributed training averages is
    the one that a single process would compute with the whole batch.

    Parameters
    ----------
    tensor : Tensor
        [B, ...], of the same shape in every process.

    Returns
    -------
    Tensor
        [processes * B, ...] in the order of the processes; `tensor` itself where there is one process.
    """
    if not _together():
        return tensor
    gathered: Tensor = _Gather.apply(tensor)  # type: ignore[no-untyped-call]
    return gathered


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, tensor: Tensor) -> Tensor:
        parts = [torch.empty_like(tensor, memory_format=torch.contiguous_format) for _ in range(world())]
        dist.all_gather(parts, tensor.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        total = gradients[0].contiguous().clone()
        dist.all_reduce(total)  # every process's loss depends on these rows
        return total.chunk(world())[rank()]


def _together() -> bool:
    return not _alone and dist.is_available() and dist.is_initialized()
