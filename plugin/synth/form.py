"""Form: the sections of a piece and how strong each is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Section:
    """
    A section.

    Attributes
    ----------
    letter : str
        Sections of one letter share chords and melody.
    kind : str
        'intro', 'body' or 'outro'.
    bars : int
        Length.
    energy : float
        0 to 1; decides which parts play and how loud.
    visit : int
        How often the letter was heard before.
    """

    letter: str
    kind: str
    bars: int
    energy: float
    visit: int


_BODIES = ("ABABCB", "AABABB", "ABACAB", "AABBAC", "ABCABC")


def sections(bars: int, arc: str, rng: np.random.Generator) -> list[Section]:
    """
    Divide `bars` bars into intro, body and outro.

    Parameters
    ----------
    bars : int
        Total, at least 1.
    arc : str
        'song' (chorus louder than verse), 'build' (rises), 'flat' or 'wave' (swells and falls).
    """
    intro = 4 if bars >= 20 else 2 if bars >= 8 else 0
    outro = 4 if bars >= 24 else 2 if bars >= 10 else 0
    body = bars - intro - outro
    phrase = 8 if body >= 32 else 4 if body >= 8 else max(1, body // 2)
    letters = str(rng.choice(_BODIES))
    lengths = [phrase] * (body // phrase)
    if body % phrase:
        lengths[-1:] = [lengths[-1] + body % phrase] if lengths else [body % phrase]
    plan = [("A", "intro", intro)] if intro else []
    plan += [(letters[n % len(letters)], "body", length) for n, length in enumerate(lengths)]
    plan += [("A", "outro", outro)] if outro else []
    visits: dict[str, int] = {}
    result = []
    for place, (letter, kind, length) in enumerate(plan):
        where = place / max(1, len(plan) - 1)
        energy = _energy(arc, kind, letter, where) + float(rng.normal(0.0, 0.04))
        result.append(Section(letter, kind, length, float(np.clip(energy, 0.05, 1.0)), visits.get(letter, 0)))
        visits[letter] = visits.get(letter, 0) + 1
    return result


def _energy(arc: str, kind: str, letter: str, where: float) -> float:
    if kind != "body":
        return {"flat": 0.55, "build": 0.2, "song": 0.33, "wave": 0.25}[arc]
    if arc == "song":
        return {"A": 0.6, "B": 0.88, "C": 0.48}[letter] + 0.08 * where
    if arc == "build":
        return 0.35 + 0.65 * where
    if arc == "wave":
        return 0.4 + 0.45 * float(np.sin(np.pi * where))
    return 0.75
