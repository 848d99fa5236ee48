"""The question while the user is still writing it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from plugin.cli.support.units import seconds
from plugin.errors import InputError
from plugin.suggest.query import ASPECTS, Query

TOP = 50


@dataclass(slots=True)
class QueryDraft:
    """What stands in the fields of the query bar; an empty text is an aspect that is not asked for.

    Parameters
    ----------
    text, video, reference : str
        Words, and paths as the user wrote or dropped them.
    start, end : str
        Range of the clip, as ``90`` or ``1:30``; empty for the file's own.
    weights : dict of str to float
        By aspect, from 0 up.
    """

    text: str = ""
    video: str = ""
    reference: str = ""
    start: str = ""
    end: str = ""
    weights: dict[str, float] = field(default_factory=lambda: dict.fromkeys(ASPECTS, 1.0))

    @property
    def aspects(self) -> tuple[str, ...]:
        """The aspects that are asked for."""
        return tuple(aspect for aspect in ASPECTS if getattr(self, aspect).strip())

    def query(self) -> Query:
        """Give the question.

        Raises
        ------
        InputError
            Nothing is asked for, all weights are 0, or a time is none.
        """
        aspects = self.aspects
        if not aspects:
            raise InputError("nothing to go by: write some words, or choose a clip or a reference track")
        if not any(self.weights[aspect] for aspect in aspects):
            raise InputError("all weights are 0: move a slider to the right")
        has_clip = "video" in aspects
        return Query(
            video=_path(self.video),
            start=seconds(self.start) if has_clip and self.start.strip() else 0.0,
            end=seconds(self.end) if has_clip and self.end.strip() else None,
            text=self.text.strip() or None,
            reference=_path(self.reference),
            weights={aspect: self.weights[aspect] for aspect in aspects},
            top=TOP,
        )


def _path(text: str) -> Path | None:
    return Path(text.strip()).expanduser() if text.strip() else None
