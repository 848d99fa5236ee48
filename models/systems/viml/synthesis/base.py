"""What the three ways to write texts from tags have in common (ViML, section 3.1: the generator G)."""

from __future__ import annotations

import hashlib
import json
import random
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from models.systems.viml.synthesis.cache import TextCache
from models.systems.viml.synthesis.settings import SynthesisSettings

Tagged = tuple[Mapping[str, float], Mapping[str, str]]
"""Tags with confidences 0..1, and the group of each (genre, mood, instrument, ...)."""


@dataclass(frozen=True)
class Tag:
    """A tag of a track.

    Attributes
    ----------
    word : str
        In lower case.
    confidence : float
        0..1.
    group : str
        Its group; empty where it has none.
    """

    word: str
    confidence: float
    group: str


def select(tags: Mapping[str, float], groups: Mapping[str, str], threshold: float, most: int) -> tuple[Tag, ...]:
    """Take the confident tags, the most confident first; equal ones by the alphabet."""
    best: dict[str, Tag] = {}
    for name, confidence in tags.items():
        word = " ".join(name.replace("_", " ").lower().split())
        if not word or not confidence >= threshold:
            continue
        if word not in best or confidence > best[word].confidence:
            best[word] = Tag(word, float(confidence), groups.get(name, ""))
    return tuple(sorted(best.values(), key=lambda tag: (-tag.confidence, tag.word))[:most])


class Synthesiser(ABC):
    """Writes texts about music from tags.

    Every example gets a random generator of its own, so its text depends neither on the others nor on batches.

    Attributes
    ----------
    counts : Counter
        What became of the examples: `texts`, `without tags`, `cached`, and what a kind counts beside them.
    """

    kind: ClassVar[str]

    def __init__(self, settings: SynthesisSettings):
        self.settings = settings
        self.counts: Counter[str] = Counter()
        self._cache = None if settings.cache is None else TextCache(settings.cache)

    def __call__(self, tags: Mapping[str, float], groups: Mapping[str, str], rng: random.Random) -> str:
        """Write one text; empty where no tag is confident."""
        return self.many([(tags, groups)], rng)[0]

    def many(
        self, items: Sequence[Tagged], rng: random.Random, progress: Callable[[int], object] | None = None
    ) -> list[str]:
        """Write texts of many examples together.

        Parameters
        ----------
        items : sequence of Tagged
            The examples.
        rng : Random
            Decides all that is random; equal states give equal texts.
        progress : callable, optional
            Told how many more are done, as they are.

        Returns
        -------
        list of str
            A text each; empty where no tag is confident.
        """
        texts = [""] * len(items)
        for place, text in self.stream(items, [rng.getrandbits(64) for _ in items]):
            texts[place] = text
            if progress:
                progress(1)
        return texts

    def stream(self, items: Sequence[Tagged], seeds: Sequence[int]) -> Iterator[tuple[int, str]]:
        """Yield (place, text) of the examples as they get done; an example's text depends on its own seed only."""
        chosen = [select(tags, groups, self.settings.threshold, self.settings.most) for tags, groups in items]
        keys = [self._key(tags, seed) for tags, seed in zip(chosen, seeds, strict=True)]
        left = []
        for place, tags in enumerate(chosen):
            kept = self._cache.get(keys[place]) if self._cache is not None and tags else None
            if tags and kept is None:
                left.append(place)
            else:
                self.counts["texts"] += 1
                self.counts["cached" if tags else "without tags"] += 1
                yield place, kept or ""
        for i, text in self._write([chosen[i] for i in left], [random.Random(seeds[i]) for i in left]):
            if self._cache is not None:
                self._cache.add(keys[left[i]], text)
            self.counts["texts"] += 1
            yield left[i], text

    @abstractmethod
    def _write(self, chosen: Sequence[Sequence[Tag]], rngs: Sequence[random.Random]) -> Iterator[tuple[int, str]]:
        """Yield (place, text) in any order, as they get done; there is at least one tag in each."""

    def _sources(self) -> tuple[Path, ...]:
        """Files whose content decides the texts."""
        return ()

    @cached_property
    def fingerprint(self) -> str:
        """Hash of all that decides a text beside its tags and its seed."""
        own = {"cache", "batch", "device"}
        options = self.settings.model_dump(mode="json", exclude={**dict.fromkeys(own, True), "fallback": own})
        hashed = hashlib.sha256(json.dumps([self.kind, options], sort_keys=True).encode())
        for path in self._sources():
            hashed.update(path.read_bytes())
        return hashed.hexdigest()[:16]

    def _key(self, tags: Sequence[Tag], seed: int) -> str:
        parts = [self.fingerprint, [astuple(tag) for tag in tags], seed]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
