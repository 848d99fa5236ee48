"""Phrases that text graphs and tokenizers are compared on, and those that one space is learnt from another with."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from export.errors import ParityError
from export.systems.base import Example
from models.data.phrases import LINKS, read_briefs, tag_phrase
from models.data.vocabulary import load_vocabulary

CHECKED = (
    "piano",
    "warm acoustic guitar for a wedding",
    "dark, tense, slow strings, suspenseful",
    "Upbeat 80s synth-pop; 120 BPM!",
    "une chanson française, très douce",
    "it starts softly with a piano and a cello, then drums come in and it grows into a large, hopeful, cinematic end "
    "with brass, choir and timpani, before it falls back to the lonely piano of the beginning " * 4,
)
"""Short and long ones, with signs and letters beyond English; the last is longer than any model reads."""


def check_tokenizer(written: bytes, tokenizer: Any, max_tokens: int) -> None:
    """Compare tokenizer.json with the tokenizer of transformers; ParityError where a phrase gets other tokens."""
    from tokenizers import Tokenizer

    alone = Tokenizer.from_str(written.decode())
    for phrase in CHECKED:
        found = alone.encode(phrase).ids
        wanted = tokenizer(phrase, truncation=True, max_length=max_tokens)["input_ids"]
        if found != wanted:
            raise ParityError(f"tokenizer.json reads {phrase[:40]!r} as {found}, transformers as {wanted}")


def token_batch(tokenizer: Any, vocabulary: int, max_tokens: int) -> dict[str, Example]:
    """Examples of ids and mask [B, T]: random ones, and phrases filled up to the longest, then one alone."""
    generator = torch.Generator().manual_seed(0)
    special = [one for one in tokenizer.all_special_ids if one is not None]
    plain = torch.tensor([number for number in range(min(len(tokenizer), vocabulary)) if number not in special])
    ids = plain[torch.randint(len(plain), (3, 9), generator=generator)]
    made = tokenizer(list(CHECKED), padding=True, truncation=True, max_length=max_tokens, return_tensors="pt")
    real: tuple[Tensor, Tensor] = made["input_ids"], made["attention_mask"]
    alone = real[1][0].bool()
    one = tuple(part[:1, alone].contiguous() for part in real)
    return {"random": (ids, torch.ones_like(ids)), "phrases": real, "one phrase": one}


def fitting_phrases(tokens: Sequence[str], count: int, seed: int = 0) -> list[str]:
    """Give `count` different phrases of what is asked of a library: words, lists of tags, briefs, and links of these.

    Parameters
    ----------
    tokens : sequence of str
        Of the tokenizer of the space that is learnt; those that are plain words are used.
    """
    rng = random.Random(seed)
    vocabulary, briefs = load_vocabulary(), list(read_briefs())
    music = [word for name in vocabulary.names for word in (name, *vocabulary.synonyms[name])]
    words = sorted(token[1:] for token in tokens if re.fullmatch(r"\u0120[a-z]{4,}", token))
    pools = [pool for pool in (music, words, briefs) if pool]
    phrases = dict.fromkeys([*music, *briefs, *words])
    while len(phrases) < count:
        if rng.random() < 0.5:
            phrase = tag_phrase(rng.sample(vocabulary.names, rng.randint(2, 8)), vocabulary, rng)
        else:
            left, right = rng.choices(pools, k=2)
            phrase = rng.choice(LINKS).format(rng.choice(left), rng.choice(right))
        phrases.setdefault(phrase)
    return rng.sample(list(phrases), count)
