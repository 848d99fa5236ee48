"""`tags`: the tags themselves, shuffled and joined by commas (ViML, section 3.1, III)."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from models.systems.viml.synthesis.base import Synthesiser, Tag


class TagsSynthesiser(Synthesiser):
    """Concatenates the tags in random order, so that a model cannot depend on it."""

    kind = "tags"

    def _write(self, chosen: Sequence[Sequence[Tag]], rngs: Sequence[random.Random]) -> Iterator[tuple[int, str]]:
        for place, (tags, rng) in enumerate(zip(chosen, rngs, strict=True)):
            words = [tag.word for tag in tags]
            rng.shuffle(words)
            yield place, ", ".join(words)
