"""What goes into the network: images, spectrograms or timbre of records, computed once where that is dear."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from models.datasets.base import DataSet, Record
from models.errors import DatasetError
from models.systems.sound import read_sound
from models.systems.titles.pictures import crop, read_picture
from models.systems.titles.settings import DataSettings
from models.systems.titles.spectrogram import Spectrogram
from models.systems.titles.timbre import WIDTH, timbre
from models.trainer.features import FeatureStore, fingerprint

Kind = Literal["image", "spectrogram", "timbre"]


class Source(ABC):
    """Inputs of a data set's records.

    Attributes
    ----------
    field : str
        Name of the input in examples and batches: pixels or timbre.
    store : FeatureStore
        Keys of the usable records; `store.failed` says why the others are not.
    """

    field: ClassVar[str]
    store: FeatureStore

    @abstractmethod
    def __init__(self, settings: DataSettings, records: Mapping[str, Record], folder: Path) -> None:
        """Make in `folder` what the records' inputs need."""

    @abstractmethod
    def load(self, record: Record, rng: np.random.Generator | None) -> npt.NDArray[Any]:
        """Give a record's input; `rng` draws crops and mirrors, None takes the centre."""


class Images(Source):
    """Crops of image files, decoded anew each time: the raw images would fill a disk, and crops differ by epoch.

    Each file is decoded once beforehand, so that a damaged one is known before training and not in its midst.
    """

    field = "pixels"

    def __init__(self, settings: DataSettings, records: Mapping[str, Record], folder: Path) -> None:
        self.side = settings.crop

        def size(key: str) -> npt.NDArray[np.float32]:
            path = records[key].image
            if path is None:
                raise DatasetError(f"{key}: the record has no image")
            return np.array(read_picture(path).shape[:2], dtype=np.float32)

        self.store = FeatureStore.build(folder, list(records), size, dtype=np.float32, progress="images")

    def load(self, record: Record, rng: np.random.Generator | None) -> npt.NDArray[np.uint8]:
        """Give uint8 [3, crop, crop]."""
        assert record.image is not None
        return np.ascontiguousarray(crop(read_picture(record.image), self.side, rng).transpose(2, 0, 1))


def heard(record: Record, settings: DataSettings) -> npt.NDArray[np.float32]:
    """Decode at most the configured seconds of a record, without silence behind them."""
    return read_sound(record, settings.rate, settings.seconds, pad=False)


class Spectrograms(Source):
    """Pictures of sound, kept as 127 shades (the picture's 80 dB in steps of 0.6 dB)."""

    field = "pixels"

    def __init__(self, settings: DataSettings, records: Mapping[str, Record], folder: Path) -> None:
        draw = Spectrogram(settings.fft, settings.window, settings.pool, settings.decibels)
        frames = draw.frames(round(settings.seconds * settings.rate))

        def make(key: str) -> npt.NDArray[np.float32]:
            return draw(heard(records[key], settings), frames)

        self.store = FeatureStore.build(folder, list(records), make, dtype=np.int8, progress="spectrograms")

    def load(self, record: Record, rng: np.random.Generator | None) -> npt.NDArray[np.float32]:
        """Give float32 [1, bins, frames]."""
        return np.asarray(self.store[record.key], dtype=np.float32)[None]


class Timbres(Source):
    """The 90 numbers, standardised: covariances are hundreds of times the means, and image vectors are of order 1.

    Means and deviations are those of the data set's own records (inputs only), so a decoder that learnt from images
    can be fed too.
    """

    field = "timbre"

    def __init__(self, settings: DataSettings, records: Mapping[str, Record], folder: Path) -> None:
        shipped = any(settings.feature in record.features for record in records.values())

        def make(key: str) -> npt.NDArray[np.float32]:
            if not shipped:
                return timbre(heard(records[key], settings), settings.rate)
            found = np.asarray(records[key].features.get(settings.feature, ()), dtype=np.float32)
            if found.shape != (WIDTH,):
                raise DatasetError(f"{key}: {settings.feature} is {list(found.shape)}, not the {WIDTH} timbre numbers")
            return found

        self.store = FeatureStore.build(folder, list(records), make, dtype=np.float32, progress="timbre")
        self.mean, self.deviation = np.zeros(WIDTH, np.float32), np.ones(WIDTH, np.float32)

    def standardise(self, keys: Sequence[str]) -> None:
        """Take means and deviations from these records."""
        values = np.stack([self.store[key] for key in keys]).astype(np.float64)
        self.mean = values.mean(0).astype(np.float32)
        self.deviation = np.maximum(values.std(0), 1e-6).astype(np.float32)

    def load(self, record: Record, rng: np.random.Generator | None) -> npt.NDArray[np.float32]:
        """Give float32 [90]."""
        return np.asarray((self.store[record.key] - self.mean) / self.deviation, dtype=np.float32)


SOURCES: Mapping[Kind, type[Source]] = {"image": Images, "spectrogram": Spectrograms, "timbre": Timbres}


def kind_of(settings: DataSettings, records: Sequence[Record]) -> Kind:
    """Which input `auto` means for a data set."""
    if settings.source != "auto":
        return settings.source
    if any(record.image is not None for record in records):
        return "image"
    if any(record.audio is not None for record in records):
        return "spectrogram"
    return "timbre"


def open_source(
    kind: Kind, settings: DataSettings, dataset: DataSet, records: Mapping[str, Record], cache: Path
) -> Source:
    """Make what the records' inputs need; what lies in `cache` already is not made again."""
    parts: dict[Kind, tuple[str, ...]] = {
        "image": (),
        "spectrogram": ("rate", "seconds", "fft", "window", "pool", "decibels"),
        "timbre": ("rate", "seconds", "feature"),
    }
    values = {name: getattr(settings, name) for name in parts[kind]}
    name = fingerprint(dataset.name, str(dataset.root.resolve()), values)
    return SOURCES[kind](settings, records, cache / f"titles-{kind}-{name}")
