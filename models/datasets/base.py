"""Records and the base of all data set loaders.

A loader reads a data set in its publisher's own format and gives records. It never decodes media: that is the
systems' work. `validate()` tells what is missing before hours of training do.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from models.errors import DatasetError

Split = Literal["train", "valid", "test"]
SPLITS: tuple[Split, ...] = ("train", "valid", "test")


@dataclass(frozen=True, eq=False)
class Record:
    """One example of a data set as its publisher gives it; what it does not give stays empty.

    Attributes
    ----------
    key : str
        Unique in the data set, stable.
    group : str
        What must not be divided among splits (a recording, a video); the key where nothing is shared.
    audio, image, video : Path, optional
        Media files.
    start, end : float
        Range of the media in seconds; `end` None to its end.
    texts : tuple of str
        Descriptions (captions, interpretations, reviews, sentences), best first.
    title, lyrics : str
        Of the piece.
    tags : mapping of str to float
        Words with confidence 0..1; `tag_groups` gives a word's group (genre, mood, instrument, ...).
    features : mapping of str to ndarray
        Features that the data set ships, by name: [D] or [T, D].
    numbers : mapping of str to float
        Anything numeric (votes, year, tempo).
    """

    key: str
    group: str = ""
    audio: Path | None = None
    image: Path | None = None
    video: Path | None = None
    start: float = 0.0
    end: float | None = None
    texts: tuple[str, ...] = ()
    title: str = ""
    lyrics: str = ""
    tags: Mapping[str, float] = field(default_factory=dict)
    tag_groups: Mapping[str, str] = field(default_factory=dict)
    features: Mapping[str, np.ndarray] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """What `validate` found.

    Attributes
    ----------
    counts : mapping of str to int
        Usable records of each split, and whatever else is worth counting.
    problems : sequence of str
        One line each: what, which path. Empty where all is well.
    fatal : bool
        Whether nothing can be trained from it.
    """

    counts: Mapping[str, int]
    problems: Sequence[str] = ()
    fatal: bool = False


class DataSet(ABC):
    """A data set in a folder.

    Parameters
    ----------
    root : Path
        Where it lies.

    Raises
    ------
    DatasetError
        If `root` is no folder.
    """

    name: ClassVar[str]
    """As the command line calls it."""
    download: ClassVar[str]
    """What to download and where to put it, for the user."""

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise DatasetError(f"{root}: no such folder; {self.name} needs: {self.download}")
        self.root = root

    @abstractmethod
    def validate(self) -> Report:
        """Look at the tables and files without decoding any; never raises for what it can report."""

    @abstractmethod
    def records(self, split: Split) -> list[Record]:
        """Records of a split whose files are there, in a stable order; DatasetError where the tables will not do."""
