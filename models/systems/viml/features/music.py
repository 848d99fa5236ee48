"""Music: features of an audio encoder of transformers, or of the spectrum and the beat, for every segment."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional as F
from transformers import AutoConfig, AutoFeatureExtractor, AutoModel, ClapModel

from models.datasets.base import Record
from models.errors import DatasetError
from models.nets.frontend import RATE, SEGMENT, LogMel
from models.nets.rhythm import ONSET_RATE, Rhythm
from models.systems.viml.features.base import Features, load, load_model, vectors
from models.systems.viml.features.segments import bounds
from plugin.decode import read_audio

TEMPI = 50.0 * 2.0 ** (torch.arange(25) / 12)
"""Beats a minute at which the pulse is measured: two octaves, as finely as semitones."""


def sound(record: Record, rate: int) -> npt.NDArray[np.float32]:
    """Decode a record's range, mono; the video's own sound where the record names no audio."""
    path = record.audio or record.video
    if path is None:
        raise DatasetError(f"{record.key}: the record has neither audio nor a video with sound")
    audio = read_audio(path, rate, start=record.start, end=record.end)
    if not len(audio):
        raise DatasetError(f"{record.key}: no sound in its range")
    return audio


class TransformersMusic:
    """An audio encoder by name: CLAP's projected vector, of others the mean of the last states.

    Stands for DeepSim, whose features the paper uses and which is not to be had as a checkpoint of transformers.

    Parameters
    ----------
    name : str
        Folder or hub name of a checkpoint with a feature extractor (CLAP, MERT, AST, wav2vec 2.0, ...).
    """

    def __init__(self, name: str, segment: float) -> None:
        self.clap = load(AutoConfig, name, "audio encoder").model_type == "clap"
        # Of others some weights may be lacking (heads for pre-training), which are not used.
        self.model = load_model(
            ClapModel if self.clap else AutoModel, name, "audio encoder", type_="clap" if self.clap else None
        )
        self.extractor = load(AutoFeatureExtractor, name, "feature extractor")
        self.segment = segment
        self.about = ("transformers", name, segment)

    @torch.inference_mode()
    def __call__(self, record: Record) -> Features:
        """Give float32 [S, D]."""
        rate = int(self.extractor.sampling_rate)
        audio = sound(record, rate)
        rows = []
        for first, last in bounds(len(audio), rate, self.segment):
            inputs = self.extractor(audio[first:last], sampling_rate=rate, return_tensors="pt").to(self.model.device)
            if self.clap:
                rows.append(vectors(self.model.get_audio_features(**inputs))[0])
            else:
                rows.append(self.model(**inputs).last_hidden_state[0].flatten(0, -2).mean(0))
        return torch.stack(rows).float().cpu().numpy()


class SpectrumStatistics:
    """Timbre, harmony and pulse of a segment, computed and not learnt.

    Mean, spread and mean change of 80 log-mel bands, the loudness, 12 pitch classes, mean and spread of the onset
    strength, and its autocorrelation at 25 tempi.
    """

    def __init__(self, segment: float) -> None:
        self.segment = segment
        self.mel, self.rhythm = LogMel(), Rhythm()
        self.about = ("spectrum statistics", 1, segment)

    @torch.inference_mode()
    def __call__(self, record: Record) -> Features:
        """Give float32 [S, 280]."""
        audio = torch.from_numpy(sound(record, RATE))
        parts = bounds(len(audio), RATE, self.segment)
        return torch.stack([self._segment(audio[first:last]) for first, last in parts]).numpy()

    def _segment(self, audio: torch.Tensor) -> torch.Tensor:
        # The front-ends need some length; a shorter segment is heard again from its beginning.
        while len(audio) < min(SEGMENT, 4 * RATE):
            audio = torch.cat([audio, audio])
        mel = self.mel(audio[None])[0]
        onset, chroma = (x[0] for x in self.rhythm(audio[None]))
        change = (mel[:, 1:] - mel[:, :-1]).abs().mean(1)
        loudness = torch.log(audio.square().mean() + 1e-6)[None]
        centred = onset - onset.mean()
        power = torch.fft.rfft(centred, 2 * len(centred)).abs().square()
        pulse = torch.fft.irfft(power)[: len(centred)]
        pulse = pulse / (pulse[0] + 1e-6)
        lags = (60.0 * ONSET_RATE / TEMPI).round().long().clamp(max=len(pulse) - 1)
        near = F.max_pool1d(pulse[None, None], 3, 1, 1)[0, 0]
        return torch.cat(
            [
                mel.mean(1),
                mel.std(1),
                change,
                loudness,
                chroma.mean(0),
                onset.mean()[None],
                onset.std()[None],
                near[lags],
            ]
        )
