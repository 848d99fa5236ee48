"""What a run says about itself: history.jsonl, TensorBoard, the progress bar."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tqdm import tqdm

from models.trainer.features import write_atomic

Row = dict[str, Any]
HISTORY = "history.jsonl"


class Journal:
    """Rows of one stage, to disk and screen.

    Parameters
    ----------
    folder : Path, optional
        Of the run; nothing is written without it.
    history : list of dict
        All rows of the run so far; `add` appends to it.
    stage : str
        Of the rows to come; TensorBoard shows every stage as a run of its own.
    step, total : int
        Optimiser steps done (rows of later ones, left by a run that was cut, are dropped) and planned.
    progress : bool
        Whether to show a bar.
    say : callable, optional
        Takes one line for every evaluation.
    """

    def __init__(
        self,
        folder: Path | None,
        history: list[Row],
        stage: str,
        step: int,
        total: int,
        progress: bool,
        say: Callable[[str], None] | None,
    ) -> None:
        self.history = history
        self.stage = stage
        self._say = say
        self._file = self._board = None
        if folder is not None:
            from torch.utils.tensorboard import SummaryWriter  # slow to import, and needless for a run without a folder

            write_atomic(folder / HISTORY, "".join(map(_line, history)).encode())
            self._file = (folder / HISTORY).open("a", encoding="utf-8")
            self._board = SummaryWriter(str(folder / "tensorboard" / stage), purge_step=step + 1)
        self.bar = tqdm(total=total, initial=step, desc=stage, unit="step", disable=not progress)

    def add(self, step: int, split: str, values: dict[str, float]) -> None:
        """Write down values of a split after `step` steps."""
        row = {"stage": self.stage, "step": step, "split": split, **values}
        self.history.append(row)
        if self._file is not None:
            self._file.write(_line(row))
            self._file.flush()
        if self._board is not None:
            for name, value in values.items():
                if math.isfinite(value):
                    self._board.add_scalar(f"{split}/{name}", value, step)
        if split == "valid" and self._say is not None:
            shown = ", ".join(f"{name} {value:.4g}" for name, value in values.items())
            line = f"{self.stage}, step {step}: {shown}"
            if self.bar.disable:
                self._say(line)
            else:
                self.bar.write(line)

    def close(self) -> None:
        """Finish files and bar."""
        self.bar.close()
        if self._file is not None:
            self._file.close()
        if self._board is not None:
            self._board.close()


def _line(row: Row) -> str:
    return json.dumps(row) + "\n"
