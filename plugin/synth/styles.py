"""
Musical styles, read from the tables in `data/`.

Times in tables are in steps: a sixteenth note, so 16 steps a bar in 4/4 and 12 in 3/4 and 6/8.
Patterns are strings with one character a step; `-` holds the note before, `.` is a rest, and:

- chords: `x` chord, `X` accented, `o` soft, `l` lowest note alone, `h` all but the lowest;
- bass: `1 3 5 7 8` degree of the chord (8 the octave), `b` a semitone below the next root;
- arpeggio: `0` to `9` tone of the chord, counted upwards over the octaves;
- drums: `X` accent, `x` normal, `o` ghost.

A pattern that starts with `@` names a generator of `patterns.py` or `melody.py`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
METERS = {"4/4": (16, 4), "3/4": (12, 4), "6/8": (12, 6)}  # steps a bar, steps a beat
ROLES = ("drums", "percussion", "bass", "chords", "arpeggio", "pad", "lead", "counter", "drone")


@dataclass(frozen=True)
class PartStyle:
    """
    How one part of a style plays.

    Attributes
    ----------
    role : str
        One of `ROLES`.
    programs : tuple of int
        General MIDI programs (or kits) to draw from.
    patterns : tuple of str
        To draw from, once per section letter; for drums, names of grooves.
    low, high : int
        Range in MIDI pitches.
    density : float
        How busy a melody is, 0 to 1.
    gain, pan : float
        Place in the mix.
    chance : float
        Probability that a piece has this part.
    enter : float
        Section energy 0..1 from which the part plays.
    strum : float
        Seconds from the lowest to the highest note of a chord.
    gate : float
        Part of the written length that sounds.
    """

    role: str
    programs: tuple[int, ...]
    patterns: tuple[str, ...] = ("@hold",)
    low: int = 48
    high: int = 72
    density: float = 0.5
    gain: float = 0.8
    pan: float = 0.0
    chance: float = 1.0
    enter: float = 0.0
    strum: float = 0.0
    gate: float = 0.95


@dataclass(frozen=True)
class Style:
    """
    A style: truth words and how it is played.

    Attributes
    ----------
    genre, mood, mood_major, mood_minor : tuple of str
        Vocabulary words; the last two hold in that mode only.
    tempo : tuple of float
        Lowest and highest BPM.
    minor : float
        Probability of the minor mode.
    meter : str
        Key of `METERS`.
    energy : float
        0 calm to 1 wild.
    swing : tuple of float
        Range of the first note's share of a pair, 0.5 straight to 0.67 triplets.
    swing_steps : int
        2 swings eighths, 1 sixteenths.
    loose : float
        Standard deviation of onsets in seconds; 0 for machines.
    scale : str
        Key of `harmony.SCALES`.
    progressions : mapping of str to tuple of str
        By mode.
    functional : float
        Probability that a section's progression is written by functional harmony instead.
    arc : str
        'song', 'build', 'flat' or 'wave'.
    mix : str
        One of `plugin.synth.mix.MIXES`.
    parts : tuple of PartStyle
        In order of importance.
    """

    name: str
    genre: tuple[str, ...]
    mood: tuple[str, ...]
    tempo: tuple[float, float]
    parts: tuple[PartStyle, ...]
    progressions: Mapping[str, tuple[str, ...]]
    mood_major: tuple[str, ...] = ()
    mood_minor: tuple[str, ...] = ()
    minor: float = 0.5
    meter: str = "4/4"
    energy: float = 0.5
    swing: tuple[float, float] = (0.5, 0.5)
    swing_steps: int = 2
    loose: float = 0.008
    scale: str = "diatonic"
    functional: float = 0.0
    arc: str = "song"
    mix: str = "room"


@dataclass(frozen=True)
class Groove:
    """Drum patterns by piece: variations of the beat, and one fill, each of `steps` steps."""

    beats: tuple[Mapping[str, str], ...]
    fill: Mapping[str, str] = field(default_factory=dict)


_ROLE_DEFAULTS: dict[str, dict[str, Any]] = {
    "drums": {"enter": 0.4, "low": 0, "high": 127},
    "percussion": {"enter": 0.5, "low": 0, "high": 127, "gain": 0.6},
    "bass": {"enter": 0.3, "low": 28, "high": 50},
    "chords": {"low": 52, "high": 74, "gain": 0.65},
    "arpeggio": {"low": 55, "high": 84, "gain": 0.6, "enter": 0.2},
    "pad": {"low": 50, "high": 74, "gain": 0.55},
    "lead": {"low": 62, "high": 86, "enter": 0.35, "patterns": ["@melody"], "gain": 0.9},
    "counter": {"low": 55, "high": 76, "enter": 0.65, "patterns": ["@counter"], "gain": 0.6},
    "drone": {"low": 36, "high": 60, "patterns": ["@drone"], "gain": 0.6},
}


def _read(name: str) -> dict[str, Any]:
    with (DATA / name).open("rb") as stream:
        return tomllib.load(stream)


def _part(style: str, table: dict[str, Any]) -> PartStyle:
    role = table.get("role")
    if role not in _ROLE_DEFAULTS:
        raise ValueError(f"style {style}: role {role!r} is not one of {', '.join(ROLES)}")
    merged = {**_ROLE_DEFAULTS[role], **table}
    for key in ("programs", "patterns"):
        if key in merged:
            merged[key] = tuple(merged[key])
    return PartStyle(**merged)


def _style(name: str, table: dict[str, Any], harmony: dict[str, Any]) -> Style:
    table = dict(table)
    pool = harmony[table.pop("harmony")]
    parts = tuple(_part(name, part) for part in table.pop("parts"))
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
    progressions = {mode: tuple(pool[mode]) for mode in ("major", "minor")}
    return Style(name=name, parts=parts, progressions=progressions, **values)


def _load() -> dict[str, Style]:
    harmony = _read("harmony.toml")
    return {
        name: _style(name, table, harmony)
        for path in sorted(DATA.glob("styles-*.toml"))
        for name, table in _read(path.name).items()
    }


@cache
def grooves() -> dict[str, Groove]:
    """Read the drum grooves by name."""
    return {name: Groove(tuple(table["beats"]), table.get("fill", {})) for name, table in _read("grooves.toml").items()}


STYLES: dict[str, Style] = _load()
