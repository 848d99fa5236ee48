"""Configuration of ViML; the defaults are the paper's values at track level (sections 3.2 and 3.3, Table 1)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from models.systems.settings import Settings, Share, SystemSettings, TrainSettings

Variant = Literal["viml", "mvpt", "mvpt+", "mt"]
FusionKind = Literal["addition", "linear", "mlp", "transformer1", "transformer2"]
TextKind = Literal["tags", "data2text", "prompt2text", "texts"]
Level = Literal["track", "clip"]

CLIP = "openai/clip-vit-base-patch32"
TUNED, UNTUNED = 0.03, 0.3
"""Temperatures of MVPt+ and ViML, and of MVPt. The paper gives the first; that of MVPt it only calls untuned."""


class ModelSettings(Settings):
    """The network.

    Attributes
    ----------
    variant : str
        What a query is made of: `viml` video and text, `mvpt` video with the untuned temperature, `mvpt+` video with
        the tuned one, `mt` text.
    width, layers, heads, inner : int
        Of the Transformers of all modalities.
    dropout : float
        Within the Transformers.
    pooling : str
        How a sequence becomes one vector: the mean over its segments, or a learnt token before them.
    fusion : str
        How video and text become one query (Table 4).
    temperature : float, optional
        Of InfoNCE; the variant's own where none is given.
    """

    variant: Variant = "viml"
    width: PositiveInt = 256
    layers: PositiveInt = 2
    heads: PositiveInt = 8
    inner: PositiveInt = 2048
    dropout: Share = 0.1
    pooling: Literal["mean", "cls"] = "mean"
    fusion: FusionKind = "transformer2"
    temperature: PositiveFloat | None = None

    @model_validator(mode="after")
    def _divides(self) -> ModelSettings:
        if self.width % self.heads or self.width % 2:
            raise ValueError(f"width {self.width} must be even and a multiple of heads {self.heads}")
        return self

    @property
    def tau(self) -> float:
        """Temperature in force."""
        return self.temperature or (UNTUNED if self.variant == "mvpt" else TUNED)

    @property
    def sees(self) -> bool:
        """Whether queries hold video."""
        return self.variant != "mt"

    @property
    def reads(self) -> bool:
        """Whether queries hold text."""
        return self.variant in ("viml", "mt")


class DataSettings(Settings):
    """How records become examples.

    Attributes
    ----------
    video, music : str
        Where segment features come from: `records` (shipped by the data set under the names video and music),
        `statistics` (computed, nothing to download), `auto` (the first where the data set ships them, else the
        second), or a checkpoint of transformers: a folder or a hub name.
    text_encoder : str
        `sentence` (all-MiniLM-L6-v2, installed with the training extra) or a CLIP checkpoint.
    fps : float
        Pictures looked at a second.
    segment : float
        Seconds of a segment.
    video_rate, music_rate : float, optional
        Rows a second of shipped features; without it each row is one segment.
    standardise : bool
        Scale every feature to mean 0 and spread 1 over the training split: needed by `statistics`, whose columns
        have unlike units, and by `sentence`, whose vectors of length 1 the positions would drown.
    text : str
        Training text: written from tags in one of three ways, or the records' own texts.
    texts_per_record : int
        Texts written for a training record, of which each epoch draws one.
    synthesis : mapping
        Options of the writing (threshold, model, ...); see `models.systems.viml.synthesis.settings`.
    text_seed : int
        Of the texts, apart from the seed of weights and order, so that trainings of several seeds share them.
    query_text : str
        Text of the test queries; where a record has none of this kind, the training kind.
    text_dropout : float
        Probability that a training example's text gives way to the empty string (section 3.2).
    level : str
        Train on whole tracks, or on clips of `clip_segments` segments.
    clip_segments : int
        Segments of a clip (3: the 30 s around what was described, section 4.3).
    longest : int
        Segments of a sequence at most; a longer track is cut to its middle.
    track_pool, clip_pool : int
        Tracks that a query is ranked against (section 4.1).
    """

    video: str = CLIP
    music: str = "laion/clap-htsat-unfused"
    text_encoder: str = CLIP
    fps: PositiveFloat = 6.0
    segment: PositiveFloat = 10.0
    video_rate: PositiveFloat | None = None
    music_rate: PositiveFloat | None = None
    standardise: bool = False
    text: TextKind = "tags"
    texts_per_record: PositiveInt = 5
    text_seed: int = 0
    synthesis: dict[str, Any] = Field(default_factory=dict)
    query_text: TextKind = "texts"
    text_dropout: Share = 0.8
    level: Level = "track"
    clip_segments: PositiveInt = 3
    longest: PositiveInt = 64
    track_pool: Annotated[int, Field(ge=2)] = 2000
    clip_pool: Annotated[int, Field(ge=2)] = 500


class Training(TrainSettings):
    """How the one stage is trained; batch, rate and length are ours, the paper gives none."""

    epochs: PositiveInt = 50
    batch: PositiveInt = 512
    warmup: Annotated[int, Field(ge=0)] = 500
    schedule: Literal["constant", "linear", "cosine"] = "cosine"
    monitor: str = "score"
    mode: Literal["min", "max"] = "max"
    patience: PositiveInt | None = 10


class Stages(Settings):
    """The only stage."""

    train: Training = Training()


class ViMLSettings(SystemSettings):
    """ViML as a whole."""

    model: ModelSettings = ModelSettings()
    data: DataSettings = DataSettings()
    stages: Stages = Stages()
