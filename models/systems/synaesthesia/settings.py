"""Configuration of the synaesthesia system; the defaults are the paper's and its released code's values."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from models.systems.settings import NonNegative, Settings, Share, SystemSettings, TrainSettings

Structure = Literal["none", "pairwise", "triplet", "contrastive", "classification", "group"]
Similarity = Literal["bleu", "latents", "sentence"]
Divergence = Literal["softmax", "pearson"]


class StructureSettings(Settings):
    """What keeps the music latents in the order of the sentences.

    Attributes
    ----------
    kind : str
        none; pairwise (squared difference of the similarities in the batch); triplet; contrastive (augmented copies of
        a recording stay near it); classification (tags from both latents); group (group topology-preservation).
    weight : float, optional
        Of the loss; by default that of the released code for the kind (`WEIGHTS`).
    similarity : str
        Of two sentences: bleu (sentence BLEU / 100), latents (cosine of the latent tokens of the momentum copy of our
        text encoder) or sentence (cosine of the vectors of `data.sentence_encoder`).
    divergence : str
        Of group: softmax (mean squared difference of the two softmaxes) or pearson (minus the correlation).
    references : int
        N, entries of the memory bank.
    sharpness : float
        Factor of the similarities inside the softmax.
    momentum : float
        Of the momentum copies that write the bank.
    own_recording : bool
        Whether the recording itself may be among its references. Its similarity is 1 on both sides, so that with the
        sharpness of 32 it takes nearly all of the softmax and hides the relations to the others: left out by default.
        The released code has it in.
    margin : float
        Of triplet.
    contrast : str
        Of contrastive: mse (the released code: squared distance of the latents to those of augmented copies) or
        infonce (cosine, `temperature`, the other recordings of the batch as negatives).
    """

    kind: Structure = "group"
    weight: NonNegative | None = None
    similarity: Similarity = "bleu"
    divergence: Divergence = "softmax"
    references: Annotated[int, Field(ge=2)] = 32
    sharpness: PositiveFloat = 32.0
    momentum: Share = 0.999
    own_recording: bool = False
    margin: NonNegative = 0.1
    contrast: Literal["mse", "infonce"] = "mse"
    temperature: PositiveFloat = 0.1

    @property
    def factor(self) -> float:
        """Weight of the loss."""
        if self.weight is not None:
            return self.weight
        return 1.0 if (self.kind, self.contrast) == ("contrastive", "infonce") else WEIGHTS[self.kind]


WEIGHTS: dict[Structure, float] = {
    "none": 0.0,
    "pairwise": 100.0,
    "triplet": 0.1,
    "contrastive": 500.0,
    "classification": 1.0,
    "group": 500.0,
}
"""Weights of the structure losses in the released code."""


class ModelSettings(Settings):
    """The networks.

    Attributes
    ----------
    channels, time_strides : tuple of int
        Of the convolutions of the music encoder, 3 x 3, stride 2 in frequency. Time strides of 2, 2, 2, 2, 2, 1, 2, 1
        make 64 frames one step, about a second at 62.7 frames/s, so that a movement of five minutes is a sequence of
        about 300 that 20 tokens can sum up and the Transformer can hold.
    norm : str
        none as in the released code; frame normalises channels and frequencies of every frame and sees neither padding
        nor the other recordings; batch is batch norm, which takes out what all recordings have in common, so that a
        short training tells them apart. Batch norm counts padding: give it recordings of one length.
    width, tokens : int
        Latent tokens and their width.
    positions : int
        Longest sequence of the music Transformer.
    checkpointing : bool
        Compute activations of the convolutions again in the backward pass instead of keeping them.
    bert : str, optional
        Folder or hub name of a BERT checkpoint for text encoder and decoder, whose first layers are taken; random
        weights where it is not given.
    latent_noise : float
        n in (1 - n) z + n u with u uniform in 0..1, on text latents in training.
    start_depth, grow_every : int
        The music auto-encoder starts with so many convolutions and grows by one every so many steps; the Transformer
        comes last. 0 trains the whole depth at once.
    caption, reconstruct_text, reconstruct_music, alignment : float
        Weights of the joint stage's parts.
    """

    channels: tuple[PositiveInt, ...] = (64, 128, 128, 128, 256, 512, 768, 768)
    time_strides: tuple[PositiveInt, ...] = (2, 2, 2, 2, 2, 1, 2, 1)
    norm: Literal["none", "frame", "batch"] = "none"
    width: PositiveInt = 768
    tokens: PositiveInt = 20
    heads: PositiveInt = 12
    music_layers: PositiveInt = 2
    positions: PositiveInt = 2048
    text_layers: PositiveInt = 5
    decoder_layers: PositiveInt = 5
    dropout: Share = 0.1
    checkpointing: bool = True
    bert: str | None = None
    latent_noise: Share = 0.1
    start_depth: PositiveInt = 2
    grow_every: NonNegativeInt = 450
    caption: NonNegative = 1.0
    reconstruct_text: NonNegative = 1.0
    reconstruct_music: NonNegative = 1.0
    alignment: NonNegative = 1.0
    structure: StructureSettings = StructureSettings()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.channels) != len(self.time_strides):
            raise ValueError("channels and time_strides must be of one length")
        if self.width % self.heads:
            raise ValueError(f"width {self.width} is no multiple of heads {self.heads}")
        return self


class DataSettings(Settings):
    """How records become examples.

    Attributes
    ----------
    rate, n_fft, hop : int
        Of the magnitude spectrogram (samples); 510 gives 256 bins.
    power : float
        Exponent on the magnitude: 1 as in the paper; 0.3 brings quiet partials within the reach of a small network
        and of int8.
    standardise : bool
        Give every frequency the mean 0 and the deviation 1 over the training split. Not in the paper; without it a
        network that is trained for few steps hears little but the mean spectrum that all music shares.
    seconds : float, optional
        Longest stretch of a recording that is cached; None for all of it.
    excerpt : float, optional
        Seconds drawn from it for a training example; None for all of it.
    store : str
        Numbers of the cached spectrogram. With hop 255 float16 takes as much disk as 16-bit audio, 115 MB an hour;
        int8 half.
    tokenizer : str
        words or pieces (learnt from the training sentences, `vocabulary` entries at most), or bert (that of
        `model.bert`).
    longest : int
        Tokens of a sentence with begin and end; longer ones are cut.
    words : int
        Words of a sentence that its BLEU looks at.
    texts : int, optional
        How many of a record's texts are used, best first; None for all.
    sentence_encoder : str, optional
        Folder or hub name of a sentence encoder (mean of the last hidden states).
    tags_at_least : int
        Training records that a tag needs to be a class.
    """

    rate: PositiveInt = 16_000
    n_fft: PositiveInt = 510
    hop: PositiveInt = 255
    power: PositiveFloat = 1.0
    standardise: bool = False
    seconds: PositiveFloat | None = 240.0
    excerpt: PositiveFloat | None = None
    store: Literal["float16", "int8"] = "float16"
    tokenizer: Literal["words", "pieces", "bert"] = "pieces"
    vocabulary: PositiveInt = 8_000
    longest: Annotated[int, Field(ge=3, le=512)] = 200
    words: PositiveInt = 128
    texts: PositiveInt | None = None
    sentence_encoder: str | None = None
    tags_at_least: PositiveInt = 5

    @property
    def bins(self) -> int:
        """Frequencies of the spectrogram."""
        return self.n_fft // 2 + 1


class GenerationSettings(Settings):
    """How captions are found in evaluation: `beams` 1 is greedy search."""

    beams: PositiveInt = 3
    length_penalty: NonNegative = 1.0
    batch: PositiveInt = 32


class StageSettings(Settings):
    """The stages: both auto-encoders, then all together."""

    music: TrainSettings = TrainSettings(epochs=100, batch=34, optimizer="adam", learning_rate=5e-5, weight_decay=0.0)
    text: TrainSettings = TrainSettings(epochs=30, batch=8, optimizer="adam", learning_rate=5e-5, weight_decay=0.0)
    joint: TrainSettings = TrainSettings(
        epochs=5, batch=8, learning_rate=5e-5, weight_decay=5.0, monitor="bleu4", mode="max"
    )


class SynaesthesiaSettings(SystemSettings):
    """The whole configuration."""

    model: ModelSettings = ModelSettings()
    data: DataSettings = DataSettings()
    generation: GenerationSettings = GenerationSettings()
    stages: StageSettings = StageSettings()

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        bins = self.data.bins
        for _ in self.model.channels:
            bins = (bins + 1) // 2
        if bins != 1:
            raise ValueError(
                f"data.n_fft {self.data.n_fft}: {self.data.bins} bins are not one after {len(self.model.channels)} "
                "convolutions of stride 2; 2 (2^layers - 1) fits"
            )
        if self.model.start_depth > len(self.model.channels) + 1:
            raise ValueError(f"model.start_depth {self.model.start_depth} is deeper than the encoder")
        if self.data.tokenizer == "bert" and self.model.bert is None:
            raise ValueError("data.tokenizer bert needs model.bert")
        if self.model.structure.similarity == "sentence" and self.data.sentence_encoder is None:
            raise ValueError("model.structure.similarity sentence needs data.sentence_encoder")
        if self.data.store == "int8" and self.data.power > 0.5:
            raise ValueError("data.store int8 is too coarse for data.power above 0.5")
        return self
