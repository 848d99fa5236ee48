"""ViML: towers of music and of queries, and the features that they read where these are computed or of MiniLM."""

from __future__ import annotations

import json
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from export.material import Material
from export.systems.base import Example, FrontPlan, GraphPlan, SystemPlan
from export.systems.viml_features import LEAST, TOKENS, VideoFeatures, music_features, text_features
from models.nets.frontend import RATE
from models.nets.video import SIZE
from models.systems.base import State
from models.systems.viml.features.make import RECORDS, STATISTICS
from models.systems.viml.features.text import SENTENCE
from models.systems.viml.network import positions
from models.systems.viml.settings import ViMLSettings
from models.systems.viml.system import ViML


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
        plan_, fronts = music_features(settings, material)
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
        text, tokenizer = text_features()
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


def _outside(what: str, source: str) -> str:
    if source == RECORDS:
        return f"{what} features came with the data set, and must come with what is asked"
    return f"{what} features are those of the checkpoint {source}, which is not in the pack"
