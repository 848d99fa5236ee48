"""Spectrograms as pictures (section 4.1).

The paper takes a 1,024-point transform, a window of 512 samples and 50 % overlap of 44,100 Hz sound, and has 256 bins
and about 2,580 frames for 30 s. Those parameters alone give 512 bins (without the one at 0 Hz) and 5,166 frames: the
padded transform draws each resolvable bin twice, and the overlap each window's time twice. Their means over two bins
and two frames are exactly 256 x 2,583, so that is what we take.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch


@dataclass(frozen=True)
class Spectrogram:
    """Front-end: mono sound to a picture of its log amplitudes.

    Attributes
    ----------
    fft : int
        Points of the transform; even.
    window : int
        Samples of the Hann window, at most `fft`; half of it is the hop.
    pool : int
        Neighbouring bins and frames of which the mean power is taken.
    decibels : float
        What lies this far below the clip's loudest point, or farther, is 0.
    """

    fft: int = 1024
    window: int = 512
    pool: int = 2
    decibels: float = 80.0

    @property
    def bins(self) -> int:
        """Height of the picture."""
        return self.fft // 2 // self.pool

    def frames(self, samples: int) -> int:
        """Width of the picture of so many samples, at least 1."""
        windows = (samples - self.window) // (self.window // 2) + 1
        return max(1, windows // self.pool)

    def __call__(self, audio: npt.NDArray[np.float32], frames: int | None = None) -> npt.NDArray[np.float32]:
        """Draw a sound.

        Parameters
        ----------
        audio : ndarray
            float32 [N].
        frames : int, optional
            Cut, or fill with silence, to this width.

        Returns
        -------
        ndarray
            float32 [bins, frames], 0..1 (silence..loudest), high frequencies on top.
        """
        least = self.window + (self.pool - 1) * (self.window // 2)
        sound = torch.from_numpy(np.ascontiguousarray(audio, dtype=np.float32))
        sound = sound - sound.mean() if len(sound) else sound
        sound = torch.nn.functional.pad(sound, (0, max(0, least - len(sound))))
        cut = sound.unfold(0, self.window, self.window // 2) * torch.hann_window(self.window)
        spectrum = torch.fft.rfft(cut, n=self.fft)[:, 1:]  # without 0 Hz
        power = spectrum.real.square() + spectrum.imag.square()
        power = torch.nn.functional.avg_pool2d(power.T[None], self.pool)[0]
        # The floor keeps digital silence (and nothing else) from dividing by zero.
        level = 10.0 * torch.log10(power.clamp(min=1e-12) / power.max().clamp(min=1e-12))
        silent = bool(power.max() <= 1e-12)
        picture = torch.zeros_like(level) if silent else (1.0 + level / self.decibels).clamp(0.0, 1.0)
        picture = picture.flip(0)
        if frames is not None:
            picture = torch.nn.functional.pad(picture[:, :frames], (0, max(0, frames - picture.shape[1])))
        return picture.numpy().astype(np.float32)
