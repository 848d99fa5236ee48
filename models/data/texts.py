"""Texts about segments, for the joint space: lists of their tags, editors' phrases, and sentences."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import torch

from models.data.phrases import read_briefs, tag_phrase
from models.data.tokenizer import encode, pad
from models.data.vocabulary import load_vocabulary
from models.nets.text import TextEncoder

PHRASES = 8
"""Texts made for each segment; one is drawn at a time."""
LONGEST = 14
"""Tags in the longest list: ViML's texts name 10 to 15 tags a track (section 4.2)."""


def texts_for(target: np.ndarray, scenes: list[str], rng: random.Random, count: int = PHRASES) -> list[str]:
    """Texts of one segment: lists of its tags, editors' phrases that its tags answer, and scenes that it suits."""
    vocabulary = load_vocabulary()
    present = [i for i in np.flatnonzero(target > 0.5) if vocabulary.names[i] != "instrumental"]
    names = [vocabulary.names[i] for i in present] or ["instrumental"]
    # An editor's phrase fits where more than half of the tags that answer it are heard.
    fitting = [phrase for phrase, tags in read_briefs().items() if 2 * len(set(tags) & set(names)) > len(tags)]
    texts = []
    for _ in range(count):
        draw = rng.random()
        if fitting and draw < 0.2:
            texts.append(rng.choice(fitting))
        elif scenes and draw < 0.35:
            texts.append(rng.choice(scenes))
        else:
            most = LONGEST if draw > 0.6 else 5
            texts.append(tag_phrase(rng.sample(names, min(len(names), rng.randint(1, most))), vocabulary, rng))
    return texts


def whole_text(target: np.ndarray, rng: random.Random) -> str:
    """A text with all tags of a track, shuffled, as a person who knows it well would list them."""
    vocabulary = load_vocabulary()
    present = [vocabulary.names[i] for i in np.flatnonzero(target > 0.5)]
    return tag_phrase([n for n in present if n != "instrumental"] or present, vocabulary, rng)


@torch.inference_mode()
def sentence_vectors(texts: list[str], text: TextEncoder, tokenizer_file: Path) -> np.ndarray:
    """Vectors float32 [N, 256] of texts by the text encoder, before its joint head."""
    rows = encode(tokenizer_file, texts, text.config["max_tokens"])
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    out = np.empty((len(rows), text.meaning.out_features), np.float32)
    text.eval()
    for first in range(0, len(order), 256):
        part = order[first : first + 256]
        out[part] = text.semantic(pad([rows[i] for i in part]).to(text.positions.device)).cpu().numpy()
    return out
