"""ViML: towers of music and of queries, and the features that they read where these are computed or of MiniLM."""

from __future__ import annotations

import json
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from export.layers import BertEmbedding, Encoder, bert_layers
from export.material import Material
from export.systems.base import Example, FrontPlan, GraphPlan, SystemPlan
from models.nets.frontend import RATE, SEGMENT, LogMel
from models.nets.rhythm import ONSET_RATE, Rhythm
from models.nets.video import SIZE, statistics
from models.systems.base import State
from models.systems.viml.features.make import RECORDS, STATISTICS
from models.systems.viml.features.music import TEMPI, SpectrumStatistics
from models.systems.viml.features.text import SENTENCE
from models.systems.viml.features.video import GRID
from models.systems.viml.network import positions
from models.systems.viml.settings import ViMLSettings
from models.systems.viml.system import ViML
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


class Tower(nn.Module):
    """`models.systems.viml.network.Encoder`: segment features to a vector."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, features: Tensor, valid: Tensor) -> Tensor:
        """Give [B, D] of features [B, T, F]; `valid` bool [B, T]."""
        encoder = self.encoder
        x = encoder.project((features - encoder.mean) / encoder.spread)
        if encoder.token is not None:
            x = torch.cat([encoder.token.expand(x.shape[0], 1, -1), x], dim=1)
            valid = torch.cat([torch.ones_like(valid[:, :1]), valid], dim=1)
        states: Tensor = encoder.transformer(x + positions(x.shape[1], x.shape[2]), src_key_padding_mask=~valid)
        if encoder.token is not None:
            return states[:, 0]
        weight = valid[..., None].to(states.dtype)
        return (states * weight).sum(1) / weight.sum(1)


class MusicTower(nn.Module):
    """Segment features to the vector that is searched."""

    def __init__(self, system: ViML) -> None:
        super().__init__()
        self.tower = Tower(system.music)

    def forward(self, features: Tensor, valid: Tensor) -> Tensor:
        """Give unit vectors [B, D]."""
        return F.normalize(self.tower(features, valid), dim=-1)


class TextQuery(nn.Module):
    """Text to a query."""

    def __init__(self, system: ViML) -> None:
        super().__init__()
        self.text = Tower(system.text)

    def forward(self, text: Tensor) -> Tensor:
        """Give unit vectors [B, D] of texts [B, F]."""
        return F.normalize(self.text(text[:, None], torch.ones_like(text[:, :1], dtype=torch.bool)), dim=-1)


class VideoQuery(nn.Module):
    """Video to a query."""

    def __init__(self, system: ViML) -> None:
        super().__init__()
        self.video = Tower(system.video)

    def forward(self, video: Tensor, valid: Tensor) -> Tensor:
        """Give unit vectors [B, D] of segments [B, T, F]; `valid` bool [B, T]."""
        return F.normalize(self.video(video, valid), dim=-1)


class FusedQuery(nn.Module):
    """Video and text to a query."""

    def __init__(self, system: ViML) -> None:
        super().__init__()
        assert system.fusion is not None
        self.video, self.text, self.fusion = Tower(system.video), Tower(system.text), system.fusion

    def forward(self, video: Tensor, valid: Tensor, text: Tensor) -> Tensor:
        """Give unit vectors [B, D]."""
        read = self.text(text[:, None], torch.ones_like(text[:, :1], dtype=torch.bool))
        return F.normalize(self.fusion(self.video(video, valid), read), dim=-1)


def plan(system: ViML, settings: ViMLSettings, state: State, material: Material) -> SystemPlan:
    """Give what of ViML becomes which graph."""
    data, model = settings.data, settings.model
    graphs = _towers(system, state)
    fronts: tuple[FrontPlan, ...] = ()
    outside = []
    files = {"defaults.json": json.dumps({name: state[name] for name in ("empty_text", "usual_video")}).encode()}
    if state["music"] == STATISTICS:
        plan_, fronts = _music_features(settings, material)
        graphs.append(plan_)
    else:
        outside.append(_outside("music", state["music"]))
    if model.sees and state["video"] == STATISTICS:
        frames = torch.randint(0, 256, (9, SIZE, SIZE, 3), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
        graphs.append(
            GraphPlan("video_features", VideoFeatures(), ("frames",), ("features",),
                      {"random": (frames,), "still": (frames[:1].repeat(5, 1, 1, 1),)}, {"frames": {0: "frames"}},
                      exact=("",))
        )  # fmt: skip
    elif model.sees:
        outside.append(_outside("video", state["video"]))
    if model.reads and data.text_encoder == SENTENCE:
        text, tokenizer = _text_features()
        graphs.append(text)
        files["tokenizer.json"] = tokenizer
    elif model.reads:
        outside.append(_outside("text", data.text_encoder))
    known = {
        "variant": model.variant, "width": model.width, "rate": RATE, "segment_seconds": data.segment, "fps": data.fps,
        "longest": data.longest, "least_samples": LEAST, "longest_text": TOKENS, "picture": SIZE,
    }  # fmt: skip
    return SystemPlan(graphs, known, files, None, fronts, tuple(outside))


def _towers(system: ViML, state: State) -> list[GraphPlan]:
    generator = torch.Generator().manual_seed(0)
    axes = {0: "batch", 1: "segments"}

    def features(name: str, rows: int, segments: int) -> Example:
        mean, spread = torch.tensor(state[f"{name}_mean"]), torch.tensor(state[f"{name}_spread"])
        valid = torch.arange(segments)[None] < torch.tensor([segments, max(1, segments - 1), 1])[:rows, None]
        return torch.randn(rows, segments, len(mean), generator=generator) * spread + mean, valid

    sizes = {"random, padded": (3, 4), "one segment": (1, 1), "long": (2, 9)}
    music = {name: features("music", *size) for name, size in sizes.items()}
    graphs = [GraphPlan("music", MusicTower(system).eval(), ("features", "valid"), ("embedding",), music,
                        {"features": axes, "valid": axes}, own=system.embed_music)]  # fmt: skip
    inputs: tuple[str, ...] = ()
    queries: dict[str, Example] = {}
    dynamic: dict[str, dict[int, str]] = {}
    if system.video is not None:
        inputs, dynamic = ("video", "valid"), {"video": axes, "valid": axes}
        queries = {name: features("video", *size) for name, size in sizes.items()}
    if system.text is not None:
        mean, spread = torch.tensor(state["text_mean"]), torch.tensor(state["text_spread"])
        inputs, dynamic = (*inputs, "text"), {**dynamic, "text": {0: "batch"}}
        for name, (rows, _) in sizes.items():
            text = torch.randn(rows, len(mean), generator=generator) * spread + mean
            queries[name] = (*queries.get(name, ()), text)
        queries["empty text"] = (*queries["one segment"][:-1], system.empty_text[None])

    def own(*given: Tensor) -> Tensor:
        video, valid = given[:2] if system.video is not None else (None, None)
        return system.embed_query(video, valid, given[-1] if system.text is not None else None)

    kind = FusedQuery if system.fusion is not None else VideoQuery if system.text is None else TextQuery
    return [*graphs, GraphPlan("query", kind(system).eval(), inputs, ("embedding",), queries, dynamic, own=own)]


def _music_features(settings: ViMLSettings, material: Material) -> tuple[GraphPlan, tuple[FrontPlan, ...]]:
    seconds = max(settings.data.segment, LEAST / RATE)
    real = material.sounds(RATE, seconds)
    module = MusicFeatures().eval()
    examples = {"random": (material.noise(RATE, seconds),), "real": (real,), "shortest": (real[:1, :LEAST].contiguous(),)}
    own = SpectrumStatistics(settings.data.segment)
    return GraphPlan(
        "music_features", module, ("audio",), ("features",), examples, {"audio": {0: "segments", 1: "samples"}},
        exact=("",),
    ), (FrontPlan("music_features", module, lambda audio: own._segment(torch.from_numpy(audio)).numpy()[None]),)  # fmt: skip


def _text_features() -> tuple[GraphPlan, bytes]:
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


def _outside(what: str, source: str) -> str:
    if source == RECORDS:
        return f"{what} features came with the data set, and must come with what is asked"
    return f"{what} features are those of the checkpoint {source}, which is not in the pack"
