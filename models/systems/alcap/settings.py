"""Configuration of ALCAP; the defaults are the paper's values.

What the paper leaves open comes from the authors' released code: learning rate, no weight decay, temperature, one
attention head in the fusion. The tagger's sizes are those of the published weights of Won et al. (2019).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, model_validator

from models.systems.settings import Settings, Share, SystemSettings, TrainSettings

Dropout = Annotated[float, Field(ge=0.0, lt=1.0)]


class SpectrogramSettings(Settings):
    """Log-mel spectrogram.

    Attributes
    ----------
    rate : int
        Samples a second.
    window, hop : int
        Samples of the Fourier window and from one frame to the next.
    mels : int
        Bands between `low` and `high` Hz.
    """

    rate: PositiveInt = 16_000
    window: PositiveInt = 512
    hop: PositiveInt = 256
    mels: PositiveInt = 128
    low: NonNegativeFloat = 0.0
    high: PositiveFloat = 8_000.0

    @property
    def frames_per_second(self) -> float:
        """Frames a second."""
        return self.rate / self.hop


class TaggerSettings(Settings):
    """The music encoder (Won et al. 2019): convolutions, then a Transformer over time.

    Attributes
    ----------
    channels, time_strides : sequence of int
        Of the residual blocks; every block halves the bands, and divides the frames by its stride.
    layers, heads, inner : int
        Of the Transformer encoder, whose width is the last of `channels`.
    dropout, attention_dropout : float
        Of the Transformer; `head_dropout` before the tags.
    tags : int
        The most frequent tags of the training split that are learnt.
    weights : Path, optional
        File that `models.systems.alcap.tagger.save_tagger` wrote; its tags are taken too.
    """

    channels: tuple[PositiveInt, ...] = (128, 128, 256, 256, 256, 256, 256)
    time_strides: tuple[PositiveInt, ...] = (2, 2, 2, 1, 1, 1, 1)
    layers: PositiveInt = 2
    heads: PositiveInt = 8
    inner: PositiveInt = 1024
    dropout: Dropout = 0.4
    attention_dropout: Dropout = 0.5
    head_dropout: Dropout = 0.5
    tags: PositiveInt = 50
    weights: Path | None = None

    @property
    def width(self) -> int:
        """Width of the sequence it gives."""
        return self.channels[-1]

    @model_validator(mode="after")
    def _fits(self) -> TaggerSettings:
        if len(self.channels) != len(self.time_strides):
            raise ValueError(
                f"{len(self.channels)} channels but {len(self.time_strides)} time_strides: one a block each"
            )
        if self.width % self.heads:
            raise ValueError(f"the last channels ({self.width}) must divide by heads ({self.heads})")
        return self


class BartSettings(Settings):
    """Lyrics encoder and caption decoder (Lewis et al. 2020).

    Attributes
    ----------
    name : str, optional
        Folder or hub name for `from_pretrained`, weights and tokenizer. None: at random, of the sizes below, with a
        tokenizer learnt from the training texts.
    width, layers, heads, inner : int
        Of encoder and decoder alike.
    dropout, attention_dropout : float
        Of the layers; they hold for a checkpoint too.
    positions : int
        Longest sequence in tokens.
    vocabulary : int
        Most tokens of a learnt tokenizer.
    """

    name: str | None = "facebook/bart-base"
    width: PositiveInt = 768
    layers: PositiveInt = 6
    heads: PositiveInt = 12
    inner: PositiveInt = 3072
    dropout: Dropout = 0.1
    attention_dropout: Dropout = 0.1
    positions: PositiveInt = 1024
    vocabulary: PositiveInt = 50_265

    @model_validator(mode="after")
    def _fits(self) -> BartSettings:
        if self.width % self.heads:
            raise ValueError(f"width ({self.width}) must divide by heads ({self.heads})")
        return self


class ModelSettings(Settings):
    """The network.

    Attributes
    ----------
    variant : str
        "alcap"; "bart-fusion" without alignment; "bart" hears nothing and reads the lyrics only.
    fusion_width, fusion_heads : int
        Projection dimension of the cross-attention and its heads.
    fusion_dropout : float
        On what the cross-attention gives.
    alignment_width : int
        Of the latent codes that are aligned.
    alignment_weight : float
        Of InfoNCE beside the caption loss (eq. 4).
    temperature : float
        Of InfoNCE, on cosines.
    music : str
        "precomputed": the frozen encoder hears the middle excerpt of a record once, as in the paper; "live": it hears
        a new excerpt each time.
    """

    variant: Literal["alcap", "bart-fusion", "bart"] = "alcap"
    spectrogram: SpectrogramSettings = SpectrogramSettings()
    tagger: TaggerSettings = TaggerSettings()
    bart: BartSettings = BartSettings()
    fusion_width: PositiveInt = 768
    fusion_heads: PositiveInt = 1
    fusion_dropout: Dropout = 0.1
    alignment_width: PositiveInt = 256
    alignment_weight: NonNegativeFloat = 0.02
    temperature: PositiveFloat = 0.3
    music: Literal["precomputed", "live"] = "precomputed"

    @model_validator(mode="after")
    def _fits(self) -> ModelSettings:
        if self.fusion_width % self.fusion_heads:
            raise ValueError(f"fusion_width ({self.fusion_width}) must divide by fusion_heads ({self.fusion_heads})")
        if self.spectrogram.mels > 2 ** len(self.tagger.channels):
            raise ValueError(
                f"{self.spectrogram.mels} mel bands do not fold into one in {len(self.tagger.channels)} blocks of the "
                f"tagger: at most {2 ** len(self.tagger.channels)}"
            )
        return self


class DataSettings(Settings):
    """How records become examples.

    Attributes
    ----------
    excerpt : float
        Seconds that the music encoder hears: a random excerpt in training (see `ModelSettings.music`), else the middle.
    longest : float
        Seconds kept of a record, from its middle.
    lyrics : bool
        Whether lyrics are read; without, every record counts as one without lyrics.
    lyrics_tokens, caption_tokens : int
        Longest lyrics and captions.
    text : int, optional
        Which of a record's texts is its caption. None: a random one in training, and all of them are references.
    tag_threshold : float
        Confidence from which a tag holds.
    """

    excerpt: PositiveFloat = 15.0
    longest: PositiveFloat = 30.0
    lyrics: bool = True
    lyrics_tokens: Annotated[int, Field(ge=3)] = 1024
    caption_tokens: Annotated[int, Field(ge=3)] = 512
    text: Annotated[int, Field(ge=0)] | None = None
    tag_threshold: Share = 0.5


class EvaluationSettings(Settings):
    """How captions are written and compared.

    Attributes
    ----------
    beams : int
        1 is greedy search.
    length_penalty : float
        As in `models.generation`.
    no_repeat_ngram : int
        0 allows repetition.
    batch : int
        Examples at once.
    most : int, optional
        Only the first so many examples of a split.
    sentences : str, optional
        Sentence encoder for retrieval through captions: "package" is the all-MiniLM-L6-v2 that is installed with the
        training extra, anything else a folder or hub name; None leaves retrieval out.
    """

    beams: PositiveInt = 4
    length_penalty: float = 1.0
    no_repeat_ngram: Annotated[int, Field(ge=0)] = 3
    batch: PositiveInt = 26
    most: PositiveInt | None = None
    sentences: str | None = "package"


class Stages(Settings):
    """The tagger learns first and is then frozen."""

    tagger: TrainSettings = TrainSettings(
        epochs=200, batch=16, optimizer="adam", learning_rate=1e-4, weight_decay=0.0, patience=20
    )
    caption: TrainSettings = TrainSettings(
        epochs=20, batch=26, optimizer="adamw", learning_rate=5e-5, weight_decay=0.0, schedule="linear",
        monitor="rougeL", mode="max",
    )  # fmt: skip


class AlcapSettings(SystemSettings):
    """A whole configuration."""

    model: ModelSettings = ModelSettings()
    data: DataSettings = DataSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    stages: Stages = Stages()

    @model_validator(mode="after")
    def _fits(self) -> AlcapSettings:
        longest = max(self.data.lyrics_tokens, self.data.caption_tokens)
        if self.model.bart.name is None and longest > self.model.bart.positions:
            raise ValueError(f"{longest} tokens do not fit into {self.model.bart.positions} positions of BART")
        return self
