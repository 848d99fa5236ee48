"""Sound to check and to calibrate with: the user's own files, or music that the arranger makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from plugin.decode import read_audio
from plugin.errors import InputError, printable
from plugin.synth.arranger import SHORTEST, arrange
from plugin.synth.builtin import play
from plugin.synth.styles import STYLES

MADE = 4
"""Pieces that are made where no files are given."""


@dataclass(frozen=True)
class Material:
    """Where real input comes from.

    Attributes
    ----------
    files : sequence of Path
        Sound or video files; none: pieces are made.
    seed : int
        Of what is made and of all random input.
    """

    files: Sequence[Path] = ()
    seed: int = 0
    about: str = field(init=False, default="")

    def __post_init__(self) -> None:
        made = "music of the arranger" if not self.files else f"{len(self.files)} files"
        object.__setattr__(self, "about", made)

    def sounds(self, rate: int, seconds: float) -> Tensor:
        """Give float32 [B, N], N = seconds x rate: the beginning of every file, or made pieces.

        Raises
        ------
        InputError
            A file is shorter than that.
        DecodeError
            A file cannot be read.
        """
        samples = round(rate * seconds)
        if self.files:
            return torch.from_numpy(np.stack([_read(path, rate, samples) for path in self.files]))
        return torch.from_numpy(np.stack([_make(number + self.seed, rate, samples) for number in range(MADE)]))

    def noise(self, rate: int, seconds: float, count: int = 2) -> Tensor:
        """Give random sound of the same shape."""
        generator = torch.Generator().manual_seed(self.seed)
        return 0.1 * torch.randn(count, round(rate * seconds), generator=generator)


def _read(path: Path, rate: int, samples: int) -> np.ndarray:
    audio = read_audio(path, rate, start=0.0, end=samples / rate + 1.0)[:samples]
    if len(audio) < samples:
        raise InputError(f"{printable(path)}: shorter than the {samples / rate:g} s that the system hears")
    return np.asarray(audio, np.float32)


def _make(number: int, rate: int, samples: int) -> np.ndarray:
    names = sorted(STYLES)
    score = arrange(names[number * 7 % len(names)], number, max(SHORTEST, samples / rate))
    made = play(score.parts, max(SHORTEST, samples / rate), rate, number)
    mono = np.atleast_2d(made).mean(0)[:samples]
    return (mono / max(1e-3, float(np.abs(mono).max())) * 0.5).astype(np.float32)
