"""Settings of the song-title system; the defaults are the paper's values.

Where the paper (Bleiweiss 2020, "Predicting a Song Title from Audio Embeddings on a Pretrained Image-captioning
Network") is silent, the choice is ours and the attribute says so.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from models.systems.settings import NonNegative, Settings, Share, SystemSettings, TrainSettings

Beams = Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1)]


class ModelSettings(Settings):
    """The network (section 2).

    Attributes
    ----------
    depth : int
        Layers of the ResNet: 152 in the paper; 10, 18 and 34 have basic blocks, deeper ones bottlenecks.
    narrow : int
        Divides the channels of every layer; 1 for the published widths.
    pretrained : str, optional
        Folder or hub name of a ResNet of transformers; it then decides depth and widths. The paper began from weights
        learnt on ImageNet (microsoft/resnet-152 is such a checkpoint); at random where nothing is named.
    standardise : bool
        Divide the mean-subtracted pixels by ImageNet's deviations, as transformers' checkpoints were trained; the
        paper only subtracts means.
    decoder : str
        lstm, or transformer (the paper's future work, section 6).
    width : int
        Of the image vector and of the decoder.
    embedding : int
        Of the words; where it is not `width`, a linear layer stands between.
    dropout : float
        On what enters the decoder's layers and on what leaves them.
    glove : str, optional
        Text file of GloVe vectors of width `embedding` to begin from.
    layers, heads : int
        Of the Transformer decoder (ours).
    """

    depth: Literal[10, 18, 34, 50, 101, 152] = 152
    narrow: PositiveInt = 1
    pretrained: str | None = None
    standardise: bool = False
    decoder: Literal["lstm", "transformer"] = "lstm"
    width: PositiveInt = 512
    embedding: PositiveInt = 512
    dropout: Share = 0.2
    glove: str | None = None
    layers: PositiveInt = 2
    heads: PositiveInt = 8


class DataSettings(Settings):
    """How records become examples (sections 3 and 4).

    Attributes
    ----------
    source : str
        What goes into the network: image, spectrogram or timbre; auto takes an image where records have one, else
        timbre where they have no audio but that feature, else the spectrogram.
    text : str
        What is to be said: caption (the record's texts) or title; auto takes captions for images, titles for music.
    rate : int
        Samples a second of the audio.
    seconds : float
        Most of a clip that is heard: a longer one is cut; the spectrogram of a shorter one ends in silence, its timbre
        is that of what there is.
    fft, window, pool : int
        Points of the Fourier transform, samples of the window (50 % overlap), and how many neighbouring bins and
        frames become one: see `models.systems.titles.spectrogram`.
    decibels : float
        Range of the log amplitude below a clip's loudest point that becomes black to white (ours).
    crop : int
        Side in pixels of the square that is cut from an image.
    tile : int, optional
        Side in pixels of the tiles that are captioned one by one and whose scores are averaged; None or `crop` for
        one whole image. Tiles of spectrograms are allowed, though the paper has none.
    tile_training : bool
        Also train on tiles, a random one of each example; the paper speaks of tiles at inference only.
    feature : str
        Name of the records' own timbre feature, 90 numbers; computed from audio where a record has none.
    at_least, most : int
        Times a word must be seen to be known; size of the vocabulary with its 4 special tokens.
    longest : int
        Tokens of a text with begin and end.
    filter_titles : bool
        Leave named entities and words that are not English out of the test titles.
    known_words : bool
        Leave out test titles with words that the decoder has not learnt, too.
    wordnet : str, optional
        Folder of WordNet's database, the filter's list of English words and of names; None looks in the usual places
        (`models.data.wordnet`; Debian: wordnet-base).
    spacy : str, optional
        Installed spaCy model to find named entities with, besides WordNet's names.
    """

    source: Literal["auto", "image", "spectrogram", "timbre"] = "auto"
    text: Literal["auto", "caption", "title"] = "auto"
    rate: PositiveInt = 44_100
    seconds: PositiveFloat = 30.0
    fft: PositiveInt = 1024
    window: PositiveInt = 512
    pool: PositiveInt = 2
    decibels: PositiveFloat = 80.0
    crop: PositiveInt = 256
    tile: PositiveInt | None = None
    tile_training: bool = False
    feature: str = "timbre"
    at_least: PositiveInt = 1
    most: PositiveInt | None = 51_201
    longest: Annotated[int, Field(ge=3)] = 52
    filter_titles: bool = True
    known_words: bool = True
    wordnet: str | None = None
    spacy: str | None = None


class EvaluationSettings(Settings):
    """How titles are searched and scored (section 5).

    Attributes
    ----------
    beams : tuple of int
        Sizes of the beam on the test split; the other splits are scored with the first one only.
    length_penalty : float
        Power of the length that divides a sequence's log-probability; 0 as in the paper's plain beam search.
    batch : int
        Examples that are encoded at once.
    rows : int
        Most sequences (examples x beams) of a search step.
    """

    beams: Beams = (1, 5, 10, 15, 20)
    length_penalty: NonNegative = 0.0
    batch: PositiveInt = 32
    rows: PositiveInt = 2048


class StageSettings(Settings):
    """One stage: everything is trained at once, the ResNet from its pretrained weights (section 4.2).

    Ten epochs (figure 6), Adam at 1e-3; the size of the batch is ours.
    """

    train: TrainSettings = TrainSettings(
        epochs=10, batch=64, optimizer="adam", learning_rate=1e-3, weight_decay=0.0, clip=None
    )


class TitlesSettings(SystemSettings):
    """A whole configuration of the song-title system."""

    model: ModelSettings = ModelSettings()
    data: DataSettings = DataSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    stages: StageSettings = StageSettings()
