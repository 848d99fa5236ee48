"""Moods of a piece: those of its style, moved by the tempo, mode and dynamics that were drawn."""

from __future__ import annotations

from plugin.synth.styles import Style

_BRIGHT = ("happy", "cheerful", "uplifting", "triumphant", "hopeful")
_DARK = ("sad", "melancholic", "dark", "scary")


def moods(style: Style, tempo: float, mode: str, dynamics: float) -> list[str]:
    """
    Give the mood words of a piece.

    Parameters
    ----------
    style : Style
        Gives the words that always hold and those of each mode.
    tempo : float
        Beats per minute.
    mode : str
        'major' or 'minor'.
    dynamics : float
        Difference in dB between the loud and the soft seconds.
    """
    words = [*style.mood, *(style.mood_major if mode == "major" else style.mood_minor)]
    low, high = style.tempo
    pace = (tempo - low) / (high - low) if high > low else 0.5
    unwanted = _DARK if mode == "major" else _BRIGHT
    # A style that is dark or bright by nature stays so in either mode.
    words = [word for word in words if word not in unwanted or word in style.mood]
    if pace > 0.66 and style.energy > 0.55:
        words.append("energetic")
    if pace < 0.34 and style.energy < 0.4:
        words.append("calm")
    if mode == "minor" and pace < 0.34 and style.energy < 0.5 and not set(words) & set(_BRIGHT):
        words.append("melancholic")
    if mode == "major" and pace > 0.66 and 0.3 < style.energy < 0.85 and not set(words) & set(_DARK):
        words.append("happy")
    if dynamics > 12.0 and style.energy > 0.6 and "orchestral" in style.genre:
        words.append("dramatic")
    return list(dict.fromkeys(words))
