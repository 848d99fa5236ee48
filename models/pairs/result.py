"""What training on pairs leaves behind: the weights and a report that speaks of them."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from models.errors import CheckpointError
from models.nets.video import VideoEncoder
from models.trainer.features import write_atomic
from plugin.errors import printable

FORMAT = "cuefinder pairs 1"
WEIGHTS, REPORT = "video.pt", "report.json"
PROVENANCE = (
    "date", "videos", "segments", "held_out_videos", "held_out_segments", "steps", "minutes", "seed", "better",
    "before", "after",
)  # fmt: skip
"""What of the report goes into a pack's manifest: numbers, never the names of files."""
_UNREADABLE = (OSError, RuntimeError, LookupError, TypeError, ValueError, EOFError, pickle.UnpicklingError)


@dataclass(frozen=True)
class Result:
    """Weights that were learnt, and the report about them.

    Attributes
    ----------
    model : VideoEncoder
        In evaluation mode.
    report : dict
        `PROVENANCE` and more.
    """

    model: VideoEncoder
    report: dict[str, Any]

    @property
    def pack(self) -> dict[str, str]:
        """Space of the pack that was learnt from, and the checksums of its music and video graphs."""
        found: dict[str, str] = self.report["pack"]
        return found


def write_result(folder: Path, model: VideoEncoder, report: dict[str, Any]) -> None:
    """Write the weights, then the report, which names them by their checksum."""
    buffer = io.BytesIO()
    torch.save({"model": model.state_dict(), "config": model.config}, buffer)
    write_atomic(folder / WEIGHTS, buffer.getvalue())
    whole = {"format": FORMAT, **report, "weights": hashlib.sha256(buffer.getvalue()).hexdigest()}
    write_atomic(folder / REPORT, json.dumps(whole, indent=1).encode())


def read_result(folder: Path) -> Result:
    """Read what `write_result` wrote.

    Raises
    ------
    CheckpointError
        There is no result, or it is damaged or of another version.
    """
    shown = printable(folder)
    try:
        report = json.loads((folder / REPORT).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise CheckpointError(
            f"{shown}: no {REPORT} here; give the --out folder of cuefinder-train viml --pairs"
        ) from None
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{shown}: {REPORT} cannot be read; run cuefinder-train viml --pairs again") from error
    if not isinstance(report, dict) or report.get("format") != FORMAT:
        raise CheckpointError(f"{shown}: {REPORT} is of another version; run cuefinder-train viml --pairs again")
    try:
        content = (folder / WEIGHTS).read_bytes()
        if hashlib.sha256(content).hexdigest() != report["weights"]:
            raise ValueError("checksum")
        state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        model = VideoEncoder(**state["config"])
        model.load_state_dict(state["model"])
    except _UNREADABLE as error:
        raise CheckpointError(
            f"{printable(folder / WEIGHTS)}: cut off or damaged; run cuefinder-train viml --pairs again"
        ) from error
    return Result(model.eval(), report)
