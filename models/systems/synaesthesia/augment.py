"""Copies of a spectrogram that sound like the same recording: noise, pitch shift, masked stretches.

All draw from torch's own generator, one strength for every recording, and take spectrograms [B, T, F] of magnitudes to
the power `power` (`DataSettings.power`).
"""

from __future__ import annotations

import torch
from torch import Tensor

LOUDEST = 0.4
"""Largest amplitude of the added white noise, full scale being 1 (as the released code)."""
SEMITONES = 0.86
"""Largest shift, 5 % in frequency."""
MASK_SECONDS, MASKED = 5.0, 0.1
"""Stretches of 5 s go silent with this probability."""


def add_noise(spectrogram: Tensor, power: float) -> Tensor:
    """Add white noise, evenly distributed with an amplitude of 0 to `LOUDEST`.

    The transform of noise with variance s^2 has, divided by the window's norm, a Rayleigh-distributed magnitude of
    mean square s^2 in every bin; it adds to the recording's at a random phase.
    """
    amplitude = LOUDEST * torch.rand(len(spectrogram), 1, 1, device=spectrogram.device)
    deviation = amplitude / 3**0.5
    real, imaginary = deviation * torch.randn(2, *spectrogram.shape, device=spectrogram.device) / 2**0.5
    magnitude = spectrogram.clamp(min=0).pow(1 / power)
    noisy: Tensor = ((magnitude + real).square() + imaginary.square()).sqrt().pow(power)
    return noisy


def shift_pitch(spectrogram: Tensor) -> Tensor:
    """Stretch the frequency axis by up to 5 % either way; what comes from above the top is silent."""
    bins = spectrogram.shape[2]
    shift = SEMITONES * (2 * torch.rand(len(spectrogram), 1, device=spectrogram.device) - 1)
    source = torch.arange(bins, device=spectrogram.device) * torch.exp2(-shift / 12)
    below = source.floor().long()
    share = (source - below).to(spectrogram.dtype)[:, None]

    def pick(index: Tensor) -> Tensor:
        places = index.clamp(max=bins - 1)[:, None].expand_as(spectrogram)
        return spectrogram.gather(2, places) * (index < bins)[:, None]

    return (1 - share) * pick(below) + share * pick(below + 1)


def mask_stretches(spectrogram: Tensor, frame_rate: float) -> Tensor:
    """Silence stretches of `MASK_SECONDS`, each with probability `MASKED`; frame_rate in frames/s."""
    length = max(1, round(MASK_SECONDS * frame_rate))
    count = -(-spectrogram.shape[1] // length)
    kept = torch.rand(len(spectrogram), count, device=spectrogram.device) >= MASKED
    return spectrogram * kept.repeat_interleave(length, 1)[:, : spectrogram.shape[1], None]
