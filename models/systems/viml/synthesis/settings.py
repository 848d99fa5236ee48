"""Options of the three ways to write texts; the defaults are the paper's where it gives a value."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from models.systems.settings import Settings, Share


class SynthesisSettings(Settings):
    """What all have in common.

    Attributes
    ----------
    threshold : float
        Tags of lower confidence are left out (0.3, section 3.3).
    most : int
        At most so many tags, the most confident ones ("typically around 10-15", section 3.1).
    cache : Path, optional
        JSON lines in which texts are kept, so that none is written twice.
    """

    threshold: Share = 0.3
    most: PositiveInt = 15
    cache: Path | None = None


class TagsSettings(SynthesisSettings):
    """Options of `tags`: none of its own."""


class Data2TextSettings(SynthesisSettings):
    """Options of `data2text`.

    Attributes
    ----------
    templates : Path, optional
        TOML file of template sentences; ours where none is given.
    ordering, aggregation, compression : str, optional
        Folder or hub name of a checkpoint for the step; a step without one works by rules.
    keep : float
        A compressed paragraph that names a smaller share of the tags gives way to the one made by rules.
    beams, longest : int
        Of the compression: beams, and tokens at most.
    batch : int
        Examples in a batch of the models.
    device : str
        Of the models.
    """

    templates: Path | None = None
    ordering: str | None = None
    aggregation: str | None = None
    compression: str | None = None
    keep: Share = 0.8
    beams: PositiveInt = 4
    longest: PositiveInt = 128
    batch: PositiveInt = 32
    device: str = "cpu"


class Prompt2TextSettings(SynthesisSettings):
    """Options of `prompt2text`.

    Attributes
    ----------
    model : str
        Any causal model of transformers: a folder or a hub name.
    examples : Path, optional
        TOML file of pairs of tags and human descriptions; ours where none is given.
    shots : int
        Pairs before the question; fewer where the model's context is too short for them.
    temperature, top_p : float
        Of the sampling; temperature 0 takes the likeliest token.
    longest : int
        New tokens at most; a text ends at the end of its line.
    tries : int
        Attempts, each with other pairs, before `data2text` writes the text.
    at_least : int
        So many of the confident tags, or all where there are fewer, must be named.
    fewest_words, most_words : int
        Length of an acceptable text.
    vocabulary : tuple of str, optional
        Words that may only be said of music that has them; the vocabulary beside this file where none is given.
    forms : mapping of str to tuple of str
        More words that say a tag, and the tags that they can stand for; a longer name wins over the words in it.
    batch : int
        Prompts generated together.
    device, dtype : str
        Where and with which precision the model runs.
    fallback : Data2TextSettings
        How texts are written that the model did not manage.
    """

    model: str = "bigscience/bloom"
    examples: Path | None = None
    shots: Annotated[int, Field(ge=0)] = 4
    temperature: Annotated[float, Field(ge=0.0)] = 0.8
    top_p: Annotated[PositiveFloat, Field(le=1.0)] = 0.9
    longest: PositiveInt = 64
    tries: PositiveInt = 4
    at_least: Annotated[int, Field(ge=0)] = 2
    fewest_words: PositiveInt = 4
    most_words: PositiveInt = 60
    vocabulary: tuple[str, ...] | None = None
    forms: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    batch: PositiveInt = 8
    device: str = "cpu"
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    fallback: Data2TextSettings = Data2TextSettings()
