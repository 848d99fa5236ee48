"""Tiny random checkpoints, written on the spot."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    GPT2Config,
    GPT2LMHeadModel,
    RobertaConfig,
    RobertaForTokenClassification,
)

from models.systems.tokens import learn_pieces
from models.systems.viml.synthesis.ordering import BartForOrdering

TEXTS = ["This is rock music with drums and a guitar.", "[Input]: GENRES: rock (50.0%)\n[Output]: The song is happy.\n"]


@pytest.fixture(scope="session")
def tokenizer():
    return learn_pieces(TEXTS * 3, 320)


def bart_config(tokenizer, **more) -> BartConfig:
    return BartConfig(
        vocab_size=len(tokenizer), d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=32, decoder_ffn_dim=32, max_position_embeddings=256, dropout=0.0,
        attention_dropout=0.0, activation_dropout=0.0, pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id, forced_eos_token_id=None,
        decoder_start_token_id=tokenizer.eos_token_id, **more,
    )  # fmt: skip


def roberta_config(tokenizer) -> RobertaConfig:
    return RobertaConfig(
        vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=258, pad_token_id=tokenizer.pad_token_id, bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id, num_labels=2, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )  # fmt: skip


def save(model, tokenizer, folder: Path) -> Path:
    model.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def gpt2(tokenizer, tmp_path_factory) -> Path:
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=len(tokenizer), n_positions=512, n_embd=16, n_layer=1, n_head=2, initializer_range=0.5,
        pad_token_id=tokenizer.pad_token_id, bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
    )  # fmt: skip
    return save(GPT2LMHeadModel(config), tokenizer, tmp_path_factory.mktemp("gpt2"))


@pytest.fixture(scope="session")
def bart(tokenizer, tmp_path_factory) -> Path:
    torch.manual_seed(0)
    return save(BartForConditionalGeneration(bart_config(tokenizer)), tokenizer, tmp_path_factory.mktemp("bart"))


@pytest.fixture(scope="session")
def pointer(tokenizer, tmp_path_factory) -> Path:
    torch.manual_seed(0)
    return save(BartForOrdering(bart_config(tokenizer, init_std=0.5)), tokenizer, tmp_path_factory.mktemp("pointer"))


@pytest.fixture(scope="session")
def roberta(tokenizer, tmp_path_factory) -> Path:
    torch.manual_seed(0)
    return save(RobertaForTokenClassification(roberta_config(tokenizer)), tokenizer, tmp_path_factory.mktemp("roberta"))
