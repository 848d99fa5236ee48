"""Where training runs."""

from __future__ import annotations

import os
from typing import Any

import torch
from torch import Tensor

from models.errors import ConfigError


def choose(name: str) -> torch.device:
    """Give the device of a name: auto is CUDA, else Apple's GPU, else the CPU.

    Raises
    ------
    ConfigError
        If there is no such device here.
    """
    if name == "auto":
        found = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    else:
        found = name
    try:
        device = torch.device(found)
        if device.type == "cuda" and device.index is None and torch.cuda.is_available():
            device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", torch.cuda.current_device())))
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(
            f"device {name!r} cannot be used ({reason}): choose auto, cpu, cuda, cuda:N or mps"
        ) from error
    return device


def describe(device: torch.device) -> str:
    """Name a device for the user."""
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    if device.type == "cpu":
        return f"cpu ({torch.get_num_threads()} threads)"
    return str(device)


def move(value: Any, device: torch.device) -> Any:
    """Move all tensors of a batch, also those in its lists and mappings."""
    if isinstance(value, Tensor):
        return value.to(device, non_blocking=True)
    if isinstance(value, dict):
        return {key: move(item, device) for key, item in value.items()}
    if isinstance(value, tuple):
        items = [move(item, device) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    if isinstance(value, list):
        return [move(item, device) for item in value]
    return value.to(device) if hasattr(value, "to") else value
