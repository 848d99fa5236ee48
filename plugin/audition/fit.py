"""Music that is as long as the picture: where a part may end, and how much faster or slower it plays."""

from __future__ import annotations

from dataclasses import dataclass

from plugin.errors import InputError

TEMPI = (0.9, 1.1)
"""Changes of tempo that listeners take for the music's own."""
UNHEARD = (0.96, 1.04)
"""Changes of tempo that are worth ending with a whole phrase."""
BEATS_A_BAR, BARS = 4, 4


@dataclass(frozen=True, slots=True)
class Fit:
    """A tempo for a part.

    Attributes
    ----------
    tempo : float
        Speed at the same pitch, within the limits.
    length : float
        Seconds that the part then plays.
    fits : bool
        Whether that is the clip's length; else the limits are in the way.
    """

    tempo: float
    length: float
    fits: bool


def tempo_to_fit(part_length: float, clip_length: float, limits: tuple[float, float] = TEMPI) -> Fit:
    """Give the tempo at which a part is as long as a clip, or as near to that as the limits allow.

    Parameters
    ----------
    part_length, clip_length : float
        Seconds.
    limits : tuple of float
        Slowest and fastest.

    Raises
    ------
    InputError
        A length is not positive.
    """
    if not (part_length > 0 and clip_length > 0):
        raise InputError(f"nothing to fit: the part is {part_length:g} s long, the clip {clip_length:g} s")
    wanted = part_length / clip_length
    tempo = min(max(wanted, limits[0]), limits[1])
    return Fit(tempo, part_length / tempo, tempo == wanted)


def fitting_end(
    start: float, clip_length: float, beats_a_minute: float | None, duration: float | None,
    limits: tuple[float, float] = TEMPI,
) -> float:  # fmt: skip
    """Give where a part should end to fit a clip by a change of tempo.

    The track's own end, if the limits allow; else the end of a phrase of four bars, if the tempo hardly changes for
    it, or of a bar, of four beats each; else what is just as long as the clip.

    Parameters
    ----------
    start : float
        Where the part begins, in seconds.
    clip_length : float
        Seconds.
    beats_a_minute, duration : float or None
        Tempo and length of the track, in seconds.
    """

    def reaches(length: float, limits: tuple[float, float]) -> bool:
        return tempo_to_fit(length, clip_length, limits).fits and (duration is None or start + length <= duration)

    if duration is not None and duration > start and reaches(duration - start, limits):
        return duration
    bar = BEATS_A_BAR * 60 / beats_a_minute if beats_a_minute else 0.0
    for unit, within in ((BARS * bar, UNHEARD), (bar, limits)):
        if unit and round(clip_length / unit) and reaches(length := round(clip_length / unit) * unit, within):
            return start + length
    return start + clip_length if duration is None else min(start + clip_length, duration)
