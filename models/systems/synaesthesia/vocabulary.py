"""Tokenizers of sentences: learnt from them, or BERT's; kept whole in a checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast

from models.errors import ConfigError
from models.systems.synaesthesia.settings import SynaesthesiaSettings
from models.systems.tokens import learn_pieces, learn_words, of_checkpoint, to_state

SPECIAL = ("pad_token", "bos_token", "eos_token", "unk_token")


def make_tokenizer(settings: SynaesthesiaSettings, texts: Sequence[str]) -> PreTrainedTokenizerFast:
    """Learn a tokenizer from the training sentences, or take that of `model.bert`."""
    if settings.data.tokenizer == "words":
        return learn_words(texts, most=settings.data.vocabulary)
    if settings.data.tokenizer == "pieces":
        return learn_pieces(texts, settings.data.vocabulary)
    tokenizer: PreTrainedTokenizerFast = of_checkpoint(str(settings.model.bert))
    if not tokenizer.is_fast:
        raise ConfigError(f"model.bert {settings.model.bert}: its tokenizer has no tokenizer.json")
    # BERT begins with [CLS] and ends with [SEP]; generation needs them by their roles.
    tokenizer.bos_token = tokenizer.bos_token or tokenizer.cls_token
    tokenizer.eos_token = tokenizer.eos_token or tokenizer.sep_token
    return tokenizer


def tokenizer_state(tokenizer: PreTrainedTokenizerFast) -> dict[str, Any]:
    """Give all of a tokenizer as JSON-able values."""
    return {"json": to_state(tokenizer), "special": {name: getattr(tokenizer, name) for name in SPECIAL}}


def tokenizer_of(state: dict[str, Any]) -> PreTrainedTokenizerFast:
    """Build what `tokenizer_state` described."""
    backend = Tokenizer.from_str(state["json"])
    return PreTrainedTokenizerFast(tokenizer_object=backend, **state["special"])  # type: ignore[no-untyped-call]
