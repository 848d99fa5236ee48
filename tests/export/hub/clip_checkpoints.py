"""A tiny CLIP with random weights, in the very files of a published one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import pre_tokenizers
from transformers import CLIPConfig, CLIPModel, CLIPTokenizer
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

MEAN, STD = [0.48, 0.46, 0.41], [0.27, 0.26, 0.28]


def clip(folder: Path, *, size: int = 32, **preprocessor: Any) -> Path:
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    tokenizer = CLIPTokenizer(vocab={word: place for place, word in enumerate(words)}, merges=[])
    tokenizer.save_pretrained(folder)
    begin, end = (tokenizer.convert_tokens_to_ids(word) for word in words[-2:])
    config = CLIPConfig(
        text_config={
            "vocab_size": len(words), "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2,
            "num_attention_heads": 2, "max_position_embeddings": 77, "bos_token_id": begin, "eos_token_id": end,
            "pad_token_id": end,
        },
        vision_config={
            "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2,
            "image_size": size, "patch_size": 8,
        },
        projection_dim=12, logit_scale_init_value=3.0,
    )  # fmt: skip
    torch.manual_seed(0)
    model = CLIPModel(config)
    with torch.no_grad():  # as trained: vectors that differ from picture to picture
        for weight in model.parameters():
            weight.add_(0.1 * torch.randn_like(weight))
    model.save_pretrained(folder)
    given = {"size": {"shortest_edge": size}, "crop_size": {"height": size, "width": size}} | preprocessor
    CLIPImageProcessorPil(image_mean=MEAN, image_std=STD, **given).save_pretrained(folder)
    return folder
