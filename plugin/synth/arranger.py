"""Arrange a piece in a style: draw its tempo and key, and have its parts written."""

from __future__ import annotations

from plugin.errors import InputError
from plugin.synth.score import Score
from plugin.synth.styles import STYLES
from plugin.synth.writer import Writer, random_for

SHORTEST = 5.0  # seconds


def arrange(
    style: str,
    seed: int,
    seconds: float,
    *,
    tempo: float | None = None,
    tonic: int | None = None,
    mode: str | None = None,
    guests: bool = False,
) -> Score:
    """
    Write a piece.

    Parameters
    ----------
    style : str
        Key of `STYLES`.
    seed : int
        The same seed gives the same piece.
    seconds : float
        Length of the piece, at least 5.
    tempo : float, optional
        Beats per minute, 20 to 400; drawn from the style's range if not given.
    tonic : int, optional
        Pitch class 0 (C) to 11 (B); drawn if not given.
    mode : str, optional
        'major' or 'minor'; drawn if not given.
    guests : bool
        Let instruments that are foreign to the style take melodies now and then, so that no instrument
        stands for a genre.

    Returns
    -------
    Score
        Notes and truth.

    Raises
    ------
    InputError
        For an unknown style, or a value out of range.
    """
    if style not in STYLES:
        raise InputError(f"style {style!r} is unknown: choose one of {', '.join(STYLES)}")
    if not seconds >= SHORTEST:
        raise InputError(f"length {seconds:g} s is too short: a piece needs {SHORTEST:g} s or more")
    if tonic is not None and not 0 <= tonic <= 11:
        raise InputError(f"tonic {tonic} is not a pitch class: give 0 (C) to 11 (B)")
    if mode not in (None, "major", "minor"):
        raise InputError(f"mode {mode!r} is neither 'major' nor 'minor'")
    if tempo is not None and not 20.0 <= tempo <= 400.0:
        raise InputError(f"tempo {tempo:g} BPM is out of range: give 20 to 400")
    rules = STYLES[style]
    rng = random_for(style, seed, "piece")
    drawn_tempo = round(float(rng.uniform(*rules.tempo)), 1)
    drawn_tonic = int(rng.integers(12))
    drawn_mode = "minor" if rng.random() < rules.minor else "major"
    tempo = drawn_tempo if tempo is None else tempo
    tonic = drawn_tonic if tonic is None else tonic
    writer = Writer(rules, seed, seconds, tempo, tonic, mode or drawn_mode)
    return Score(style, tempo, tonic, writer.mode, rules.meter, tuple(writer.parts(guests)), seconds)
