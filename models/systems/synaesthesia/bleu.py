"""Sentence BLEU of many pairs at once, on tensors of words: the text side of the group topology-preservation loss.

The same number as sacrebleu's sentence BLEU (13a tokens, case kept, exponential smoothing, effective order) divided by
100. The words of a sentence are kept as 63-bit hashes, so that the memory bank can hold sentences as a tensor, be
saved with a checkpoint and be compared on the training device, without a table of all pairs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache

import torch
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a
from torch import Tensor

ORDER = 4
MOST = 1 << 24
"""Comparisons of n-grams held in memory at once."""
_MULTIPLIER = 6364136223846793005


@cache
def _tokenizer() -> Tokenizer13a:
    return Tokenizer13a()  # type: ignore[no-untyped-call]


def hash_text(text: str) -> int:
    """Give 0 to 2^63 - 1 for a text, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def sentence_words(texts: Sequence[str], longest: int) -> Tensor:
    """Hashes of the words of sentences, int64 [B, longest], -1 after the last; longer sentences are cut."""
    rows = torch.full((len(texts), longest), -1)
    for row, text in zip(rows, texts, strict=True):
        words = _tokenizer()(text).split()[:longest]
        row[: len(words)] = torch.tensor([hash_text(word) for word in words], dtype=torch.int64)
    return rows


def _grams(words: Tensor, order: int, nothing: int) -> Tensor:
    """One hash an n-gram, int64 [B, L - order + 1]; `nothing` where the sentence has ended."""
    width = words.shape[1] - order + 1
    gram = words[:, :width].clone()
    for offset in range(1, order):
        gram = gram * _MULTIPLIER + words[:, offset : offset + width]  # wraps around, as hashes may
    return gram.masked_fill(words[:, order - 1 :] < 0, nothing)


def sentence_bleu(hypotheses: Tensor, references: Tensor) -> Tensor:
    """BLEU of every hypothesis against every reference as its only one.

    Parameters
    ----------
    hypotheses, references : Tensor
        int64 [B, L] and [N, M] of `sentence_words`.

    Returns
    -------
    Tensor
        float32 [B, N], 0..1.
    """
    hypotheses = hypotheses[:, : max(ORDER, int((hypotheses >= 0).sum(1).max()))]
    references = references[:, : max(ORDER, int((references >= 0).sum(1).max()))]
    rows = max(1, MOST // (len(references) * hypotheses.shape[1] * references.shape[1]))
    return torch.cat([_sentence_bleu(part, references) for part in torch.split(hypotheses, rows)])


def _sentence_bleu(hypotheses: Tensor, references: Tensor) -> Tensor:
    lengths, wanted = (hypotheses >= 0).sum(1), (references >= 0).sum(1)
    pairs = (len(hypotheses), len(references))
    log_precision = torch.zeros(pairs, device=hypotheses.device)
    halvings = torch.zeros(pairs, device=hypotheses.device)
    anything = torch.zeros(pairs, dtype=torch.bool, device=hypotheses.device)
    for order in range(1, ORDER + 1):
        ours, theirs = _grams(hypotheses, order, -1), _grams(references, order, -2)
        # The r-th occurrence of an n-gram counts if the reference has it at least r times: clipping without a table.
        same = ours[:, :, None] == ours[:, None, :]
        occurrence = same.tril().sum(2)
        found = (ours[:, None, :, None] == theirs[None, :, None, :]).sum(3)
        correct = ((found >= occurrence[:, None]) & (ours != -1)[:, None]).sum(2)
        total = (lengths - order + 1).clamp(min=0)[:, None].expand(pairs)
        anything |= correct > 0
        halvings = halvings + ((correct == 0) & (total > 0))
        precision = torch.where(correct > 0, correct.float(), torch.exp2(-halvings)) / total.clamp(min=1)
        log_precision = log_precision + torch.where(total > 0, precision.log(), 0.0)
    effective = lengths.clamp(min=1, max=ORDER)[:, None]
    brevity = (1 - wanted[None] / lengths.clamp(min=1)[:, None]).clamp(max=0)
    return torch.where(anything, (log_precision / effective + brevity).exp(), 0.0)
