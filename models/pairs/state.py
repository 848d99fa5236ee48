"""Where learning from pairs stands, in one file from which it goes on."""

from __future__ import annotations

import io
import math
import pickle
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from models.errors import CheckpointError
from models.trainer.features import write_atomic
from plugin.errors import printable

PATIENCE = 25
"""Looks at what is held out without a better loss, after which learning ends."""
_UNREADABLE = (OSError, RuntimeError, LookupError, TypeError, ValueError, EOFError, pickle.UnpicklingError)


@dataclass
class Course:
    """Steps and seconds so far, the last and the best loss on what is held out, its step, and looks since then."""

    step: int = 0
    seconds: float = 0.0
    loss: float = math.inf
    best_loss: float = math.inf
    best_step: int = 0
    stale: int = 0

    @property
    def over(self) -> bool:
        """Whether more steps would not help."""
        return self.stale >= PATIENCE

    def looked(self, loss: float) -> bool:
        """Take note of a loss on what is held out; give whether it is the best."""
        self.loss = loss
        if loss < self.best_loss - 1e-4:
            self.best_loss, self.best_step, self.stale = loss, self.step, 0
            return True
        self.stale += 1
        return False


def write_state(
    path: Path, mark: str, course: Course, best: dict[str, Any], model: nn.Module, optimiser: torch.optim.Optimizer
) -> None:
    """Write the state; the one that was there stays until the new one is whole on the disk.

    Parameters
    ----------
    mark : str
        Of everything that the state depends on.
    best : dict
        State dictionary of the weights that are the best so far.
    """
    buffer = io.BytesIO()
    content = {
        "mark": mark, "course": asdict(course), "best": best, "model": model.state_dict(),
        "optimiser": optimiser.state_dict(),
    }  # fmt: skip
    torch.save(content, buffer)
    write_atomic(path, buffer.getvalue())


def read_state(
    path: Path, mark: str, model: nn.Module, optimiser: torch.optim.Optimizer
) -> tuple[Course, dict[str, Any]] | None:
    """Bring model and optimiser to where a state is.

    Returns
    -------
    tuple or None
        The course and the best weights; None where there is no state with this mark.

    Raises
    ------
    CheckpointError
        The file cannot be read.
    """
    if not path.exists():
        return None
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        if content["mark"] != mark:
            return None
        model.load_state_dict(content["model"])
        optimiser.load_state_dict(content["optimiser"])
        return Course(**content["course"]), content["best"]
    except _UNREADABLE as error:
        raise CheckpointError(
            f"{printable(path)}: cut off, damaged or of another version; delete it to begin anew"
        ) from error
