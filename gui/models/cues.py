"""What a cue is made of before a host is asked: the request, how long it plays, and how it fades."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from gui.models.clips import MILLI
from plugin.errors import InputError, printable
from plugin.suggest.suggestion import Suggestion
from plugin.treatment import Treatment

Render = Callable[[Path, float, float, Path, Treatment], Any]
"""Writes the part of a track from start to end (seconds), treated, to a new file."""

NEUTRAL = Treatment()


@dataclass(frozen=True, slots=True)
class CueRequest:
    """Music to place.

    Attributes
    ----------
    track : Path
    start, end : float
        Seconds of the part that plays.
    duration : float or None
        Seconds of the whole track, where that is known.
    to_clip : bool
        Under a clip that is longer, play on past `end` as far as the track goes.
    treatment : Treatment
    title, artist : str
        For the timeline and the cue sheet.
    rendered : Path or None
        The part as a file of its own, treated, where the caller has it already.
    """

    track: Path
    start: float
    end: float
    duration: float | None = None
    to_clip: bool = True
    treatment: Treatment = NEUTRAL
    title: str = ""
    artist: str = ""
    rendered: Path | None = None

    @classmethod
    def of(cls, suggestion: Suggestion, treatment: Treatment | None = None) -> CueRequest:
        """The best part of a suggestion."""
        track = suggestion.track
        return cls(track.path, suggestion.start, suggestion.end, track.duration, True, treatment or NEUTRAL,
                   track.name, track.artist)  # fmt: skip

    @property
    def name(self) -> str:
        """What the cue is called."""
        return self.title or self.track.stem


@dataclass(frozen=True, slots=True)
class Workshop:
    """How cues are finished where the host cannot: who renders, into which folder, and fades (seconds) at cuts."""

    render: Render
    folder: Path
    fade_in: float
    fade_out: float


def exact(number: float) -> Fraction:
    """A number to the thousandth."""
    return Fraction(round(number * MILLI), MILLI)


def cue_length(request: CueRequest, room: Fraction | None) -> tuple[Fraction, bool]:
    """Seconds that the cue plays, and whether the music itself ends there."""
    tempo = exact(request.treatment.tempo)
    asked = (exact(request.end) - exact(request.start)) / tempo
    rest = None if request.duration is None else (exact(request.duration) - exact(request.start)) / tempo
    most = max(asked, rest or asked) if request.to_clip else asked
    length = asked if room is None else min(room, most)
    if length <= 0:
        raise InputError(f"{printable(request.track)}: nothing is left to play from {request.start:.1f} s on")
    return length, rest is not None and length >= rest


def faded(request: CueRequest, length: float, whole: bool, workshop: Workshop) -> Treatment:
    """The treatment with fades where the music is cut, and with no more fading than there is cue."""
    wanted = request.treatment
    fade_in = wanted.fade_in or (min(workshop.fade_in, length / 4) if request.start > 0 else 0.0)
    fade_out = wanted.fade_out or (0.0 if whole else min(workshop.fade_out, length / 4))
    fit = min(1.0, length / (fade_in + fade_out)) if fade_in + fade_out else 1.0
    # Rounded down, for fades that together are longer than the cue are refused.
    return replace(wanted, fade_in=int(fade_in * fit * MILLI) / MILLI, fade_out=int(fade_out * fit * MILLI) / MILLI)
