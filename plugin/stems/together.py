"""What only stems of one session together tell: who sings the lead, and what bleeds into what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from plugin.stems.levels import find_bleed, playing_level, sounding
from plugin.stems.stem import Stem

LEAD = 6.0
"""dB within which a voice is as loud as the loudest: there may be two leads."""
PRESENT = 0.5
"""Share of the lead's time for which a further lead sings at least."""


def compare(stems: Sequence[Stem]) -> list[Stem]:
    """Give the stems of one session, which begin together, with what comparing them adds."""
    bleeds = find_bleed([stem.levels for stem in stems])
    return [replace(stem, bleed=bleed) for stem, bleed in zip(tell_voices(stems), bleeds, strict=True)]


def tell_voices(stems: Sequence[Stem]) -> list[Stem]:
    """Tell lead from backing: voices much softer than the loudest, or that sing far less than the longest."""
    voices = [stem for stem in stems if stem.role == "vocal lead"]
    loudest = max((playing_level(stem.levels) for stem in voices), default=0.0)
    longest = max((_present(stem) for stem in voices), default=0)
    found = []
    for stem in stems:
        is_behind = playing_level(stem.levels) < loudest - LEAD or _present(stem) < PRESENT * longest
        found.append(replace(stem, role="vocal backing") if stem.role == "vocal lead" and is_behind else stem)
    return found


def _present(stem: Stem) -> int:
    return int(np.count_nonzero(sounding(stem.levels)))
