"""Names of musical keys as people write them."""

from __future__ import annotations

import re

from plugin.errors import InputError

PITCH_CLASSES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
ACCIDENTALS = {"": 0, "#": 1, "♯": 1, "sharp": 1, "b": -1, "♭": -1, "flat": -1}
MODES = {
    "": "major",
    "M": "major",
    "maj": "major",
    "major": "major",
    "m": "minor",
    "min": "minor",
    "minor": "minor",
}

_KEY = re.compile(r"\s*([A-Ga-g])[\s-]*(#|♯|b|♭|sharp|flat|)[\s-]*([A-Za-z]*)\s*")


def same_keys(text: str) -> tuple[str, ...]:
    """Give every spelling of a key, as the store may hold it.

    Parameters
    ----------
    text : str
        Such as ``"A minor"``, ``"Am"``, ``"Amin"``, ``"F# major"``, ``"Bb"``.

    Returns
    -------
    tuple of str
        All enharmonic names: ``("A# major", "Bb major")`` for ``"Bb"``.

    Raises
    ------
    InputError
        The text names no key.
    """
    match = _KEY.fullmatch(text)
    mode = _mode(match.group(3)) if match else None
    if match is None or mode is None:
        raise InputError(f"'{text}' is not a key: write it as 'A minor', 'Am', 'F# major' or 'Bb'")
    pitch = (PITCH_CLASSES[match.group(1).upper()] + ACCIDENTALS[match.group(2)]) % 12
    names = (
        letter + sign
        for letter, natural in sorted(PITCH_CLASSES.items())
        for sign, shift in (("", 0), ("#", 1), ("b", -1))
        if (natural + shift) % 12 == pitch
    )
    return tuple(f"{name} {mode}" for name in names)


def _mode(word: str) -> str | None:
    return MODES.get(word) or MODES.get(word.lower())
