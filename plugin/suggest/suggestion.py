"""What is answered to a question: tracks, each with the part that fits."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plugin.library.records import Track
from plugin.suggest.versions import parse


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A track that fits.

    Parameters
    ----------
    track : Track
    score : float
        Weighted mean over the aspects, in standard deviations above the library's mean track.
    start, end : float
        The part of the track that fits best, in seconds.
    aspects : dict of str to float
        Cosine of each aspect with that part.
    duplicates : tuple of pathlib.Path
        Other files of the same recording, left out of the list.
    versions : tuple of Track
        Other versions of the same song that rank lower, left out too.
    """

    track: Track
    score: float
    start: float
    end: float
    aspects: dict[str, float]
    duplicates: tuple[Path, ...] = ()
    versions: tuple[Track, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Give the suggestion as values that JSON can hold."""
        return {
            "score": self.score,
            "segment": {"start": self.start, "end": self.end},
            "aspects": self.aspects,
            "duplicates": [os.fspath(path) for path in self.duplicates],
            "versions": [
                version.as_dict() | {"kinds": list(parse(version.title, version.artist).kinds)}
                for version in self.versions
            ],
            "track": self.track.as_dict(),
        }


@dataclass(frozen=True, slots=True)
class Suggestions:
    """The answer to a question.

    ``considered`` tracks passed the filters, of ``total`` that could be compared; ``stale`` more were indexed
    with another pack and could not. ``length`` is the seconds of music looked for; ``hidden`` tracks passed the
    filters and were left out because the user hid them.
    """

    results: tuple[Suggestion, ...]
    considered: int
    total: int
    stale: int
    length: float
    hidden: int = 0
