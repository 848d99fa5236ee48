"""What is heard of a suggestion: the part, what is done to it, and in words what it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gui.models.cues import CueRequest
from gui.models.settings import Settings
from plugin.audition import Fit, fitting_end, matching_gain, tempo_to_fit
from plugin.library.records import Track
from plugin.suggest.suggestion import Suggestion
from plugin.treatment import GAIN_DB, NEUTRAL, Treatment

SHORTEST = 0.1
"""Seconds of a part."""
CLOSE = 0.01
"""Seconds that are nothing: lengths in files' headers and decoded ones differ by as much."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A part of a track and what is done to it.

    Parameters
    ----------
    track : Track
    start, end : float
        Seconds of the track.
    treatment : Treatment
    """

    track: Track
    start: float
    end: float
    treatment: Treatment = NEUTRAL

    @property
    def length(self) -> float:
        """Seconds that it plays."""
        return (self.end - self.start) / self.treatment.tempo

    @property
    def is_original(self) -> bool:
        """Whether it is the whole track with nothing done to it, so that the track's own file is the cue."""
        whole = self.track.duration is not None and self.start <= CLOSE and self.end >= self.track.duration - CLOSE
        return whole and self.treatment == NEUTRAL

    def at(self, position: float) -> float:
        """Give the second of the track that is heard at a second of the cue."""
        return self.start + position * self.treatment.tempo

    def position(self, at: float) -> float:
        """Give the second of the cue at which a second of the track is heard; 0 where it is not in the part."""
        return (at - self.start) / self.treatment.tempo if self.start <= at < self.end else 0.0

    def runs_like(self, other: Cue) -> bool:
        """Whether at any moment the same second of the same track is heard in both."""
        places = [(cue.track.path, cue.start, cue.end, cue.treatment.tempo) for cue in (self, other)]
        return places[0] == places[1]

    def request(self, *, to_clip: bool) -> CueRequest:
        """Give what to place; under a longer clip it may play on past its end."""
        track = self.track
        return CueRequest(track.path, self.start, self.end, track.duration, to_clip, self.treatment, track.name,
                          track.artist)  # fmt: skip


class Audition:
    """The suggestion that is listened to, and the user's wishes for it.

    Level and the ways to fit stay from one suggestion to the next; tone, fades and the part do not.

    Attributes
    ----------
    suggestion : Suggestion or None
    clip_length : float or None
        Seconds of the clip that the music is for.
    gain_db : float
        On top of the match of loudness.
    low_db, mid_db, high_db : float
    fade_in, fade_out : float or None
        Seconds; None takes those of the settings.
    as_long_as_clip, fit_tempo, loop : bool
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.suggestion: Suggestion | None = None
        self.clip_length: float | None = None
        self.gain_db = 0.0
        self.as_long_as_clip, self.fit_tempo, self.loop = True, False, True
        self._start = 0.0
        self.low_db = self.mid_db = self.high_db = 0.0
        self.fade_in: float | None = None
        self.fade_out: float | None = None

    def load(self, suggestion: Suggestion | None, clip_length: float | None) -> None:
        """Take another suggestion, or the same one for another clip."""
        again, self.suggestion = _place(suggestion) == _place(self.suggestion), suggestion
        self.clip_length = clip_length if clip_length and clip_length >= SHORTEST else None
        if suggestion is not None and not again:
            self._start = suggestion.start
            self.reset()

    def move_to(self, start: float) -> None:
        """Let the part begin elsewhere, as far as the track allows."""
        length = self.part[1] - self.part[0]
        last = max(0.0, self.duration - length)
        self._start = min(max(0.0, start), last)

    @property
    def duration(self) -> float:
        """Seconds of the track; as far as the part goes where that is not known."""
        found = self.suggestion
        if found is None:
            return 0.0
        return found.track.duration or max(found.end, self._start + (self.clip_length or 0.0))

    @property
    def part(self) -> tuple[float, float]:
        """Where the part begins and ends, in seconds of the track."""
        found = self.suggestion
        if found is None:
            return 0.0, 0.0
        length = found.end - found.start
        if self.clip_length and self.as_long_as_clip:
            if self.fit_tempo:
                return self._start, fitting_end(self._start, self.clip_length, found.track.tempo, self.duration)
            length = self.clip_length
        return self._start, max(min(self._start + length, self.duration), self._start + SHORTEST)

    @property
    def fit(self) -> Fit | None:
        """How the tempo changes; None where it shall not, or there is no clip to fit."""
        if not (self.fit_tempo and self.as_long_as_clip and self.clip_length and self.suggestion):
            return None
        start, end = self.part
        return tempo_to_fit(max(end - start, SHORTEST), self.clip_length)

    @property
    def match_db(self) -> float:
        """The change of level that brings the track to the loudness of all."""
        if self.suggestion is None or not self.settings.match_loudness:
            return 0.0
        track = self.suggestion.track
        return matching_gain(track.loudness, track.peak, self.settings.loudness)

    def cue(self) -> Cue | None:
        """Give what is heard, and would be placed."""
        if self.suggestion is None:
            return None
        start, end = self.part
        fit = self.fit
        treatment = Treatment(
            gain_db=min(max(round(self.match_db + self.gain_db, 2), GAIN_DB[0]), GAIN_DB[1]),
            low_db=self.low_db,
            mid_db=self.mid_db,
            high_db=self.high_db,
            tempo=1.0 if fit is None else fit.tempo,
        )
        cue = Cue(self.suggestion.track, start, end, treatment)
        fade_in, fade_out = self._fades(cue)
        return replace(cue, treatment=replace(treatment, fade_in=fade_in, fade_out=fade_out))

    def from_here(self, at: float) -> Cue | None:
        """Give the rest of the track from a second of it on, as the part sounds, to hear what is around the part."""
        cue = self.cue()
        if cue is None or at >= self.duration:
            return None
        return replace(cue, start=at, end=self.duration, treatment=replace(cue.treatment, fade_in=0.0, fade_out=0.0))

    def default_fades(self) -> tuple[float, float]:
        """Give the fades of the settings, where the part begins and ends inside the track."""
        start, end = self.part
        return (
            self.settings.fade_in if start > CLOSE else 0.0,
            self.settings.fade_out if end < self.duration - CLOSE else 0.0,
        )

    def shown_fades(self) -> tuple[float, float]:
        """Give the user's fades, or those of the settings where the user has none."""
        default = self.default_fades()
        fade_in, fade_out = self.fade_in, self.fade_out
        return default[0] if fade_in is None else fade_in, default[1] if fade_out is None else fade_out

    def _fades(self, cue: Cue) -> tuple[float, float]:
        """Fades that do not overlap."""
        fade_in, fade_out = self.shown_fades()
        share = min(1.0, cue.length / (fade_in + fade_out)) if fade_in + fade_out else 1.0
        return round(fade_in * share, 3), round(fade_out * share, 3)

    def reset(self) -> None:
        """Take the wishes for tone and fades back."""
        self.low_db = self.mid_db = self.high_db = 0.0
        self.fade_in = self.fade_out = None


def _place(suggestion: Suggestion | None) -> tuple[object, ...] | None:
    return None if suggestion is None else (suggestion.track.path, suggestion.start, suggestion.end)
