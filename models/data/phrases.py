"""Phrases for the text encoder: what people write about music, scenes and moods, and plain words of English."""

from __future__ import annotations

import random
import re
import tomllib
from pathlib import Path

from models.data.musiccaps import read_musiccaps
from models.data.synaesthesia import read_sentences
from models.data.vocabulary import Vocabulary, load_vocabulary

BRIEFS = Path(__file__).with_name("briefs.toml")
LINKS = (
    "{} {}",
    "{}, {}",
    "{} and {}",
    "{} but {}",
    "{} with {}",
    "{} in the {}",
    "{} {} music",
    "the {} of {}",
)


def read_briefs() -> dict[str, tuple[str, ...]]:
    """Editors' phrases and the tags that answer them."""
    vocabulary = load_vocabulary()
    briefs = tomllib.loads(BRIEFS.read_text(encoding="utf-8"))
    for phrase, tags in briefs.items():
        unknown = set(tags) - set(vocabulary.names)
        if unknown:
            raise ValueError(f"{BRIEFS.name}: {phrase!r} names {sorted(unknown)}, not in the vocabulary")
    return {phrase: tuple(tags) for phrase, tags in briefs.items()}


def sentences(text: str) -> list[str]:
    """Split a paragraph at the ends of its sentences."""
    return [part.strip() for part in re.split(r"(?<=[.!?])\s+", text) if part.strip()]


def tag_phrase(tags: list[str], vocabulary: Vocabulary, rng: random.Random) -> str:
    """Words for a set of tags, as ViML's text synthesis `tags`: shuffled, synonyms mixed in, joined."""
    words = [rng.choice((t, t, *vocabulary.synonyms[t])) for t in tags]
    rng.shuffle(words)
    if len(words) <= 3 and rng.random() < 0.3:
        return " ".join(words)
    return ", ".join(words)


def music_text(data: Path) -> list[str]:
    """Sentences, captions and aspects of the training rows, for the tokenizer and the encoder."""
    lines = []
    for row in read_musiccaps(data / "captions/musiccaps.csv", train=True):
        lines += [row.caption, *sentences(row.caption), *row.aspects, ", ".join(row.aspects)]
    return lines + read_sentences(data / "captions/synaesthesia_pairs.jsonl")


def distillation_phrases(data: Path, words: list[str], *, count: int, seed: int = 0) -> list[str]:
    """Give `count` different phrases for the student to learn from its teacher.

    Parameters
    ----------
    data : Path
        Folder of the developers' data.
    words : list of str
        Plain English words, for meaning beyond music.
    """
    rng = random.Random(seed)
    vocabulary = load_vocabulary()
    music_words = [w for n in vocabulary.names for w in (n, *vocabulary.synonyms[n])]
    phrases = dict.fromkeys([*music_text(data), *music_words, *read_briefs(), *words])
    aspects = [a for row in read_musiccaps(data / "captions/musiccaps.csv", train=True) for a in row.aspects]
    pools = (music_words, aspects, words, list(read_briefs()))
    while len(phrases) < count:
        kind = rng.random()
        if kind < 0.35:
            phrase = tag_phrase(rng.sample(vocabulary.names, rng.randint(2, 6)), vocabulary, rng)
        elif kind < 0.8:
            left, right = rng.choices(pools, weights=(3, 2, 5, 1), k=2)
            phrase = rng.choice(LINKS).format(rng.choice(left), rng.choice(right))
        else:
            phrase = " ".join(rng.sample(words, rng.randint(2, 4)))
        phrases.setdefault(phrase)
    return list(phrases) if len(phrases) == count else rng.sample(list(phrases), count)
