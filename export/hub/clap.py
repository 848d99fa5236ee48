"""CLAP (Wu et al., "Large-scale Contrastive Language-Audio Pretraining"): music and words in a space of their own."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from export.build import Say
from export.hub.checkpoint import load_model, load_tokenizer, read_config, tokenizer_file
from export.hub.clap_front import SECONDS, LogMel, load_extractor, log_mel, spectrogram
from export.hub.part import PartPlan, write_part
from export.hub.phrases import CHECKED, check_tokenizer, token_batch
from export.material import Material
from export.systems.base import FrontPlan, GraphPlan

MAX_TOKENS = 77
"""Tokens that CLAP was trained with; longer texts are cut."""


class Music(nn.Module):
    """Segments, float32 [B, N], to unit vectors [B, D].

    A model with feature fusion hears crops of what is longer than 10 s. A segment never is, so that nothing is fused:
    the whole spectrogram goes through.
    """

    def __init__(self, model: Any, front: LogMel) -> None:
        super().__init__()
        self.front, self.projection = front, model.audio_projection
        self.encoder = copy.deepcopy(model.audio_model.audio_encoder)
        self.encoder.enable_fusion = self.encoder.patch_embed.enable_fusion = False

    def forward(self, audio: Tensor) -> Tensor:
        """Give the vectors."""
        heard = self.encoder(self.front(audio)).pooler_output
        return F.normalize(self.projection(heard), dim=-1)


class Text(nn.Module):
    """Tokens int64 [B, T] and their mask [B, T] to unit vectors [B, D]."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.encoder, self.projection = model.text_model, model.text_projection

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Give the vectors."""
        read = self.encoder(input_ids=ids, attention_mask=mask).pooler_output
        return F.normalize(self.projection(read), dim=-1)


def build(source: str, out: Path, *, core: Path, say: Say) -> dict[str, Any]:
    """Write the part of a CLAP checkpoint; role joint.

    Parameters
    ----------
    source : str
        Folder of the checkpoint.
    out : Path
        Folder of the part.
    core
        Of no use to it: a builder takes it.

    Returns
    -------
    dict
        The manifest.

    Raises
    ------
    InputError
        No whole checkpoint of CLAP, or one that hears otherwise than 10 s at a time.
    ParityError
        A graph differs from transformers' own answers.
    """
    folder = Path(source)
    config = read_config(folder, "a CLAP model", ("clap",))
    extractor = load_extractor(folder, config)
    tokenizer = load_tokenizer(folder)
    from transformers import ClapModel

    model = load_model(ClapModel, folder)
    positions = model.config.text_config.max_position_embeddings - model.config.text_config.pad_token_id - 1
    max_tokens = min(MAX_TOKENS, positions)
    rate, width = extractor.sampling_rate, model.config.projection_dim
    say(f"CLAP of {sum(weight.numel() for weight in model.parameters()) / 1e6:.1f} million weights, {width} wide")
    written = tokenizer_file(tokenizer, max_tokens)
    check_tokenizer(written, tokenizer, max_tokens)
    plan = PartPlan(
        "clap",
        {"role": "joint", "rate": rate, "segment_seconds": SECONDS, "width": width, "text": {"max_tokens": max_tokens}},
        [music_plan(model, extractor), text_plan(model, tokenizer, max_tokens)],
        folder,
        {"tokenizer.json": written},
        (FrontPlan("log_mel", log_mel(extractor), lambda sound: spectrogram(extractor, sound)),),
        provenance={
            "model": "transformers ClapModel", "fusion": bool(model.config.audio_config.enable_fusion),
            "truncation": extractor.truncation, "checked_with": f"{Material().about}, {len(CHECKED)} phrases",
        },
    )  # fmt: skip
    return write_part(plan, out, say=say)


def music_plan(model: Any, extractor: Any) -> GraphPlan:
    """Plan the graph of music; it is compared with the extractor and `get_audio_features`."""
    rate = extractor.sampling_rate
    material = Material()

    def own(audio: Tensor) -> Tensor:
        heard = [sound.numpy() for sound in audio]
        features = extractor(heard, sampling_rate=rate, return_tensors="pt")
        # The extractor calls one of them longer at random where none is, for the sake of training.
        longer = torch.zeros(len(heard), 1, dtype=torch.bool)
        found: Tensor = model.get_audio_features(
            input_features=features["input_features"].float(), is_longer=longer
        ).pooler_output
        return found

    real = material.sounds(rate, SECONDS)
    examples = {"random": (material.noise(rate, SECONDS),), "real": (real,), "real, one": (real[:1],)}
    return GraphPlan(
        "music", Music(model, log_mel(extractor)).eval(), ("audio",), ("embedding",), examples,
        {"audio": {0: "batch"}}, own=own,
    )  # fmt: skip


def text_plan(model: Any, tokenizer: Any, max_tokens: int) -> GraphPlan:
    """Plan the graph of words; it is compared with `get_text_features`."""

    def own(ids: Tensor, mask: Tensor) -> Tensor:
        found: Tensor = model.get_text_features(input_ids=ids, attention_mask=mask).pooler_output
        return found

    axes = {0: "batch", 1: "tokens"}
    return GraphPlan(
        "text", Text(model).eval(), ("ids", "mask"), ("embedding",),
        token_batch(tokenizer, model.config.text_config.vocab_size, max_tokens), {"ids": axes, "mask": axes}, own=own,
    )  # fmt: skip
