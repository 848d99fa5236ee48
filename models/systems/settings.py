"""Configurations: readable files, validated, with the papers' values as defaults."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt

Share = Annotated[float, Field(ge=0.0, le=1.0)]
NonNegative = Annotated[float, Field(ge=0.0)]


class Settings(BaseModel):
    """Base of every part of a configuration: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TrainSettings(Settings):
    """How one stage is trained.

    Attributes
    ----------
    epochs, steps : int
        Passes over the training split, or optimiser steps; `steps` wins where it is given.
    batch : int
        Examples in a batch of one process; `accumulate` batches make an optimiser step.
    learning_rate, weight_decay : float
        Of the optimiser.
    warmup : int
        Steps over which the learning rate grows from 0.
    schedule : str
        What it does afterwards until the last step.
    clip : float, optional
        Largest norm of the gradient.
    precision : str
        fp32, or autocast to bf16 or fp16 (with loss scaling).
    evaluate_every : int
        Steps between evaluations on the validation split; 0 for once an epoch.
    monitor, mode : str
        The value of validation that decides which weights are best: "loss" or a metric of `System.evaluate`.
    patience : int, optional
        Evaluations without improvement after which the stage ends.
    checkpoint_every : int
        Steps between checkpoints.
    """

    epochs: PositiveInt = 1
    steps: PositiveInt | None = None
    batch: PositiveInt = 32
    accumulate: PositiveInt = 1
    optimizer: Literal["adam", "adamw"] = "adamw"
    learning_rate: PositiveFloat = 1e-4
    weight_decay: NonNegative = 0.01
    warmup: Annotated[int, Field(ge=0)] = 0
    schedule: Literal["constant", "linear", "cosine"] = "constant"
    clip: PositiveFloat | None = 1.0
    precision: Literal["fp32", "bf16", "fp16"] = "fp32"
    evaluate_every: Annotated[int, Field(ge=0)] = 0
    monitor: str = "loss"
    mode: Literal["min", "max"] = "min"
    patience: PositiveInt | None = None
    checkpoint_every: PositiveInt = 500


class SystemSettings(Settings):
    """A whole configuration; each system derives its own with defaults for every part.

    Attributes
    ----------
    seed : int
        Of weights, order, dropout and augmentation.
    model, data : Settings
        The network, and how records become examples.
    stages : Settings
        Every field is a `TrainSettings`; stages run in the order of the fields.
    """

    seed: int = 0
    model: Settings
    data: Settings
    stages: Settings

    def stage(self, name: str) -> TrainSettings:
        """Settings of the stage `name`."""
        found: TrainSettings = getattr(self.stages, name)
        return found

    @property
    def stage_names(self) -> tuple[str, ...]:
        """Names of the stages, in order."""
        return tuple(type(self.stages).model_fields)
