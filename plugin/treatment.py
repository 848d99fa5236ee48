"""What is done to a track's sound before it is heard or placed: level, tone, tempo, fades."""

from __future__ import annotations

from dataclasses import dataclass

from plugin.errors import InputError

GAIN_DB = (-60.0, 24.0)
TONE_DB = (-18.0, 18.0)
STRETCH = (0.5, 2.0)


@dataclass(frozen=True, slots=True)
class Treatment:
    """A chain of effects with its settings; neutral by default.

    Parameters
    ----------
    gain_db : float
        Change of level.
    low_db, mid_db, high_db : float
        Equaliser: a shelf below 200 Hz, a bell around 1 kHz, a shelf above 5 kHz.
    fade_in, fade_out : float
        Seconds of what is heard, after the change of tempo.
    tempo : float
        Speed at the same pitch: 1.1 plays a tenth faster, and is that much shorter.

    Raises
    ------
    InputError
        A value is out of its range.
    """

    gain_db: float = 0.0
    low_db: float = 0.0
    mid_db: float = 0.0
    high_db: float = 0.0
    fade_in: float = 0.0
    fade_out: float = 0.0
    tempo: float = 1.0

    def __post_init__(self) -> None:
        for name, unit, (low, high) in (
            ("gain_db", " dB", GAIN_DB), ("low_db", " dB", TONE_DB), ("mid_db", " dB", TONE_DB),
            ("high_db", " dB", TONE_DB), ("tempo", "", STRETCH), ("fade_in", " s", (0.0, 600.0)),
            ("fade_out", " s", (0.0, 600.0)),
        ):  # fmt: skip
            value = getattr(self, name)
            if not low <= value <= high:
                raise InputError(f"{name} {value:g}{unit} is out of range: choose {low:g} to {high:g}{unit}")

    @property
    def is_plain(self) -> bool:
        """Whether every editor can do it itself: only level and fades, no tone, no tempo."""
        return self.tempo == 1.0 and not (self.low_db or self.mid_db or self.high_db)


NEUTRAL = Treatment()
"""Nothing is done."""
