from __future__ import annotations

import random

import pytest
import torch

from models.errors import DatasetError
from models.systems.viml.synthesis import Tag, make
from models.systems.viml.synthesis.causal import CausalModel
from models.systems.viml.synthesis.miniature import (
    IGNORED,
    MiniatureSettings,
    encode,
    lines,
    substituted,
    train_miniature,
)
from models.systems.viml.synthesis.prompt import Example, write_prompt
from models.systems.viml.synthesis.templates import read_groups

GROUPS = dict(read_groups())
GENRES, MOODS = ("rock", "jazz", "folk", "house"), ("happy", "sad", "dark", "calm")
PAIRS = [
    Example((Tag(genre, 1.0, "genre"), Tag(mood, 1.0, "mood")), f"A {mood} {genre} song with that feeling.")
    for genre in GENRES
    for mood in MOODS
]
TINY = MiniatureSettings(vocabulary=330, width=32, layers=2, heads=2, context=192, steps=3, batch=2)


def test_training_prompts_are_the_prompts_that_are_asked(tokenizer):
    ids, targets = encode(tokenizer, PAIRS[:2], GROUPS, 1000)
    asked, answer = lines(PAIRS[1], GROUPS)
    prompt = write_prompt(PAIRS[:1], PAIRS[1].tags, GROUPS)
    assert prompt.endswith(asked)
    begin = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    assert ids[: len(begin)] == begin
    assert tokenizer.decode([t for t in targets[len(begin) :] if t != IGNORED]) == answer.lower()
    assert [t for t in targets if t != IGNORED] != ids
    assert all(t in (IGNORED, i) for t, i in zip(targets, ids, strict=True))


def test_substitution_changes_tags_and_text_alike_with_their_articles():
    tags = (Tag("electric guitar", 0.9, "i"), Tag("guitar", 0.8, "i"), Tag("rock", 0.7, "g"))
    pair = Example(tags, "A rock song led by an electric guitar.")
    words = {"i": ["electric guitar", "guitar", "flute"], "g": ["rock", "ambient"]}
    new = substituted(pair, words, 1.0, random.Random(0))
    assert new.text == "An ambient song led by a flute."
    assert {tag.word for tag in new.tags} == {"flute", "guitar", "ambient"}
    assert substituted(pair, words, 0.0, random.Random(0)) == pair


def test_training_is_deterministic_and_loads_as_any_checkpoint(tmp_path):
    state = torch.get_rng_state()
    first = train_miniature(PAIRS, tmp_path / "a", TINY)
    torch.manual_seed(9)
    second = train_miniature(PAIRS, tmp_path / "b", TINY)
    torch.set_rng_state(state)
    a, b = (CausalModel(str(folder)) for folder in (first, second))
    assert a.context == 192
    assert all(torch.equal(x, y) for x, y in zip(a.model.parameters(), b.model.parameters(), strict=True))
    other = CausalModel(str(train_miniature(PAIRS, tmp_path / "c", replace_seed(TINY))))
    assert not torch.equal(a.model.lm_head.weight, other.model.lm_head.weight)


def replace_seed(settings: MiniatureSettings) -> MiniatureSettings:
    return settings.model_copy(update={"seed": 1})


def test_too_few_pairs_are_one_clear_line(tmp_path):
    with pytest.raises(DatasetError, match="3 pairs"):
        train_miniature(PAIRS[:3], tmp_path)


@pytest.mark.slow
def test_a_trained_miniature_passes_validation_on_tags_it_has_not_seen(tmp_path):
    held = [PAIRS[1], PAIRS[6], PAIRS[11], PAIRS[12]]
    seen = [pair for pair in PAIRS if pair not in held]
    settings = MiniatureSettings(vocabulary=500, width=64, layers=2, heads=4, context=128, steps=150, substitute=0.5)
    losses = []
    folder = train_miniature(seen, tmp_path / "model", settings, progress=lambda step, loss: losses.append(loss))
    assert losses[-1] < 0.2 * losses[0]
    synthesiser = make(
        "prompt2text", model=str(folder), vocabulary=(*GENRES, *MOODS), shots=0, longest=24, temperature=0.3
    )
    items = [({tag.word: 1.0 for tag in pair.tags}, {tag.word: tag.group for tag in pair.tags}) for pair in held]
    texts = synthesiser.many(items, random.Random(0))
    written = synthesiser.counts["accepted"] + synthesiser.counts["retried"]
    assert written >= 3, (synthesiser.counts, texts)
