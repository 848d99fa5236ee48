"""How CLAP prepares sound: `ClapFeatureExtractor` as a part of the graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from export.frontends import centred
from export.hub.checkpoint import read_json, short
from models.nets.frontend import fourier_basis
from plugin.errors import InputError, printable

SECONDS = 10.0
FLOOR = 1e-10
"""Least power of a mel band, as transformers' `spectrogram` has it: -100 dB."""


class LogMel(nn.Module):
    """Log-mel spectrogram in decibels [B, 1, T, mels] of audio float32 [B, N], as `ClapFeatureExtractor` makes it."""

    basis: Tensor
    filters: Tensor

    def __init__(self, window: int, hop: int, filters: npt.NDArray[Any]) -> None:
        super().__init__()
        self.window, self.hop = window, hop
        self.register_buffer("basis", fourier_basis(window))
        self.register_buffer("filters", torch.from_numpy(filters).float())

    def forward(self, audio: Tensor) -> Tensor:
        """Give the spectrogram; its frames are centred, and the edges reflected."""
        real, imaginary = centred(audio, self.basis, self.window, self.hop)
        power = (real * real + imaginary * imaginary).transpose(1, 2) @ self.filters
        return 10.0 * power.clamp(min=FLOOR).log10()[:, None]


def load_extractor(folder: Path, config: dict[str, Any]) -> Any:
    """Load the preprocessor of a CLAP checkpoint and check that its model can be one graph of 10 s.

    Raises
    ------
    InputError
        It is missing, of another model, or wants what a graph of 10 s cannot give.
    """
    from transformers import ClapFeatureExtractor

    name = printable(folder)
    settings = read_json(folder, "preprocessor_config.json", "which says how sound is prepared")
    found = settings.get("feature_extractor_type", "ClapFeatureExtractor")
    if found != "ClapFeatureExtractor":
        raise InputError(f"{name}: preprocessor_config.json is of {found}, not of ClapFeatureExtractor")
    try:
        extractor = ClapFeatureExtractor(**settings)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name}: preprocessor_config.json cannot be used ({short(error)})") from error
    if extractor.nb_max_samples != round(SECONDS * extractor.sampling_rate):
        raise InputError(f"{name}: hears {extractor.max_length_s} s at a time; only {SECONDS:g} s can be used")
    if extractor.top_db is not None:
        raise InputError(f"{name}: top_db {extractor.top_db}, which transformers does not use either; cannot be used")
    audio = config.get("audio_config", {})
    if audio.get("enable_fusion") and audio.get("fusion_type") == "channel_map":
        raise InputError(f"{name}: its fusion is a channel map, which is not supported; take a model without fusion")
    if extractor.feature_size != audio.get("num_mel_bins", extractor.feature_size):
        raise InputError(f"{name}: {extractor.feature_size} mel bands prepared, {audio['num_mel_bins']} wanted")
    return extractor


def log_mel(extractor: Any) -> LogMel:
    """Give the front-end that prepares sound as an extractor does."""
    filters = extractor.mel_filters if extractor.truncation == "fusion" else extractor.mel_filters_slaney
    return LogMel(extractor.fft_window_size, extractor.hop_length, filters)


def spectrogram(extractor: Any, sound: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
    """Give what the extractor itself makes of a sound, float32 [N]."""
    filters = extractor.mel_filters if extractor.truncation == "fusion" else extractor.mel_filters_slaney
    made: npt.NDArray[Any] = extractor._np_extract_fbank_features(sound.astype(np.float64), filters)
    return made
