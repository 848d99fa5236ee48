"""What a user asks for: a clip, words, a reference track, and what the music must be like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plugin.errors import InputError, printable

ASPECTS = ("video", "text", "reference")

DEFAULT_LENGTH = 30.0
"""Seconds of music to find when neither a clip nor a length is given."""

AWAY = 0.5
"""What music to keep away from counts beside what is asked for.

A track that was suggested and is not wanted is alike to much that is wanted. On a library of 43 orchestral pieces the
results lost up to two fifths of their likeness to the words with a weight of 1, and less than a tenth with 0.5, which
still moved them away; and with 1 two seeds that are alike would cancel out to noise.
"""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a suggested track must be like; a track of which a property is unknown does not pass its filter.

    Parameters
    ----------
    tempo : (float, float), optional
        Slowest and fastest tempo, in beats a minute.
    min_length, max_length : float, optional
        Length of the track, in seconds.
    key : str, optional
        In any usual spelling: ``"Am"``, ``"Bb major"``.
    instrumental, vocal : bool
        The track must carry the tag ``instrumental``, or another tag of the group of voices.
    tags, not_tags : tuple of str
        Tags it must carry (all of them), and must not (any of them).
    favourites : bool
        Only tracks that the user marked as favourites.
    min_rating : int
        Stars that the user gave, 0 to 5.
    show_hidden : bool
        Also tracks that the user hid.
    """

    tempo: tuple[float, float] | None = None
    min_length: float | None = None
    max_length: float | None = None
    key: str | None = None
    instrumental: bool = False
    vocal: bool = False
    tags: tuple[str, ...] = ()
    not_tags: tuple[str, ...] = ()
    favourites: bool = False
    min_rating: int = 0
    show_hidden: bool = False

    def __post_init__(self) -> None:
        if self.instrumental and self.vocal:
            raise InputError("no track is both instrumental and vocal: choose one")
        if not 0 <= self.min_rating <= 5:
            raise InputError(f"a rating of {self.min_rating} is out of range: choose 0 to 5 stars")
        if self.tempo is not None and not 0 <= self.tempo[0] <= self.tempo[1]:
            raise InputError(f"the tempo range {self.tempo[0]:g}-{self.tempo[1]:g} is empty: write it as 80-110")
        lengths = (self.min_length or 0.0, np.inf if self.max_length is None else self.max_length)
        if not 0 <= lengths[0] <= lengths[1]:
            raise InputError(f"no track is at least {lengths[0]:g} s and at most {lengths[1]:g} s long")


@dataclass(frozen=True, slots=True)
class Query:
    """A question to the library; at least one aspect (video, text, reference) is given.

    Parameters
    ----------
    video : pathlib.Path or ndarray of float32 [S, D], optional
        The clip's file, or its embedding, one row for each 10 s.
    start, end : float
        Range of the clip in its file, in seconds; ``end`` None is the file's end.
    text : str, optional
        What the music shall sound like.
    like, unlike : tuple of pathlib.Path
        Music files to take after, and to keep away from; they are not among the results themselves. Together they are
        the aspect "reference". What to keep away from alone is no question: it goes with any other part of one, and
        counts `AWAY` as much.
    weights : mapping of str to float
        How much each aspect counts; 1 where nothing is said.
    filters : Filters
        What the tracks must be like.
    length : float, optional
        Seconds of music wanted; the clip's length, or 30 s, where it is not given.
    top : int
        Number of results.
    per_artist : int
        At most so many results by one artist; 0 for any number.
    """

    video: Path | NDArray[np.float32] | None = None
    start: float = 0.0
    end: float | None = None
    text: str | None = None
    like: tuple[Path, ...] = ()
    unlike: tuple[Path, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    filters: Filters = field(default_factory=Filters)
    length: float | None = None
    top: int = 10
    per_artist: int = 2

    def __post_init__(self) -> None:
        if not self.aspects:
            raise InputError("nothing to go by: give --video, --text or --like")
        if self.aspects == ("reference",) and not self.like:
            raise InputError("to keep away from a track is not enough: add words, a clip or a track to like")
        both = [path for path in self.like if path in self.unlike]
        if both:
            raise InputError(f"{printable(both[0])}: it cannot be liked and disliked at once: take it out of one")
        if self.text is not None and not self.text.strip():
            raise InputError("the text is empty: say what the music shall sound like")
        for aspect, weight in self.weights.items():
            if aspect not in ASPECTS:
                raise InputError(f"'{aspect}' is no aspect to weight: choose from {', '.join(ASPECTS)}")
            if aspect not in self.aspects:
                raise InputError(f"the weight of '{aspect}' has no use: the question has no {aspect}")
            if not 0 <= weight < np.inf:
                raise InputError(f"the weight {weight:g} of '{aspect}' is not a number from 0 up")
        if not any(self.weight(aspect) > 0 for aspect in self.aspects):
            raise InputError("all weights are 0: give one aspect a weight above 0")
        if self.length is not None and not 0 < self.length < np.inf:
            raise InputError(f"the length {self.length:g} s is not a length of music")
        if self.top < 1 or self.per_artist < 0:
            raise InputError("--top is a number from 1 up, --per-artist from 0 up")

    @property
    def aspects(self) -> tuple[str, ...]:
        """The aspects that the question has."""
        given = {"video": self.video, "text": self.text, "reference": self.like or self.unlike or None}
        return tuple(aspect for aspect in ASPECTS if given[aspect] is not None)

    def weight(self, aspect: str) -> float:
        """Say how much an aspect counts."""
        only_away = aspect == "reference" and not self.like
        return self.weights.get(aspect, 1.0) * (AWAY if only_away else 1.0)
