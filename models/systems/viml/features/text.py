"""Text: one vector each, of CLIP or of the sentence encoder that is installed with the training extra."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch
from transformers import AutoTokenizer, CLIPModel

from models.errors import ConfigError
from models.systems.viml.features.base import Features, load, load_model, vectors
from models.teachers.sentence import SentenceTeacher

BATCH = 64
SENTENCE = "sentence"


class TextEncoder(Protocol):
    """Makes vectors of texts.

    Attributes
    ----------
    about : tuple
        All that they depend on.
    """

    about: tuple[Any, ...]

    def __call__(self, texts: Sequence[str]) -> Features:
        """Give float32 [N, D]; the empty string has a vector like any other."""
        ...


class ClipText:
    """Projected text vectors of a CLIP checkpoint (ViML, section 3.3)."""

    def __init__(self, name: str) -> None:
        self.model = load_model(CLIPModel, name, "CLIP checkpoint", type_="clip")
        self.tokenizer = load(AutoTokenizer, name, "tokenizer")
        self.longest = int(self.model.config.text_config.max_position_embeddings)
        self.about = ("clip", name)

    @torch.inference_mode()
    def __call__(self, texts: Sequence[str]) -> Features:
        """Give float32 [N, D]."""
        rows = []
        for first in range(0, len(texts), BATCH):
            tokens = self.tokenizer(
                list(texts[first : first + BATCH]), padding=True, truncation=True, max_length=self.longest,
                return_tensors="pt",
            ).to(self.model.device)  # fmt: skip
            found = self.model.get_text_features(input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"])
            rows.append(vectors(found).float().cpu())
        return torch.cat(rows).numpy()


class SentenceText:
    """Vectors of all-MiniLM-L6-v2, which needs no download."""

    def __init__(self) -> None:
        try:
            self.teacher = SentenceTeacher()
        except ModuleNotFoundError as error:
            raise ConfigError(f"data.text_encoder: {error}") from error
        self.about = ("sentence", "all-MiniLM-L6-v2")

    def __call__(self, texts: Sequence[str]) -> Features:
        """Give float32 [N, 384]."""
        return self.teacher(list(texts)).astype(np.float32)


def make_text_encoder(name: str) -> TextEncoder:
    """Give the encoder that the settings name."""
    return SentenceText() if name == SENTENCE else ClipText(name)
