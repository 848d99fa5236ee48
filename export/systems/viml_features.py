"""ViML's features as graphs: of the spectrum and the beat, of light and motion, and MiniLM's of a text."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from export.layers import BertEmbedding, Encoder, bert_layers
from export.material import Material
from export.systems.base import FrontPlan, GraphPlan
from models.nets.frontend import RATE, SEGMENT, LogMel
from models.nets.rhythm import ONSET_RATE, Rhythm
from models.nets.video import SIZE, statistics
from models.systems.viml.features.music import TEMPI, SpectrumStatistics
from models.systems.viml.features.video import GRID
from models.systems.viml.settings import ViMLSettings
from models.teachers.sentence import SentenceTeacher

LEAST = min(SEGMENT, 4 * RATE)
"""Samples of the shortest segment; a shorter one is repeated."""
TOKENS = 96
"""Longest text of the sentence encoder."""


class MusicFeatures(nn.Module):
    """`models.systems.viml.features.music.SpectrumStatistics` of segments of one length, without a transform of FFT."""

    lags: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.mel, self.rhythm = LogMel(), Rhythm()
        lags = (60.0 * ONSET_RATE / TEMPI).round().long()
        self.longest = int(lags.max()) + 1
        self.register_buffer("lags", lags[:, None] + torch.tensor([-1, 0, 1]))

    def forward(self, audio: Tensor) -> Tensor:
        """Give float32 [S, 280] of segments float32 [S, N] at 16 kHz, N at least `LEAST`."""
        mel = self.mel(audio)
        onset, chroma = self.rhythm(audio)
        change = (mel[:, :, 1:] - mel[:, :, :-1]).abs().mean(2)
        loudness = torch.log(audio.square().mean(1, keepdim=True) + 1e-6)
        centred = onset - onset.mean(1, keepdim=True)
        # The autocorrelation at the lags that count, and at their neighbours.
        places = self.lags.flatten()[:, None] + torch.arange(onset.shape[1])
        behind = torch.cat([centred, torch.zeros_like(centred[:, : self.longest])], dim=1)[:, places]
        pulse = (behind * centred[:, None]).sum(2) / (centred.square().sum(1, keepdim=True) + 1e-6)
        near = pulse.unflatten(1, (len(TEMPI), 3)).amax(2)
        return torch.cat([mel.mean(2), mel.std(2), change, loudness, chroma.mean(1), onset.mean(1, keepdim=True),
                          onset.std(1, keepdim=True), near], dim=1)  # fmt: skip


class VideoFeatures(nn.Module):
    """`models.systems.viml.features.video.FrameStatistics` of one segment."""

    def forward(self, frames: Tensor) -> Tensor:
        """Give float32 [1, 80] of uint8 [P + 1, 96, 96, 3]: the last picture before the segment, and its own."""
        shown = frames.permute(0, 3, 1, 2)[None].float() / 255.0
        numbers = statistics(shown)[0, 1:]
        side = SIZE // GRID
        colours = F.avg_pool2d(shown[0, 1:], side).mean(0).flatten()
        return torch.cat([numbers.mean(0), numbers.std(0, correction=0), colours])[None]


class TextFeatures(nn.Module):
    """The sentence encoder: mean of the last states, of length 1."""

    def __init__(self, bert: Any) -> None:
        super().__init__()
        self.embed, self.layers = BertEmbedding(bert), Encoder(bert_layers(bert))

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Give [B, D] of ids int64 [B, T] with mask float32 [B, T]."""
        states = self.layers(self.embed(ids, 0), mask)
        weight = mask[..., None]
        return F.normalize((states * weight).sum(1) / weight.sum(1), dim=-1)


def music_features(settings: ViMLSettings, material: Material) -> tuple[GraphPlan, tuple[FrontPlan, ...]]:
    """Plan the features of music, and their comparison with the system's own."""
    seconds = max(settings.data.segment, LEAST / RATE)
    real = material.sounds(RATE, seconds)
    module = MusicFeatures().eval()
    examples = {
        "random": (material.noise(RATE, seconds),),
        "real": (real,),
        "shortest": (real[:1, :LEAST].contiguous(),),
    }
    statistics_of = SpectrumStatistics(settings.data.segment)

    def own(audio: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        return statistics_of._segment(torch.from_numpy(audio)).numpy()

    return GraphPlan(
        "music_features",
        module,
        ("audio",),
        ("features",),
        examples,
        {"audio": {0: "segments", 1: "samples"}},
        exact=("",),
    ), (FrontPlan("music_features", module, own),)


def text_features() -> tuple[GraphPlan, bytes]:
    """Plan the sentence encoder; give its tokenizer too."""
    teacher = SentenceTeacher()
    tokens = teacher.tokenizer(["calm piano for a rainy evening", "fast drums"], padding=True, return_tensors="pt")
    ids, mask = tokens["input_ids"], tokens["attention_mask"].float()
    axes = {0: "batch", 1: "tokens"}
    examples = {
        "two sentences": (ids, mask),
        "empty": tuple(teacher.tokenizer([""], return_tensors="pt")[n] for n in ("input_ids", "attention_mask")),
    }
    examples["empty"] = (examples["empty"][0], examples["empty"][1].float())

    def own(ids: Tensor, mask: Tensor) -> Tensor:
        states = teacher.model(input_ids=ids, attention_mask=mask.long()).last_hidden_state
        return F.normalize((states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True), dim=-1)

    plan_ = GraphPlan("text_features", TextFeatures(teacher.model).eval(), ("ids", "mask"), ("features",), examples,
                      {"ids": axes, "mask": axes}, own=own)  # fmt: skip
    return plan_, teacher.tokenizer.backend_tokenizer.to_str().encode()
