"""`prompt2text`: descriptions by a large language model, from a few human ones by analogy (ViML, section 3.1, I)."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from models.errors import ConfigError
from models.systems.viml.synthesis.base import Synthesiser, Tag
from models.systems.viml.synthesis.causal import CausalModel
from models.systems.viml.synthesis.data2text import Data2TextSynthesiser
from models.systems.viml.synthesis.mentions import FILE as VOCABULARY
from models.systems.viml.synthesis.mentions import Mentions, read_forms, read_vocabulary
from models.systems.viml.synthesis.prompt import FILE, Example, draw, first_line, read_examples, write_prompt
from models.systems.viml.synthesis.settings import Prompt2TextSettings
from models.systems.viml.synthesis.validation import Validator
from models.systems.viml.synthesis.words import tidy


class Prompt2TextSynthesiser(Synthesiser):
    """Asks a causal language model, checks its answers, asks again, and at last lets `data2text` write.

    `counts` has `accepted` (at the first try), `retried` (accepted later), `fallen back`, `attempts`, `shortened`
    (prompts that lost examples or tags to the model's context) and `refused: REASON` of every answer that would not do.
    """

    kind = "prompt2text"
    settings: Prompt2TextSettings

    def __init__(self, settings: Prompt2TextSettings):
        super().__init__(settings)
        self.fallback = Data2TextSynthesiser(settings.fallback)
        self.groups = self.fallback.groups
        self.examples = read_examples(settings.examples or FILE)
        words = settings.vocabulary or tuple(chain(*read_vocabulary().values()))
        self.validator = Validator(
            Mentions(words, {**read_forms(), **settings.forms}),
            settings.at_least,
            settings.fewest_words,
            settings.most_words,
        )
        self.model = CausalModel(settings.model, settings.device, settings.dtype)

    def _sources(self) -> tuple[Path, ...]:
        return (self.settings.examples or FILE, VOCABULARY, *self.fallback._sources())

    def _write(self, chosen: Sequence[Sequence[Tag]], rngs: Sequence[random.Random]) -> Iterator[tuple[int, str]]:
        waiting = deque((place, 1) for place in range(len(chosen)))
        while waiting:
            batch = [waiting.popleft() for _ in range(min(self.settings.batch, len(waiting)))]
            answers = self._ask([chosen[place] for place, _ in batch], [rngs[place] for place, _ in batch])
            for (place, attempt), (text, problem) in zip(batch, answers, strict=True):
                if problem is None:
                    self.counts["accepted" if attempt == 1 else "retried"] += 1
                    yield place, text
                elif attempt < self.settings.tries:
                    waiting.append((place, attempt + 1))
                else:
                    self.counts["fallen back"] += 1
                    yield from ((place, text) for _, text in self.fallback._write([chosen[place]], [rngs[place]]))

    def _ask(self, chosen: Sequence[Sequence[Tag]], rngs: Sequence[random.Random]) -> list[tuple[str, str | None]]:
        """Ask once for each; give the answers and what is wrong with them."""
        settings = self.settings
        shots = [draw(self.examples, settings.shots, tags, rng) for tags, rng in zip(chosen, rngs, strict=True)]
        prompts = [self.prompt(pairs, tags) for pairs, tags in zip(shots, chosen, strict=True)]
        # A generator for this attempt alone: how often it is asked depends on the longest text of the batch.
        draws = [random.Random(rng.getrandbits(64)) for rng in rngs]
        texts = self.model.complete(
            prompts, draws, temperature=settings.temperature, top_p=settings.top_p, longest=self.longest
        )
        answers: list[tuple[str, str | None]] = []
        for text, tags, pairs in zip(texts, chosen, shots, strict=True):
            line = tidy(first_line(text))
            problem = self.validator.problem(line, tags, [pair.text for pair in pairs])
            self.counts["attempts"] += 1
            if problem:
                self.counts[f"refused: {problem}"] += 1
            answers.append((line, problem))
        return answers

    @property
    def longest(self) -> int:
        """New tokens at most: never more than half of the model's context."""
        return min(self.settings.longest, self.model.context // 2)

    def prompt(self, pairs: Sequence[Example], tags: Sequence[Tag]) -> str:
        """Write a prompt that leaves room for the answer: first pairs go, then the least confident tags.

        Raises
        ------
        ConfigError
            If not even one tag fits into the model's context.
        """
        room = self.model.context - self.longest
        left, asked = list(pairs), list(tags)
        while self.model.tokens(prompt := write_prompt(left, asked, self.groups)) > room:
            if left:
                left.pop(0)
            elif len(asked) > 1:
                asked.pop()
            else:
                raise ConfigError(
                    f"{self.settings.model}: its context of {self.model.context} tokens has no room for a prompt of "
                    f"one tag and {self.longest} new tokens; choose another model or a smaller `longest`"
                )
        self.counts["shortened"] += int(len(left) < len(pairs) or len(asked) < len(tags))
        return prompt
