"""What a stem is: its instrument, its role in the arrangement, whether it is a voice, and a name and colour for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from plugin.analysis import TrackFeatures
from plugin.library.records import TagScore
from plugin.runtime.engine import Engine

INSTRUMENTAL = "instrumental"
"""The vocal tag of music without voices: it names no stem."""
SURE = 0.25
"""Score from which a tag names a stem; below it a stem has no name of its own."""
OTHERS = 3
"""Further tags given beside the first."""
ROLES = {
    "drums": ("drums", "drum machine"),
    "percussion": ("percussion", "congas", "timpani", "steel drums"),
    "bass": ("bass guitar", "double bass", "synth bass", "slap bass", "tuba"),
    "pad": ("strings", "synth pad", "choir"),
    "vocals": ("male vocals", "female vocals"),
}
"""Instruments that tell the role; all others are melodic."""
COLOURS = {"drums": "#c0392b", "percussion": "#d98e32", "bass": "#3867b1", "pad": "#3a8f85", "vocals": "#a8478e",
           "melodic": "#5c9a3d", "silent": "#808080", "unknown": "#808080"}  # fmt: skip


@dataclass(frozen=True)
class Stem:
    """One timeline track or file of a session.

    Attributes
    ----------
    role : str
        "drums", "percussion", "bass", "pad", "vocals" or "melodic"; "silent" where nothing sounds, "unknown" where
        no tag is sure enough.
    instrument : str
        The likeliest instrument or voice; "" for silent and unknown ones.
    vocal : bool
        Whether it is a voice.
    tags : list of TagScore
        The likeliest instruments and voices, best first.
    """

    role: str
    instrument: str
    vocal: bool
    tags: list[TagScore]

    @property
    def colour(self) -> str:
        """Its role's colour, #rrggbb."""
        return COLOURS[self.role]


SILENT = Stem("silent", "", False, [])


def recognise(engine: Engine, heard: TrackFeatures) -> Stem:
    """Say what a stem is from its tags alone: the likeliest of all instruments and voices."""
    found = [
        TagScore(tag.name, tag.group, float(score))
        for tag, score in zip(engine.vocabulary.tags, heard.tags, strict=True)
        if tag.group in ("instrument", "vocal") and tag.name != INSTRUMENTAL
    ]
    found.sort(key=lambda tag: (-tag.score, tag.name))
    best = found[0]
    if best.score < SURE:
        return Stem("unknown", "", False, found[:OTHERS])
    role = next((role for role, names in ROLES.items() if best.name in names), "melodic")
    return Stem(role, best.name, best.group == "vocal", found[: 1 + OTHERS])


def names_for(stems: Iterable[Stem]) -> list[str | None]:
    """Names for stems, in their order: the instrument, numbered where it comes more than once; None leaves a name."""
    stems = list(stems)
    often = Counter(stem.instrument for stem in stems)
    seen: Counter[str] = Counter()
    names: list[str | None] = []
    for stem in stems:
        seen[stem.instrument] += 1
        number = f" {seen[stem.instrument]}" if often[stem.instrument] > 1 else ""
        names.append(f"{stem.instrument.capitalize()}{number}" if stem.instrument else None)
    return names
