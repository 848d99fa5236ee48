"""Chords: roman numerals, progressions, scales and voice leading. Pitch classes 0..11, pitches in MIDI."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10)

# Scales of melodies, by the name a style gives: one for major keys, one for minor keys.
SCALES: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "diatonic": (MAJOR, MINOR),
    "pentatonic": ((0, 2, 4, 7, 9), (0, 3, 5, 7, 10)),
    "blues": ((0, 2, 3, 4, 7, 9), (0, 3, 5, 6, 7, 10)),
    "harmonic": (MAJOR, (0, 2, 3, 5, 7, 8, 11)),
    "modal": ((0, 2, 4, 5, 7, 9, 10), (0, 2, 3, 5, 7, 9, 10)),
    "phrygian": ((0, 1, 4, 5, 7, 8, 10), (0, 1, 3, 5, 7, 8, 10)),
    "lydian": ((0, 2, 4, 6, 7, 9, 11), (0, 2, 3, 6, 7, 8, 11)),
}

_NUMERALS = ("i", "ii", "iii", "iv", "v", "vi", "vii")
_SYMBOL = re.compile(r"^([b#]?)([IViv]+)(.*)$")
_QUALITIES: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    # suffix: intervals for an upper-case numeral, for a lower-case one
    "": ((0, 4, 7), (0, 3, 7)),
    "7": ((0, 4, 7, 10), (0, 3, 7, 10)),
    "maj7": ((0, 4, 7, 11), (0, 3, 7, 11)),
    "9": ((0, 4, 7, 10, 14), (0, 3, 7, 10, 14)),
    "maj9": ((0, 4, 7, 11, 14), (0, 3, 7, 11, 14)),
    "6": ((0, 4, 7, 9), (0, 3, 7, 9)),
    "add9": ((0, 4, 7, 14), (0, 3, 7, 14)),
    "sus4": ((0, 5, 7), (0, 5, 7)),
    "sus2": ((0, 2, 7), (0, 2, 7)),
    "5": ((0, 7), (0, 7)),
    "o": ((0, 3, 6), (0, 3, 6)),
    "o7": ((0, 3, 6, 9), (0, 3, 6, 9)),
    "ø7": ((0, 3, 6, 10), (0, 3, 6, 10)),
    "+": ((0, 4, 8), (0, 4, 8)),
}


@dataclass(frozen=True)
class Chord:
    """A chord: pitch class of its root, and intervals above it in semitones."""

    root: int
    intervals: tuple[int, ...]

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """Pitch classes, root first."""
        return tuple((self.root + step) % 12 for step in self.intervals)


@dataclass(frozen=True)
class Span:
    """A chord and where it holds, in steps from the start of the section."""

    start: int
    length: int
    chord: Chord


def parse(symbol: str, tonic: int, mode: str) -> Chord:
    """
    Read a roman numeral as 'ii7', 'bVII', 'V7', 'iiø7'.

    In a minor key the degrees are those of the natural minor scale: 'VI' is the flat sixth.
    """
    match = _SYMBOL.match(symbol)
    if match is None or match[2].lower() not in _NUMERALS or match[3] not in _QUALITIES:
        raise ValueError(f"chord {symbol!r}: not a roman numeral with a known quality")
    accidental, numeral, quality = match.groups()
    degree = (MAJOR if mode == "major" else MINOR)[_NUMERALS.index(numeral.lower())]
    shift = {"": 0, "b": -1, "#": 1}[accidental]
    return Chord((tonic + degree + shift) % 12, _QUALITIES[quality][0 if numeral.isupper() else 1])


def progression(text: str, tonic: int, mode: str, bars: int, bar_steps: int) -> list[Span]:
    """
    Lay a progression over a number of bars, repeating it.

    Parameters
    ----------
    text : str
        Bars separated by spaces, chords within a bar by commas: 'I vi ii,V I'.
    """
    written = text.split()
    spans = []
    for bar in range(bars):
        symbols = written[bar % len(written)].split(",")
        length = bar_steps // len(symbols)
        for place, symbol in enumerate(symbols):
            spans.append(Span(bar * bar_steps + place * length, length, parse(symbol, tonic, mode)))
    return spans


# Functional harmony: what may follow each chord, for progressions that are written on the spot.
_NEXT = {
    "major": {
        "I": ("IV", "vi", "ii", "V", "iii"),
        "ii": ("V", "V", "IV"),
        "iii": ("vi", "IV"),
        "IV": ("V", "I", "ii"),
        "V": ("I", "vi", "IV"),
        "vi": ("IV", "ii", "V", "iii"),
    },
    "minor": {
        "i": ("iv", "VI", "VII", "III", "v"),
        "iv": ("V", "i", "VII"),
        "v": ("VI", "i", "iv"),
        "VI": ("III", "VII", "iv", "V"),
        "VII": ("i", "III", "VI"),
        "III": ("VI", "VII", "iv"),
        "V": ("i", "VI"),
    },
}
_CADENCES = {
    "major": (("IV", "V"), ("ii", "V"), ("V", "I")),
    "minor": (("iv", "V"), ("VII", "i"), ("VI", "V")),
}


def write_progression(mode: str, rng: np.random.Generator) -> str:
    """Write a progression of four bars by functional harmony, ending on a cadence."""
    first = "I" if mode == "major" else "i"
    second = str(rng.choice(_NEXT[mode][first]))
    cadence = _CADENCES[mode][int(rng.integers(len(_CADENCES[mode])))]
    return " ".join((first, second, *cadence))


def chord_at(spans: Sequence[Span], step: float) -> Span:
    """Give the span that holds at `step`; the last one after the end."""
    for span in spans:
        if step < span.start + span.length:
            return span
    return spans[-1]


def voice(chord: Chord, low: int, high: int, previous: Sequence[int] | None, size: int = 4) -> list[int]:
    """
    Choose a voicing between two pitches that moves least from the previous one.

    Parameters
    ----------
    chord : Chord
        What to voice.
    low, high : int
        MIDI pitches, at least an octave apart.
    previous : sequence of int or None
        Voicing before.
    size : int
        Notes, at most.

    Returns
    -------
    list of int
        Ascending MIDI pitches.
    """
    classes = list(dict.fromkeys(chord.pitch_classes))
    if len(classes) > size:  # the fifth is what a full chord can miss
        classes = [classes[0], classes[1], *classes[3:]][:size]
    centre = float(np.mean(previous)) if previous else (low + high) / 2
    best: list[int] = []
    best_cost = np.inf
    for bottom in range(low, high - 4):
        if bottom % 12 not in classes:
            continue
        stack = [bottom]
        for pitch in range(bottom + 1, bottom + 13):
            if pitch % 12 in classes and pitch % 12 not in {p % 12 for p in stack}:
                stack.append(pitch)
        if stack[-1] > high:
            continue
        cost = abs(float(np.mean(stack)) - centre) + 0.15 * abs(float(np.mean(stack)) - (low + high) / 2)
        if previous:
            cost += 0.3 * sum(min(abs(p - q) for q in previous) for p in stack)
        if cost < best_cost:
            best, best_cost = stack, cost
    return best or [low + (chord.root - low) % 12]


def scale_pitches(scale: str, mode: str, tonic: int, chord: Chord, low: int, high: int) -> list[int]:
    """Give the pitches of the scale from low to high, bent where the chord has another form of a degree."""
    steps = SCALES[scale][0 if mode == "major" else 1]
    classes = {(tonic + step) % 12 for step in steps}
    tones = set(chord.pitch_classes[:4])
    for tone in tones - classes:  # the chord's raised or lowered degree takes the scale's place
        classes -= {(tone + 1) % 12, (tone - 1) % 12} - tones
    classes |= tones
    return [pitch for pitch in range(low, high + 1) if pitch % 12 in classes]
