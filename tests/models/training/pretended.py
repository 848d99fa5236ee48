"""A device that is none: its tensors lie on the CPU, but it is as strict as a graphics card.

Tensors of the device "pretended" hold one of the CPU, and every operation is done with that. An operation on them and
on a tensor of the CPU is refused, as CUDA refuses it, and so is reading them as numpy. What trains here leaves no
tensor on the wrong device. The registration lasts as long as the process.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.utils import backend_registration
from torch.utils._pytree import tree_leaves, tree_map

NAME = "pretended"
COPIES = (torch.ops.aten._to_copy, torch.ops.aten.copy_, torch.ops.aten._copy_from)


class Away(Tensor):
    """A tensor on the pretended device."""

    held: Tensor

    @staticmethod
    def __new__(cls, held: Tensor) -> Away:
        made: Away = Tensor._make_wrapper_subclass(
            cls, held.size(), strides=held.stride(), storage_offset=held.storage_offset(), dtype=held.dtype,
            device=torch.device(NAME, 0),
        )  # fmt: skip
        made.held = held
        return made

    __torch_function__ = torch._C._disabled_torch_function_impl

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(func, *args, **(kwargs or {}))


def _run(func: Any, *args: Any, **kwargs: Any) -> Any:
    """Do an operation on the CPU, and keep its result on the device that it belongs to."""
    tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
    away = {id(tensor.held): tensor for tensor in tensors if isinstance(tensor, Away)}
    here = [tensor for tensor in tensors if not isinstance(tensor, Away)]
    kind = func.overloadpacket
    if away and kind not in COPIES and any(tensor.dim() for tensor in here):  # a single number may be on the CPU
        raise RuntimeError(f"Expected all tensors to be on the same device: {func} got one of the CPU")
    asked = kwargs.get("device")
    if asked is not None:
        keep = torch.device(asked).type == NAME
        kwargs["device"] = torch.device("cpu")
    else:
        keep = isinstance(args[0], Away) if kind is torch.ops.aten.copy_ else bool(away)
    args, kwargs = tree_map(lambda leaf: leaf.held if isinstance(leaf, Away) else leaf, (args, kwargs))
    found = func(*args, **kwargs)
    stale = [str(func) for tensor in away.values() if tensor.shape != tensor.held.shape]
    assert not stale, f"{stale} made a tensor another size: give {NAME} a kernel of its own for it"
    if not keep:
        return found
    return tree_map(lambda leaf: away.get(id(leaf), Away(leaf)) if isinstance(leaf, Tensor) else leaf, found)


def register() -> torch.device:
    """Make the device known to torch."""
    backend_registration._setup_privateuseone_for_python_backend(NAME)
    everything, some = torch.library.Library("_", "IMPL"), torch.library.Library("aten", "IMPL")
    everything.fallback(_run, "PrivateUse1")
    for factory in (torch.ops.aten.arange, torch.ops.aten.eye):  # torch would make them empty, and then larger
        for name in (name for name in factory.overloads() if "out" not in name):
            overload = getattr(factory, name)
            some.impl(overload, partial(_run, overload), "PrivateUse1")
    register.kept = everything, some  # type: ignore[attr-defined]  # they are taken back when nobody holds them
    return torch.device(NAME)
