"""Magnitude spectrogram of a recording: the image that the music encoder reads."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch


def magnitude(
    audio: npt.NDArray[np.float32], n_fft: int = 510, hop: int = 255, power: float = 1.0
) -> npt.NDArray[np.float32]:
    """Give the magnitude of the short-time Fourier transform, divided by the window's length (its Euclidean norm).

    Parameters
    ----------
    audio : ndarray
        float32 [N], any rate.
    n_fft, hop : int
        Samples; the window is a periodic Hann window of `n_fft`, frames are centred, the edges reflected.
    power : float
        Exponent on the magnitude.

    Returns
    -------
    ndarray
        float32 [T, n_fft // 2 + 1], T = 1 + N // hop. Shorter audio than half a window is padded with silence.
    """
    audio = np.pad(audio, (0, max(0, n_fft // 2 + 1 - len(audio))))
    window = torch.hann_window(n_fft)
    spectrum = torch.stft(torch.from_numpy(audio), n_fft, hop, window=window, return_complex=True).abs()
    return (spectrum / window.square().sum().sqrt()).pow(power).T.contiguous().numpy()
