"""What happens to spectrograms in training: other sections, tunings and tone, bad lines, talk, and mixtures."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from models.nets.frontend import FRAMES, MELS

CROP = FRAMES // 2
"""Frames that one step hears: 5 s."""
UNIT = 4.0
"""The network's unit is a quarter of a natural logarithm of power (see `models.nets.frontend.LogMel`)."""
TELEPHONE = 60
"""Mel band at 4 kHz, the end of what a recording at 8 kHz holds."""


def crop(mel: Tensor, rng: np.random.Generator) -> Tensor:
    """A section of 5 s, another one of each clip: [B, 80, 200] of [B, 80, 400]."""
    starts = rng.integers(0, FRAMES - CROP + 1, len(mel))
    return torch.stack([row[:, start : start + CROP] for row, start in zip(mel, starts, strict=True)])


def colour(mel: Tensor, rng: np.random.Generator) -> Tensor:
    """Detuning by at most a band, a slope of the spectrum, a line that ends at 4 kHz, and SpecAugment's masks."""
    x = torch.roll(mel, int(rng.integers(-1, 2)), dims=1)
    x = x + torch.linspace(-1, 1, MELS)[None, :, None] * torch.from_numpy(rng.normal(0, 0.2, (len(x), 1, 1))).float()
    for i in range(len(x)):
        floor = x[i].amin()
        if rng.random() < 0.08:
            x[i, TELEPHONE + int(rng.integers(-3, 12)) :] = floor
        band, span = int(rng.integers(0, MELS - 10)), int(rng.integers(0, CROP - 25))
        x[i, band : band + int(rng.integers(0, 8))] = floor
        x[i, :, span : span + int(rng.integers(0, 20))] = floor
    return recentre(x)


def recentre(mel: Tensor) -> Tensor:
    """Take off each clip's mean, as the front-end does."""
    return mel - mel.mean(dim=(1, 2), keepdim=True)


def mix(first: Tensor, second: Tensor, level: Tensor) -> Tensor:
    """The spectrogram of two sounds at once: their powers added.

    Parameters
    ----------
    first, second : Tensor
        Log-mel [B, 80, T].
    level : Tensor
        [B]: how loud the second is against the first, in dB.
    """
    natural = level * (np.log(10.0) / 10.0)
    return recentre(torch.logaddexp(first * UNIT, second * UNIT + natural[:, None, None]) / UNIT)
