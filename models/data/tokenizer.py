"""One byte-level BPE tokenizer for the text encoder and the captioner."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from torch import Tensor

PAD, BEGIN, END = 0, 1, 2
SPECIAL = ["<pad>", "<s>", "</s>"]


def train_tokenizer(lines: list[str], size: int) -> Tokenizer:
    """Learn a lower-case byte-level BPE of `size` tokens: no word is ever unknown to it."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(lines, trainer)
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    return tokenizer


def load_tokenizer(path: Path) -> Tokenizer:
    """Read a tokenizer that `train_tokenizer` made."""
    return Tokenizer.from_file(str(path))


def encode(tokenizer_file: Path, phrases: list[str], max_tokens: int = 64) -> list[np.ndarray]:
    """Token ids of each phrase, cut to `max_tokens`."""
    tokenizer = load_tokenizer(tokenizer_file)
    return [np.array(e.ids[:max_tokens], np.int64) for e in tokenizer.encode_batch(phrases)]


def pad(rows: list[np.ndarray]) -> Tensor:
    """Stack rows of ids to int64 [B, T], padded on the right."""
    out = np.full((len(rows), max(1, max(map(len, rows)))), PAD, np.int64)
    for i, row in enumerate(rows):
        out[i, : len(row)] = row
    return torch.from_numpy(out)
