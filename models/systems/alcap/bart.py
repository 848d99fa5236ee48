"""BART for lyrics and captions: from a checkpoint, or from a configuration at random."""

from __future__ import annotations

from typing import Any

from transformers import BartConfig, BartForConditionalGeneration

from models.errors import ConfigError
from models.systems import tokens
from models.systems.alcap.settings import AlcapSettings, BartSettings


def make_config(settings: BartSettings, tokenizer: Any) -> BartConfig:
    """Give the configuration of a BART at random for a learnt tokenizer, with BART's own conventions.

    A text is `<s> words </s>`; the decoder starts from `</s>` and writes `<s>` first.
    """
    return BartConfig(
        vocab_size=len(tokenizer),
        d_model=settings.width,
        encoder_layers=settings.layers,
        decoder_layers=settings.layers,
        encoder_attention_heads=settings.heads,
        decoder_attention_heads=settings.heads,
        encoder_ffn_dim=settings.inner,
        decoder_ffn_dim=settings.inner,
        max_position_embeddings=settings.positions,
        dropout=settings.dropout,
        attention_dropout=settings.attention_dropout,
        activation_dropout=settings.dropout,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        decoder_start_token_id=tokenizer.eos_token_id,
        forced_eos_token_id=tokenizer.eos_token_id,
    )


def read_config(settings: AlcapSettings, tokenizer: Any) -> BartConfig:
    """Give the configuration of the checkpoint that the settings name, with their dropout.

    Raises
    ------
    ConfigError
        If there is none, it is no BART, or tokenizer or lengths do not fit it.
    """
    name = settings.model.bart.name
    assert name is not None
    try:
        config = BartConfig.from_pretrained(name)
    except (OSError, ValueError) as error:
        raise ConfigError(f"model.bart.name: {name}: no checkpoint there; give a folder or a hub name") from error
    if config.model_type != "bart":
        raise ConfigError(f"model.bart.name: {name}: a checkpoint of {config.model_type}, not of bart")
    special = (tokenizer.pad_token, tokenizer.bos_token, tokenizer.eos_token)
    if special != (tokens.PAD, tokens.BEGIN, tokens.END) or len(tokenizer) > config.vocab_size:
        raise ConfigError(f"model.bart.name: {name}: its tokenizer is not BART's")
    longest = max(settings.data.lyrics_tokens, settings.data.caption_tokens)
    if longest > config.max_position_embeddings:
        raise ConfigError(
            f"data.lyrics_tokens, data.caption_tokens: {longest} tokens, but {name} has "
            f"{config.max_position_embeddings} positions"
        )
    config.dropout = config.activation_dropout = settings.model.bart.dropout
    config.attention_dropout = settings.model.bart.attention_dropout
    return config


def load_bart(name: str | None, config: BartConfig) -> BartForConditionalGeneration:
    """Give a BART of this configuration, with the weights of the checkpoint `name` if there is one."""
    if name is None:
        return BartForConditionalGeneration(config)
    try:
        bart: BartForConditionalGeneration = BartForConditionalGeneration.from_pretrained(name, config=config)
        return bart
    except (OSError, ValueError, RuntimeError) as error:
        raise ConfigError(f"model.bart.name: {name}: its weights are not there, or of another BART") from error
