"""`data2text`: template sentences, put in order, joined and compressed (ViML, section 3.1, II)."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from models.systems.viml.synthesis.aggregation import Aggregator, Blocks, ConjunctionRules, NeuralAggregation
from models.systems.viml.synthesis.base import Synthesiser, Tag
from models.systems.viml.synthesis.compression import Compressor, NeuralCompression, SubjectRules
from models.systems.viml.synthesis.mentions import Mentions
from models.systems.viml.synthesis.ordering import NeuralOrder, Orderer, SalienceOrder
from models.systems.viml.synthesis.settings import Data2TextSettings
from models.systems.viml.synthesis.templates import FILE, facts, read_groups


class Data2TextSynthesiser(Synthesiser):
    """Tells the tags of each group in a template sentence and makes a paragraph of the sentences.

    Every step is a checkpoint or rules, as the settings say. What a compression model writes must still name `keep` of
    the tags, or the rules' paragraph stands; `counts` has both as `compressed` and `replaced`.
    """

    kind = "data2text"
    settings: Data2TextSettings

    def __init__(self, settings: Data2TextSettings):
        super().__init__(settings)
        self.groups = read_groups(settings.templates or FILE)
        device, batch = settings.device, settings.batch
        self.order: Orderer = SalienceOrder(self.groups)
        self.aggregate: Aggregator = ConjunctionRules(self.groups)
        self.rules = SubjectRules()
        self.compress: Compressor | None = None
        if settings.ordering is not None:
            self.order = NeuralOrder(settings.ordering, device, batch)
        if settings.aggregation is not None:
            self.aggregate = NeuralAggregation(settings.aggregation, device, batch)
        if settings.compression is not None:
            self.compress = NeuralCompression(
                settings.compression, beams=settings.beams, longest=settings.longest, device=device, batch=batch
            )

    def _sources(self) -> tuple[Path, ...]:
        return (self.settings.templates or FILE,)

    def _write(self, chosen: Sequence[Sequence[Tag]], rngs: Sequence[random.Random]) -> Iterator[tuple[int, str]]:
        for start in range(0, len(chosen), self.settings.batch):
            chunk, draws = chosen[start : start + self.settings.batch], rngs[start : start + self.settings.batch]
            yield from enumerate(self._texts(chunk, draws), start)

    def _texts(self, chosen: Sequence[Sequence[Tag]], rngs: Sequence[random.Random]) -> list[str]:
        told = [facts(tags, self.groups, rng) for tags, rng in zip(chosen, rngs, strict=True)]
        examples: list[Blocks] = self.aggregate(self.order(told, rngs), rngs)
        plain = self.rules(examples, rngs)
        if self.compress is None:
            return plain
        texts = []
        for tags, short, rule in zip(chosen, self.compress(examples, rngs), plain, strict=True):
            words = {tag.word for tag in tags}
            good = len(Mentions(words).named(short, words)) >= self.settings.keep * len(words)
            self.counts["compressed" if good else "replaced"] += 1
            texts.append(short if good else rule)
        return texts
