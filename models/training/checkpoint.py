"""Checkpoints: weights with the minutes spent on them, written whole or not at all, to be read on any device."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn


def save_checkpoint(path: Path, model: nn.Module, minutes: float) -> None:
    """Write the model's state beside `path`, then swap it in."""
    temporary = path.with_suffix(".tmp")
    torch.save(
        {"model": {name: value.cpu() for name, value in model.state_dict().items()}, "minutes": minutes}, temporary
    )
    temporary.replace(path)


def load_checkpoint(path: Path, model: nn.Module) -> float:
    """Load the state if `path` exists; give the minutes already spent (0.0 for a fresh start)."""
    if not path.exists():
        return 0.0
    state = torch.load(path, weights_only=True, map_location="cpu")
    model.load_state_dict(state["model"])
    return float(state["minutes"])
