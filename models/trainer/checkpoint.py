"""Checkpoints: one file from which a system can be built again, and training can go on.

A checkpoint is a dictionary written by torch.save: `format`, `system` (its name), `settings` and `state` (JSON),
`stages` (those begun, in order), `weights` (the state dictionary), and `training` (what the trainer needs to go on;
None in the file of the best weights).
"""

from __future__ import annotations

import io
import json
import pickle
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError
from torch import Tensor, nn

from models.errors import CheckpointError, ConfigError
from models.systems import registry
from models.systems.base import Recipe, State, System
from models.systems.pretrained import weights_follow
from models.systems.settings import SystemSettings
from models.trainer.features import write_atomic
from plugin.errors import printable

FORMAT = "cuefinder checkpoint 1"
_UNREADABLE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    pickle.UnpicklingError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
"""What reading a file raises that torch.save did not write, or not as it is now."""
LAST, BEST = "checkpoint.pt", "best.pt"


@dataclass
class Checkpoint:
    """What a checkpoint file holds; see the module."""

    system: str
    settings: dict[str, Any]
    state: State
    stages: list[str]
    weights: dict[str, Any]
    training: dict[str, Any] | None = field(default=None)


def system_name(system: System) -> str:
    """Name of a system: that of its package under `models.systems`, else of its class."""
    found = re.match(r"models\.systems\.(\w+)\.", type(system).__module__)
    return found[1] if found else type(system).__name__


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint; the one that was there stays until the new one is whole on the disk."""
    content = {
        "format": FORMAT,
        "system": checkpoint.system,
        "settings": json.dumps(checkpoint.settings),
        "state": json.dumps(checkpoint.state),
        "stages": checkpoint.stages,
        "weights": checkpoint.weights,
        "training": checkpoint.training,
    }
    buffer = io.BytesIO()
    torch.save(content, buffer)
    write_atomic(path, buffer.getvalue())


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint onto the CPU.

    Raises
    ------
    CheckpointError
        If there is none, or it is cut off, damaged or something else.
    """
    shown = printable(path)
    if not path.is_file():
        raise CheckpointError(f"{shown}: no such checkpoint")
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == b"PK"  # what torch.save writes begins like this
    except OSError as error:
        raise CheckpointError(f"{shown}: {error.strerror or error}") from error
    try:
        if zipped:
            with zipfile.ZipFile(path) as archive:
                damaged = archive.testzip()  # torch itself does not look whether the weights are as they were written
            if damaged is not None:
                raise zipfile.BadZipFile(damaged)
        content = torch.load(path, map_location="cpu", weights_only=True)
    except _UNREADABLE as error:
        what = "the checkpoint is cut off or damaged" if zipped else "not a checkpoint"
        raise CheckpointError(f"{shown}: {what}") from error
    try:
        if content["format"] != FORMAT:
            raise ValueError
        settings, state = json.loads(content["settings"]), json.loads(content["state"])
        return Checkpoint(
            content["system"], settings, state, content["stages"], content["weights"], content["training"]
        )
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{shown}: not a checkpoint of cuefinder-train, or of another version") from error


def load_system(path: Path, recipe: Recipe[Any] | None = None) -> tuple[System, SystemSettings, State]:
    """Build a system as a checkpoint has it.

    Parameters
    ----------
    path : Path
        A checkpoint, or the folder of a run (its best weights).
    recipe : Recipe, optional
        Of the system that is expected; without it, that of the checkpoint is looked up by name.

    Returns
    -------
    tuple
        The system on the CPU in evaluation mode, its settings, and the state that `Recipe.build` took.

    Raises
    ------
    CheckpointError
        If the file is damaged, or of another system or version.
    """
    if path.is_dir():
        path = path / BEST
    checkpoint = read_checkpoint(path)
    shown = printable(path)
    try:
        recipe = recipe or registry.find(checkpoint.system)
    except ConfigError as error:
        raise CheckpointError(f"{shown}: a checkpoint of {checkpoint.system!r}, a system unknown here") from error
    if recipe.name != checkpoint.system:
        raise CheckpointError(f"{shown}: a checkpoint of {checkpoint.system!r}, not of {recipe.name!r}")
    try:
        settings = recipe.settings.model_validate(checkpoint.settings)
    except ValidationError as error:
        key = ".".join(map(str, error.errors()[0]["loc"]))
        raise CheckpointError(f"{shown}: its configuration is of another version ({key})") from error
    with weights_follow():
        system = recipe.build(settings, checkpoint.state)
    restore(system, checkpoint, shown)
    return system.eval(), settings, checkpoint.state


def restore(system: System, checkpoint: Checkpoint, shown: str) -> None:
    """Bring a fresh system to where a checkpoint is: its stages begun in order, then its weights.

    Raises
    ------
    CheckpointError
        If the weights are not those of such a system.
    """
    system.train()
    for stage in checkpoint.stages:  # what is frozen; the weights they copy are overwritten
        system.begin_stage(stage)
    load_weights(system, checkpoint.weights, shown)


def load_weights(system: nn.Module, weights: dict[str, Any], shown: str) -> None:
    """Load a state dictionary; CheckpointError in one line where it does not fit."""
    try:
        system.load_state_dict(weights)
    except RuntimeError as error:
        names = set(weights) ^ set(system.state_dict())
        detail = f"{min(names)} and {len(names) - 1} more" if names else str(error).splitlines()[-1].strip()
        raise CheckpointError(f"{shown}: weights of another network ({detail})") from error


def snapshot(system: nn.Module) -> dict[str, Any]:
    """Copy a network's state to the CPU; weights that are tied stay tied."""
    copies: dict[tuple[Any, ...], Tensor] = {}

    def copy(value: Any) -> Any:
        if not isinstance(value, Tensor):
            return value
        key = (value.device, value.data_ptr(), value.dtype, tuple(value.shape), value.stride())
        if value.numel() == 0:
            return value.detach().cpu().clone()
        if key not in copies:
            copies[key] = value.detach().to("cpu", copy=True)
        return copies[key]

    return {name: copy(value) for name, value in system.state_dict().items()}
