"""Vectors of whole sentences by a sentence encoder, for the similarity `sentence`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from transformers import AutoModel, AutoTokenizer

from models.errors import ConfigError
from models.trainer.features import FeatureStore, fingerprint

BATCH = 64


@torch.no_grad()
def embed(name: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """Give the mean of the last hidden states of every text's tokens, of length 1: float32 [N, E].

    Raises
    ------
    ConfigError
        If there is no encoder of that name.
    """
    try:
        tokenizer, model = AutoTokenizer.from_pretrained(name), AutoModel.from_pretrained(name).eval()
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(
            f"data.sentence_encoder {name}: no encoder there ({reason}); give a folder or a hub name"
        ) from error
    rows = []
    for begin in range(0, len(texts), BATCH):
        batch = tokenizer(list(texts[begin : begin + BATCH]), padding=True, truncation=True, return_tensors="pt")
        states, mask = model(**batch).last_hidden_state, batch["attention_mask"][..., None]
        rows.append(torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=-1))
    return torch.cat(rows).numpy()


def cached_embeddings(name: str, texts: Sequence[str], cache: Path) -> dict[str, npt.NDArray[np.float32]]:
    """Give the vector of every text, made once and kept under `cache`."""
    unique = sorted(set(texts))
    path = cache / f"sentences-{fingerprint(name, unique)}"
    made: dict[str, npt.NDArray[np.float32]] = {}

    def make(key: str) -> npt.NDArray[np.float32]:
        if not made:
            made.update(zip(map(str, range(len(unique))), embed(name, unique), strict=True))
        return made[key]

    store = FeatureStore.build(path, [str(i) for i in range(len(unique))], make, dtype=np.float32)
    return {text: np.array(store[str(i)]) for i, text in enumerate(unique)}
