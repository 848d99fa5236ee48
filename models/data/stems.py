"""Solo stems: one part of an arrangement, played by any General MIDI program within its range."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np

from plugin.errors import InputError
from plugin.synth import gm
from plugin.synth.arranger import arrange
from plugin.synth.score import Part, Score
from plugin.synth.styles import STYLES

RANGES: tuple[tuple[int, int, int], ...] = (
    (7, 36, 96), (15, 55, 96), (23, 40, 88), (31, 40, 84), (39, 28, 55), (40, 55, 93), (41, 48, 84), (42, 36, 72),
    (43, 28, 55), (46, 40, 90), (47, 38, 57), (55, 40, 88), (56, 54, 84), (57, 40, 70), (58, 28, 55), (63, 42, 79),
    (65, 53, 84), (66, 46, 75), (67, 36, 67), (69, 56, 88), (70, 34, 70), (71, 50, 88), (72, 74, 100), (79, 60, 93),
    (103, 40, 88), (111, 50, 84), (119, 48, 84),
)  # fmt: skip
"""Last program of a run, lowest and highest pitch that it usually plays."""
MELODIC = frozenset({*range(40, 44), *range(56, 80), *range(109, 112)})
"""Bowed and blown: they play melodies; the others chords as well."""


def usual_range(program: int) -> tuple[int, int]:
    """Lowest and highest MIDI pitch that a General MIDI program (0 to 119) usually plays."""
    return next((low, high) for last, low, high in RANGES if program <= last)


def into_range(notes: np.ndarray, program: int) -> np.ndarray:
    """Move a part [n, 4] by whole octaves so that its middle is the range's, and fold what still sticks out."""
    low, high = usual_range(program)
    moved = notes.copy()
    moved[:, 2] += 12 * round(((low + high) / 2 - float(np.median(notes[:, 2]))) / 12)
    while (below := moved[:, 2] < low).any():
        moved[below, 2] += 12
    while (above := moved[:, 2] > high).any():
        moved[above, 2] -= 12
    return moved


def melodic_stem(program: int, rng: random.Random, seconds: float) -> Score:
    """A score of one part on `program`, taken from an arrangement in a random style."""
    for _ in range(60):
        score = arrange(rng.choice(list(STYLES)), rng.randrange(10_000), seconds)
        pool = [p for p in score.parts if not p.is_drum and len(p.notes) >= 8]
        if program in MELODIC:
            pool = [p for p in pool if p.role in ("lead", "counter", "bass")]
        elif 32 <= program <= 39:
            pool = [p for p in pool if p.role == "bass"]
        if not pool:
            continue
        part = rng.choice(pool)
        played = replace(part, program=program, instrument=gm.words(program), notes=into_range(part.notes, program),
                         gain=0.9, pan=0.0)  # fmt: skip
        return replace(score, parts=(played,))
    raise InputError(f"no style has a part for program {program}: add one with a melody")


def drum_stem(kit: int, rng: random.Random, seconds: float) -> Score:
    """A score of the drums alone, played on `kit`."""
    for _ in range(60):
        score = arrange(rng.choice(list(STYLES)), rng.randrange(10_000), seconds)
        drums = [p for p in score.parts if p.is_drum and len(p.notes) >= 16]
        if drums:
            return replace(score, parts=tuple(_on_kit(part, kit) for part in drums))
    raise InputError(f"no style has drums for kit {kit}: add one")


def _on_kit(part: Part, kit: int) -> Part:
    keys = np.unique(part.notes[:, 2]).astype(int)
    words = tuple(dict.fromkeys(word for key in keys for word in gm.drum_words(kit, int(key))))
    return replace(part, program=kit, instrument=words)
