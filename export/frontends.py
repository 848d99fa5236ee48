"""Spectrograms of the systems inside graphs: Fourier transforms as convolutions, for audio float32 [B, N].

All sounds of a batch are of one length; the systems' own functions, which these follow, take one sound at a time.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.nets.frontend import fourier_basis
from models.systems.alcap.settings import SpectrogramSettings
from models.systems.alcap.spectrogram import FLOOR, LogMel
from models.systems.titles.spectrogram import Spectrogram


class Decibels(nn.Module):
    """Log-mel spectrogram in decibels [B, N // hop + 1, mels]: `models.systems.alcap.spectrogram.LogMel`.

    The system keeps its spectrograms as float16; here they are not rounded.
    """

    basis: Tensor
    filters: Tensor

    def __init__(self, settings: SpectrogramSettings) -> None:
        super().__init__()
        self.window, self.hop = settings.window, settings.hop
        self.register_buffer("basis", fourier_basis(settings.window))
        self.register_buffer("filters", LogMel(settings).filters)

    def forward(self, audio: Tensor) -> Tensor:
        """Give the spectrogram; N is more than half a window."""
        real, imaginary = centred(audio, self.basis, self.window, self.hop)
        power = (real * real + imaginary * imaginary).transpose(1, 2) @ self.filters
        return 10.0 * power.clamp(min=FLOOR).log10()


class Magnitude(nn.Module):
    """Magnitude to a power [B, N // hop + 1, bins]: `models.systems.synaesthesia.spectrogram.magnitude`."""

    basis: Tensor

    def __init__(self, n_fft: int, hop: int, power: float) -> None:
        super().__init__()
        self.n_fft, self.hop, self.power = n_fft, hop, power
        self.norm = float(torch.hann_window(n_fft).square().sum().sqrt())
        self.register_buffer("basis", fourier_basis(n_fft))

    def forward(self, audio: Tensor) -> Tensor:
        """Give the spectrogram; N is more than half a window."""
        real, imaginary = centred(audio, self.basis, self.n_fft, self.hop)
        magnitude = ((real * real + imaginary * imaginary).sqrt() / self.norm).transpose(1, 2)
        return magnitude if self.power == 1.0 else magnitude.pow(self.power)


class Picture(nn.Module):
    """Spectrogram as a picture [B, 1, bins, frames]: `models.systems.titles.spectrogram.Spectrogram`.

    The system keeps pictures in 127 shades; here they are not rounded.
    """

    basis: Tensor

    def __init__(self, draw: Spectrogram, frames: int) -> None:
        super().__init__()
        self.draw, self.frames = draw, frames
        # The window is shorter than the transform: what lies behind it is zero, and so left out. So is the bin at 0 Hz.
        angle = torch.arange(1, draw.fft // 2 + 1)[:, None] * torch.arange(draw.window).double()
        angle = angle * (2 * torch.pi / draw.fft)
        hann = torch.hann_window(draw.window, dtype=torch.float64)
        basis = torch.cat([angle.cos(), angle.sin()]) * hann
        self.register_buffer("basis", basis.float()[:, None])

    def forward(self, audio: Tensor) -> Tensor:
        """Give the picture, cut or filled with silence to its width; N is at least `least` samples."""
        audio = audio - audio.mean(1, keepdim=True)
        real, imaginary = F.conv1d(audio[:, None], self.basis, stride=self.draw.window // 2).chunk(2, dim=1)
        power = F.avg_pool2d(real * real + imaginary * imaginary, self.draw.pool)[:, None]
        loudest = power.amax((2, 3), keepdim=True)
        level = 10.0 * torch.log10(power.clamp(min=1e-12) / loudest.clamp(min=1e-12))
        picture = (1.0 + level / self.draw.decibels).clamp(0.0, 1.0) * (loudest > 1e-12).to(level.dtype)
        behind = picture.new_zeros(audio.shape[0], 1, self.draw.bins, self.frames)
        return torch.cat([picture.flip(2), behind], dim=3)[..., : self.frames]

    @property
    def least(self) -> int:
        """Samples of the shortest sound that makes a frame."""
        return self.draw.window + (self.draw.pool - 1) * (self.draw.window // 2)


def centred(audio: Tensor, basis: Tensor, window: int, hop: int) -> tuple[Tensor, Tensor]:
    """Real and imaginary part [B, bins, frames] of a transform whose frames are centred and whose edges reflected."""
    padded = F.pad(audio[:, None], (window // 2, window // 2), mode="reflect")
    real, imaginary = F.conv1d(padded, basis, stride=hop).chunk(2, dim=1)
    return real, imaginary
