"""The question while the user is still writing it: a plain value, so that it can be kept, compared and gone back to."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from plugin.cli.support.units import seconds
from plugin.errors import InputError
from plugin.suggest.query import ASPECTS, Filters, Query


@dataclass(frozen=True, slots=True)
class ClipRange:
    """A part of a video file.

    Parameters
    ----------
    path : pathlib.Path
    start, end : float
        Seconds; ``end`` None is the file's end.
    name : str
        What the timeline calls the clip; the file's own name where it is empty.
    """

    path: Path
    start: float = 0.0
    end: float | None = None
    name: str = ""

    def between(self, start: str, end: str) -> ClipRange:
        """Give another range of the file, from times as ``90`` or ``1:30``; an empty text is the file's own bound.

        Raises
        ------
        InputError
            A text is no time, or the range is empty.
        """
        first = seconds(start) if start.strip() else 0.0
        last = seconds(end) if end.strip() else None
        if last is not None and last <= first:
            raise InputError(f"the clip ends at {end.strip()}, before it starts: write a later time")
        return replace(self, start=first, end=last)


@dataclass(frozen=True, slots=True)
class QueryDraft:
    """What stands in the query bar.

    Parameters
    ----------
    text : str
        What the music shall sound like.
    clip : ClipRange, optional
        What it shall fit.
    likes, unlikes : tuple of pathlib.Path
        Music files that it shall take after, and that it shall not.
    weights : mapping of str to float
        By aspect, from 0 up; 1 where nothing is said.
    filters : Filters
    """

    text: str = ""
    clip: ClipRange | None = None
    likes: tuple[Path, ...] = ()
    unlikes: tuple[Path, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    filters: Filters = field(default_factory=Filters)

    @property
    def aspects(self) -> tuple[str, ...]:
        """The aspects that are asked for."""
        given = {"text": self.text.strip(), "video": self.clip, "reference": self.likes or self.unlikes}
        return tuple(aspect for aspect in ASPECTS if given[aspect])

    @property
    def is_question(self) -> bool:
        """Whether it can be asked: what to keep away from is not enough."""
        return bool(self.text.strip() or self.clip or self.likes)

    def weight(self, aspect: str) -> float:
        """Say how much an aspect counts."""
        return self.weights.get(aspect, 1.0)

    def weighing(self, aspect: str, weight: float) -> QueryDraft:
        """Give the question with another weight of an aspect."""
        weights = {**self.weights, aspect: weight}
        return replace(self, weights={name: value for name, value in weights.items() if value != 1.0})

    def seeded(self, path: Path, *, plus: bool) -> QueryDraft:
        """Give the question with a track more to take after (plus), or to keep away from; it is never both."""
        likes, unlikes = (tuple(seed for seed in seeds if seed != path) for seeds in (self.likes, self.unlikes))
        return (
            replace(self, likes=(*likes, path), unlikes=unlikes)
            if plus
            else replace(self, likes=likes, unlikes=(*unlikes, path))
        )

    def query(self, top: int) -> Query:
        """Give the question for so many tracks.

        Raises
        ------
        InputError
            Nothing is asked for, or only what to keep away from, or all weights are 0.
        """
        aspects = self.aspects
        if not aspects:
            raise InputError("nothing to go by: write some words, or drop footage or a track here")
        if not self.is_question:
            raise InputError("to keep away from a track is not enough: write some words, or add footage or a track")
        if not any(self.weight(aspect) for aspect in aspects):
            raise InputError("all weights are 0: move a slider to the right")
        return Query(
            video=self.clip.path if self.clip else None,
            start=self.clip.start if self.clip else 0.0,
            end=self.clip.end if self.clip else None,
            text=self.text.strip() or None,
            like=self.likes,
            unlike=self.unlikes,
            weights={aspect: self.weight(aspect) for aspect in aspects},
            filters=self.filters,
            top=top,
        )

    def as_dict(self) -> dict[str, Any]:
        """Give the question as values that JSON can hold; what is not asked for stays out."""
        clip = self.clip
        values: dict[str, Any] = {
            "text": self.text.strip(),
            "clip": clip and {"path": os.fspath(clip.path), "start": clip.start, "end": clip.end, "name": clip.name},
            "likes": [os.fspath(path) for path in self.likes],
            "unlikes": [os.fspath(path) for path in self.unlikes],
            "weights": dict(self.weights),
            "filters": _filters_as_dict(self.filters),
        }
        return {name: value for name, value in values.items() if value}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> QueryDraft:
        """Read a question that was kept; fields that this version does not know are passed over.

        Raises
        ------
        InputError
            It is no question.
        """
        try:
            clip = values.get("clip")
            return cls(
                text=str(values.get("text", "")),
                clip=ClipRange(Path(clip["path"]), float(clip["start"]), _optional(clip["end"], float), clip["name"])
                if clip
                else None,
                likes=tuple(map(Path, values.get("likes", ()))),
                unlikes=tuple(map(Path, values.get("unlikes", ()))),
                weights={aspect: float(weight) for aspect, weight in values.get("weights", {}).items()},
                filters=_filters_from_dict(values.get("filters", {})),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise InputError("this search was kept by another version and cannot be read: remove it") from error


def _filters_as_dict(filters: Filters) -> dict[str, Any]:
    plain = Filters()
    values = {item.name: getattr(filters, item.name) for item in fields(Filters)}
    changed = {name: value for name, value in values.items() if value != getattr(plain, name)}
    if filters.tempo is not None:  # JSON has no infinity
        changed["tempo"] = [tempo if math.isfinite(tempo) else None for tempo in filters.tempo]
    return {name: list(value) if isinstance(value, tuple) else value for name, value in changed.items()}


def _filters_from_dict(values: Mapping[str, Any]) -> Filters:
    known = {item.name for item in fields(Filters)}
    kept = {name: value for name, value in values.items() if name in known}
    if kept.get("tempo") is not None:
        low, high = kept["tempo"]
        kept["tempo"] = (float(low), math.inf if high is None else float(high))
    return Filters(**{name: tuple(value) if isinstance(value, list) else value for name, value in kept.items()})


def _optional(value: Any, read: Callable[[Any], float]) -> float | None:
    return None if value is None else read(value)
