"""What all extractors have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from transformers import AutoConfig
from transformers.utils import logging as reports

from models.datasets.base import Record
from models.errors import ConfigError, DatasetError
from models.systems.viml.features.segments import average

Features = npt.NDArray[np.float32]


class Extractor(Protocol):
    """Makes a record's segment features.

    Attributes
    ----------
    about : tuple
        All that the features depend on beside the record.
    """

    about: tuple[Any, ...]

    def __call__(self, record: Record) -> Features:
        """Give float32 [S, D], S segments; a CuefinderError where the record will not do."""
        ...


def device() -> str:
    """Where extractors run."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def load(kind: Any, name: str, what: str) -> Any:
    """Load a configuration, tokenizer or processor; ConfigError where it cannot be had."""
    try:
        return kind.from_pretrained(name)
    except (OSError, ValueError, KeyError) as error:
        raise ConfigError(f"{name}: no {what} there ({_first_line(error)}); give a folder or a hub name") from error


def load_model(kind: Any, name: str, what: str, *, type_: str | None = None) -> Any:
    """Load a network for use; ConfigError where it cannot be had.

    Parameters
    ----------
    type_ : str, optional
        The model type that it must be of; then a checkpoint that lacks weights is an error as well: they would be
        random, and so would the features.
    """
    if type_ is not None and (found := load(AutoConfig, name, what).model_type) != type_:
        raise ConfigError(f"{name}: a {found} checkpoint, not a {what}")
    level = reports.get_verbosity()
    reports.set_verbosity_error()  # what is missing is said below, in one line
    try:
        model, info = kind.from_pretrained(name, output_loading_info=True)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ConfigError(f"{name}: no {what} there ({_first_line(error)}); give a folder or a hub name") from error
    finally:
        reports.set_verbosity(level)
    if type_ is not None and (missing := sorted(info["missing_keys"])):
        raise ConfigError(f"{name}: not a whole {what}, the checkpoint lacks {', '.join(missing[:3])}")
    return model.eval().to(device())


def vectors(output: Any) -> Tensor:
    """Give the vectors of `get_..._features`, which newer versions of transformers put into an output object."""
    found: Tensor = output if isinstance(output, Tensor) else output.pooler_output
    return found


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def identity(record: Record, media: Path | None) -> tuple[Any, ...]:
    """Name what features of a record are made of, so that a changed file is looked at anew."""
    if media is None:
        return (record.key,)
    state = media.stat() if media.exists() else None
    stamp = (state.st_size, state.st_mtime_ns) if state else (0, 0)
    return (record.key, str(media.resolve()), record.start, record.end, *stamp)


class Shipped:
    """Features that the data set ships, averaged over segments.

    Parameters
    ----------
    name : str
        `video` or `music` in `Record.features`; they are taken to cover just the record's range.
    rate : float, optional
        Rows a second; without it each row is one segment.
    """

    def __init__(self, name: str, rate: float | None, segment: float) -> None:
        self.name, self.rate, self.segment = name, rate, segment
        self.about = ("shipped", name, rate, segment)

    def __call__(self, record: Record) -> Features:
        """Give float32 [S, D]."""
        if self.name not in record.features:
            raise DatasetError(f"{record.key}: the data set ships no {self.name} features for it")
        rows = np.atleast_2d(np.asarray(record.features[self.name], np.float32))
        if rows.ndim != 2 or rows.size == 0 or not np.isfinite(rows).all():
            raise DatasetError(f"{record.key}: {self.name} features of shape {list(rows.shape)} or not finite")
        return rows if self.rate is None else average(rows, self.rate, self.segment)
