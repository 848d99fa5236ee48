"""Tokenizers of the systems: learnt from the training texts, or of a checkpoint; all are of transformers' class."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from torch import Tensor
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from models.data.tokenizer import train_tokenizer
from models.errors import ConfigError

PAD, BEGIN, END, UNKNOWN = "<pad>", "<s>", "</s>", "<unk>"


def wrap(tokenizer: Tokenizer) -> PreTrainedTokenizerFast:
    """Give a tokenizer of ours the interface of transformers' own."""
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        bos_token=BEGIN,
        eos_token=END,
        unk_token=UNKNOWN if tokenizer.token_to_id(UNKNOWN) is not None else None,
    )


def learn_words(texts: Iterable[str], *, at_least: int = 1, most: int | None = None) -> PreTrainedTokenizerFast:
    """Learn a lower-case vocabulary of whole words; a word seen fewer than `at_least` times is unknown."""
    tokenizer = Tokenizer(models.WordLevel(unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.WordLevelTrainer(
        special_tokens=[PAD, BEGIN, END, UNKNOWN],
        min_frequency=at_least,
        show_progress=False,
        vocab_size=2**31 if most is None else most,  # the trainer's own default would cut at 30,000
    )
    tokenizer.train_from_iterator(texts, trainer)
    return wrap(tokenizer)


def learn_pieces(texts: Iterable[str], size: int) -> PreTrainedTokenizerFast:
    """Learn a lower-case byte-level BPE of at most `size` tokens; no word is unknown to it."""
    return wrap(train_tokenizer(list(texts), size))


def of_checkpoint(name: str | Path) -> Any:
    """Load the tokenizer of a published checkpoint; ConfigError where it cannot be had."""
    try:
        return AutoTokenizer.from_pretrained(str(name))
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{name}: no tokenizer there ({str(error).splitlines()[0]}); give a folder or a hub name"
        ) from error


def to_state(tokenizer: PreTrainedTokenizerFast) -> str:
    """Write a learnt tokenizer as JSON for a checkpoint."""
    return str(tokenizer.backend_tokenizer.to_str())


def from_state(text: str) -> PreTrainedTokenizerFast:
    """Read what `to_state` wrote."""
    return wrap(Tokenizer.from_str(text))


def encode(tokenizer: Any, texts: list[str], longest: int) -> tuple[Tensor, Tensor]:
    """Encode texts as begin .. end.

    Returns
    -------
    tuple of Tensor
        ids int64 [B, T], padded, cut at `longest` with the end kept; mask float32 [B, T], 1 for a token.
    """
    rows = []
    for text in texts:
        ids = tokenizer(text, add_special_tokens=False)["input_ids"][: max(0, longest - 2)]
        rows.append([tokenizer.bos_token_id, *ids, tokenizer.eos_token_id])
    width = max(map(len, rows))
    ids = torch.tensor([row + [tokenizer.pad_token_id] * (width - len(row)) for row in rows])
    lengths = torch.tensor([len(row) for row in rows])
    return ids, (torch.arange(width)[None] < lengths[:, None]).float()


def decode(tokenizer: Any, ids: Iterable[int]) -> str:
    """Give the text of token ids without special tokens."""
    return str(tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False)).strip()
