"""Checkpoints written on the spot, and a sentence encoder that needs no weights."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    CLIPConfig,
    CLIPImageProcessorPil,
    CLIPModel,
    PreTrainedTokenizerFast,
)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class WordVectors:
    """A vector for each word, summed: distinct texts have distinct vectors, the empty string one of its own."""

    about = ("word vectors",)

    def __call__(self, texts: list[str]) -> np.ndarray:
        rows = []
        for text in texts:
            row = np.full(16, 0.25)
            for word in text.lower().replace(",", " ").split():
                row = row + np.random.default_rng(list(word.encode())).standard_normal(16)
            rows.append(row)
        return np.asarray(rows, np.float32)


@pytest.fixture
def word_vectors(monkeypatch: pytest.MonkeyPatch) -> WordVectors:
    """Put word vectors in the place of the sentence encoder."""
    encoder = WordVectors()
    for module in ("prepare", "query"):
        monkeypatch.setattr(f"models.systems.viml.{module}.make_text_encoder", lambda name: encoder)
    return encoder


@pytest.fixture(scope="session")
def clip_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a tiny random CLIP with its tokenizer and image processor."""
    folder = tmp_path_factory.mktemp("clip")
    torch.manual_seed(0)
    tower = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    words = ["<|startoftext|>", "<|endoftext|>", "<unk>", *["a", "calm", "piano", "piece", "loud", "guitar"]]
    config = CLIPConfig(
        text_config={**tower, "vocab_size": len(words), "max_position_embeddings": 12, "bos_token_id": 0,
                     "eos_token_id": 1, "pad_token_id": 1},
        vision_config={**tower, "image_size": 16, "patch_size": 8},
        projection_dim=10,
    )  # fmt: skip
    CLIPModel(config).eval().save_pretrained(folder)
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    from tokenizers.processors import TemplateProcessing

    tokenizer.post_processor = TemplateProcessing(
        single="<|startoftext|> $A <|endoftext|>", special_tokens=[("<|startoftext|>", 0), ("<|endoftext|>", 1)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<|startoftext|>", eos_token="<|endoftext|>", unk_token="<unk>",
        pad_token="<|endoftext|>",
    ).save_pretrained(folder)  # fmt: skip
    CLIPImageProcessorPil(size={"shortest_edge": 16}, crop_size={"height": 16, "width": 16}).save_pretrained(folder)
    assert json.loads((folder / "preprocessor_config.json").read_text())
    return folder
