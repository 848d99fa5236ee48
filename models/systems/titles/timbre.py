"""The baseline's timbre: 12 means and 78 covariances (sections 3.2 and 4.3).

The Million Song Dataset ships The Echo Nest's numbers: loudness and 11 coefficients of a basis that was learnt from the
spectra of segments and was never published. What we compute from audio is of the same kind, not the same: the first 12
coefficients of the DCT of the log-mel spectrum of every 0.25 s (the DCT is close to the principal components of smooth
log spectra). Numbers of the two origins must not be mixed in one data set.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from models.nets.frontend import mel_filters

COEFFICIENTS = 12
WIDTH = COEFFICIENTS + COEFFICIENTS * (COEFFICIENTS + 1) // 2
BANDS = 40
FRAME = 0.025
SEGMENT = 0.25


def coefficients(audio: npt.NDArray[np.float32], rate: int) -> npt.NDArray[np.float64]:
    """Give the timbre of every segment.

    Parameters
    ----------
    audio : ndarray
        float32 [N].
    rate : int
        Samples a second.

    Returns
    -------
    ndarray
        float64 [S, 12]: the orthonormal DCT-II of the mean log-mel spectrum (40 bands, natural log) of each 0.25 s;
        the first is the loudness.
    """
    window, per_segment = round(FRAME * rate), round(SEGMENT / FRAME)
    sound = torch.from_numpy(np.ascontiguousarray(audio, dtype=np.float32))
    missing = -len(sound) % (window * per_segment) if len(sound) else window * per_segment
    frames = torch.nn.functional.pad(sound, (0, missing)).unfold(0, window, window)
    spectrum = torch.fft.rfft(frames * torch.hann_window(window))
    filters = mel_filters(window // 2 + 1, BANDS, 30.0, rate / 2, rate)
    bands = torch.log(spectrum.abs().square() @ filters + 1e-6).numpy().astype(np.float64)
    segments = bands.reshape(-1, per_segment, BANDS).mean(1)
    order, band = np.arange(COEFFICIENTS)[:, None], np.arange(BANDS)
    basis = np.sqrt(2.0 / BANDS) * np.cos(np.pi * order * (band + 0.5) / BANDS)
    basis[0] /= np.sqrt(2.0)
    return np.asarray(segments @ basis.T)


def summarise(segments: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Give means and covariances.

    Parameters
    ----------
    segments : ndarray
        float64 [S, 12], S at least 1.

    Returns
    -------
    ndarray
        float32 [90]: 12 means, then the upper triangle of the covariance matrix (divided by S), row by row.
    """
    mean = segments.mean(0)
    covariance = (segments - mean).T @ (segments - mean) / len(segments)
    return np.concatenate([mean, covariance[np.triu_indices(COEFFICIENTS)]]).astype(np.float32)


def timbre(audio: npt.NDArray[np.float32], rate: int) -> npt.NDArray[np.float32]:
    """Give the 90 numbers of a sound, float32 [90]."""
    return summarise(coefficients(audio, rate))


def replicas(width: int, seed: int = 0) -> npt.NDArray[np.int64]:
    """Which of the 90 numbers stands at each place of the decoder's input (section 4.3).

    Returns
    -------
    ndarray
        int64 [width]: a random permutation of the indices 0..89, repeated as often as needed; each occurs
        floor(width / 90) or once more.
    """
    return np.random.default_rng(seed).permutation(np.resize(np.arange(WIDTH), width))
