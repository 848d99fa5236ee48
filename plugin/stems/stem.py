"""What is known of a stem."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from plugin.library.records import TagScore
from plugin.stems.levels import FLOOR, Array, Bleed

ROLES = ("drums", "percussion", "bass", "chords", "pad", "lead", "vocal lead", "vocal backing", "fx", "unknown",
         "silent")  # fmt: skip
"""In the order in which stems are listed."""
NAMELESS = ("unknown", "silent")
"""Roles of stems that keep the names that they have."""
COLOURS = {"drums": "#c0392b", "percussion": "#d98e32", "bass": "#3867b1", "chords": "#8a8f2f", "pad": "#3a8f85",
           "lead": "#5c9a3d", "vocal lead": "#a8478e", "vocal backing": "#7a5aa6", "fx": "#6f7f8f",
           "silent": "#808080", "unknown": "#808080"}  # fmt: skip

SURE = 0.25
"""Score from which a tag names a stem; below it a stem has no name of its own."""


@dataclass(frozen=True)
class Stem:
    """One timeline track or file of a session.

    Attributes
    ----------
    role : str
        One of `ROLES`: "silent" where nothing sounds, "unknown" where no tag is sure enough.
    instrument : str
        The likeliest instrument or voice; "" for silent and unknown ones and effects.
    vocal : bool
        Whether it is a voice.
    tags : tuple of TagScore
        The likeliest instruments and voices, best first.
    duration : float
        Seconds heard.
    tempo : float or None
        Beats a minute.
    key : str or None
        None also for drums and effects.
    loudness : float or None
        LUFS (EBU R 128), of the file as it is.
    silence : float
        Share of the time in which nothing can be heard, 0 to 1.
    bleed : Bleed or None
        Another stem's sound in its pauses.
    caption : str
    peaks : bytes
        The waveform's outline, 255 for full scale; empty for a silent stem.
    levels : float32 [T]
        dBFS of each 50 ms.
    """

    role: str
    instrument: str
    vocal: bool
    tags: tuple[TagScore, ...]
    duration: float = 0.0
    tempo: float | None = None
    key: str | None = None
    loudness: float | None = None
    silence: float = 0.0
    bleed: Bleed | None = None
    caption: str = ""
    peaks: bytes = field(default=b"", repr=False)
    levels: Array = field(default_factory=lambda: np.zeros(0, np.float32), repr=False, compare=False)

    @property
    def colour(self) -> str:
        """Its role's colour, #rrggbb."""
        return COLOURS[self.role]

    def as_dict(self) -> dict[str, Any]:
        """Give it as values that JSON can hold; waveform and levels stay out."""
        bleed = None if self.bleed is None else {"source": self.bleed.source, "level_db": self.bleed.level_db}
        return {"role": self.role, "instrument": self.instrument, "vocal": self.vocal,
                "tags": [{"name": tag.name, "score": tag.score} for tag in self.tags], "duration": self.duration,
                "tempo": self.tempo, "key": self.key, "loudness": self.loudness, "silence": round(self.silence, 4),
                "bleed": bleed, "caption": self.caption, "colour": self.colour}  # fmt: skip


def silent(duration: float = 0.0) -> Stem:
    """Give a stem in which nothing sounds."""
    levels = np.full(round(duration * 20), FLOOR, np.float32)
    return Stem("silent", "", False, (), duration, silence=1.0, levels=levels)
