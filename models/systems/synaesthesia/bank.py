"""Memory bank and momentum copies of the group topology-preservation loss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import TypeVar

import torch
from torch import Tensor, nn

M = TypeVar("M", bound=nn.Module)


def momentum_copy(module: M) -> M:
    """Give a copy that no gradient reaches and that stays in evaluation mode's company of its own."""
    copy = deepcopy(module)
    return copy.requires_grad_(False)


@torch.no_grad()
def momentum_update(copy: nn.Module, module: nn.Module, momentum: float) -> None:
    """Move a copy towards its module: theta' <- momentum theta' + (1 - momentum) theta; buffers are taken over."""
    for moving, weight in zip(copy.parameters(), module.parameters(), strict=True):
        moving.lerp_(weight.detach(), 1.0 - momentum)
    for held, buffer in zip(copy.buffers(), module.buffers(), strict=True):
        held.copy_(buffer)


class MemoryBank(nn.Module):
    """The last `size` recordings: music latents of the momentum encoder with the sentence that belongs to them.

    First in, first out. Everything is a buffer, so that a checkpoint holds it. In distributed training the buffers of
    the first process go to the others before every step: all see its recordings as references.

    Parameters
    ----------
    size : int
        Entries.
    fields : mapping of str to tuple of int and dtype
        What an entry holds beside `owner` (int64, which recording): width and type of each field.
    """

    owner: Tensor
    written: Tensor

    def __init__(self, size: int, fields: Mapping[str, tuple[int, torch.dtype]]) -> None:
        super().__init__()
        self.size = size
        self.fields = tuple(fields)
        for name, (width, dtype) in fields.items():
            self.register_buffer(name, torch.zeros(size, width, dtype=dtype))
        self.register_buffer("owner", torch.zeros(size, dtype=torch.int64))
        self.register_buffer("written", torch.zeros((), dtype=torch.int64))

    def _tensors(self) -> Iterator[tuple[str, Tensor]]:
        for name in (*self.fields, "owner"):
            yield name, getattr(self, name)

    @torch.no_grad()
    def push(self, entries: Mapping[str, Tensor]) -> None:
        """Write entries [B, width] of every field and owner [B], the last row last."""
        count = len(entries["owner"])
        places = (int(self.written) + torch.arange(count, device=self.written.device)) % self.size
        for name, buffer in self._tensors():
            # Of more rows than places only the last are kept: two writes to one place have no order.
            buffer[places[-self.size :]] = entries[name][-self.size :].to(buffer.dtype)
        self.written += count

    def entries(self) -> dict[str, Tensor]:
        """Give what is held, [n, width] of every field and owner [n], oldest first."""
        written = int(self.written)
        held = min(written, self.size)
        places = (written - held + torch.arange(held, device=self.written.device)) % self.size
        return {name: buffer[places] for name, buffer in self._tensors()}

    @torch.no_grad()
    def clear(self) -> None:
        """Forget everything."""
        for _, buffer in self._tensors():
            buffer.zero_()
        self.written.zero_()
