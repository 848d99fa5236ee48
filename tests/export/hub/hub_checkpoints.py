"""Tiny checkpoints with random weights, in the very files of published ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, ClapConfig, ClapFeatureExtractor, ClapModel, PreTrainedTokenizerFast

WORDS = [
    "piano", "guitar", "warm", "dark", "tense", "slow", "fast", "drums", "strings", "music", "song", "happy", "sad",
    "calm", "a", "the", "of", "and", "with", "in", "for", "it", "soft", "choir", "brass", "wedding", "synth",
]  # fmt: skip


def bert_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = [chr(ord("a") + i) for i in range(26)]
    vocabulary = {word: i for i, word in enumerate([*special, *WORDS[:10], *letters, *(f"##{x}" for x in letters)])}
    vocabulary |= {word: len(vocabulary) + i for i, word in enumerate(w for w in WORDS if w not in vocabulary)}
    made = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
        mask_token="[MASK]", model_max_length=64,
    )  # fmt: skip
    fast.save_pretrained(folder)
    return fast


def roberta_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    symbols = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {word: i for i, word in enumerate([*special, *symbols])}
    made = Tokenizer(models.BPE(vocabulary, [], unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    fast = PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", unk_token="<unk>", bos_token="<s>", eos_token="</s>",
        cls_token="<s>", sep_token="</s>", mask_token="<mask>", model_max_length=512,
    )  # fmt: skip
    fast.save_pretrained(folder)
    return fast


def clap(folder: Path, *, fusion: bool = False, **extractor: Any) -> Path:
    tokenizer = roberta_tokenizer(folder)
    config = ClapConfig(
        text_config={
            "vocab_size": len(tokenizer), "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
            "intermediate_size": 24, "max_position_embeddings": 90, "pad_token_id": 1, "bos_token_id": 0,
            "eos_token_id": 2, "projection_dim": 12,
        },
        audio_config={
            "window_size": 8, "num_mel_bins": 64, "spec_size": 128, "patch_embeds_hidden_size": 8,
            "depths": [1, 2], "num_attention_heads": [2, 2], "hidden_size": 16, "projection_dim": 12,
            "enable_fusion": fusion, "fusion_type": "aff_2d" if fusion else None, "mlp_ratio": 2.0,
        },
        projection_dim=12,
    )  # fmt: skip
    torch.manual_seed(0)
    model = ClapModel(config)
    with torch.no_grad():  # as trained: no weight is zero, and the mel bands have been averaged
        for weight in model.parameters():
            weight.add_(0.1 * torch.randn_like(weight))
        norm = model.audio_model.audio_encoder.batch_norm
        norm.running_mean.normal_(-40.0, 5.0)
        norm.running_var.uniform_(200.0, 400.0)
    model.save_pretrained(folder)
    chosen = {"truncation": "fusion" if fusion else "rand_trunc", "frequency_min": 50, "frequency_max": 14_000,
              "hop_length": 1920}  # fmt: skip
    ClapFeatureExtractor(**(chosen | extractor)).save_pretrained(folder)
    return folder


def sentence(folder: Path, *, width: int = 16, pooling: str = "mean", **config: Any) -> Path:
    tokenizer = bert_tokenizer(folder)
    torch.manual_seed(0)
    sizes = {"hidden_size": width, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 24,
             "max_position_embeddings": 64, "vocab_size": len(tokenizer)}  # fmt: skip
    BertModel(BertConfig(**(sizes | config))).save_pretrained(folder)
    (folder / "modules.json").write_text(json.dumps([
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
    ]))  # fmt: skip
    (folder / "1_Pooling").mkdir()
    modes = {f"pooling_mode_{name}": name.startswith(pooling) for name in ("cls_token", "mean_tokens", "max_tokens")}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": width, **modes}))
    return folder
