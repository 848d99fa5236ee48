"""Vectors of whole sentences by a sentence encoder, for the similarity `sentence`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from transformers import AutoModel, AutoTokenizer

from models.errors import ConfigError
from models.trainer.features import FeatureStore, fingerprint

BATCH = 64


def load_encoder(name: str) -> tuple[Any, Any]:
    """Load tokenizer and network of a sentence encoder; ConfigError where there is none of that name."""
    try:
        return AutoTokenizer.from_pretrained(name), AutoModel.from_pretrained(name).eval()
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(
            f"data.sentence_encoder {name}: no encoder there ({reason}); give a folder or a hub name"
        ) from error


@torch.no_grad()
def embed(name: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """Give the mean of the last hidden states of every text's tokens, of length 1: float32 [N, E]."""
    tokenizer, model = load_encoder(name)
    rows = []
    for begin in range(0, len(texts), BATCH):
        batch = tokenizer(list(texts[begin : begin + BATCH]), padding=True, truncation=True, return_tensors="pt")
        states, mask = model(**batch).last_hidden_state, batch["attention_mask"][..., None]
        rows.append(torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=-1))
    return torch.cat(rows).numpy()


def cached_embeddings(name: str, texts: Sequence[str], cache: Path) -> dict[str, npt.NDArray[np.float32]]:
    """Give the vector of every text, made once and kept under `cache`.

    Raises
    ------
    ConfigError
        If there is no encoder of that name.
    """
    unique = sorted(set(texts))
    store = FeatureStore.build(
        cache / f"sentences-{fingerprint(name, unique)}", ["all"], lambda _: embed(name, unique), dtype=np.float32
    )
    if "all" not in store:
        raise ConfigError(store.failed["all"])
    return dict(zip(unique, np.array(store["all"]), strict=True))
