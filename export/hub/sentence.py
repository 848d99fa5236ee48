"""Sentence encoders, such as all-MiniLM: words in the space of a pack, by a linear map that is learnt at install."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from export.build import Say
from export.errors import FitError
from export.hub.checkpoint import load_model, load_tokenizer, read_config, read_json, tokenizer_file
from export.hub.part import PartPlan, write_part
from export.hub.phrases import CHECKED, check_tokenizer, fitting_phrases, token_batch
from export.hub.pooling import Pooling, read_pooling
from export.hub.ridge import Ridge, fit
from export.systems.base import GraphPlan
from plugin.errors import PackError, printable
from plugin.runtime.core import Core

ENCODERS = ("bert", "camembert", "distilbert", "electra", "mpnet", "roberta", "xlm-roberta")
"""Model types whose words are read in both directions and whose first output is a vector of each token."""
MAX_TOKENS = 128
TEXTS = 6000
"""Phrases that the map is learnt from and measured on."""
LEAST_COSINE, LEAST_TOP_10 = 0.7, 0.7
"""On held-out phrases; below, the map is refused: words would find other music than they name."""


class Encoder(nn.Module):
    """Tokens int64 [B, T] and their mask [B, T] to the vectors [B, W] of a sentence encoder."""

    def __init__(self, model: Any, pooling: Pooling) -> None:
        super().__init__()
        self.model, self.pooling = model, pooling

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Give the vectors."""
        states = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
        if self.pooling.mode == "cls":
            pooled = states[:, 0]
        else:
            weight = mask[..., None].to(states.dtype)
            pooled = (states * weight).sum(1) / weight.sum(1).clamp(min=1e-9)
        return F.normalize(pooled, dim=-1) if self.pooling.normalised else pooled


class Text(nn.Module):
    """An encoder with the map into a space behind it; unit vectors [B, D]."""

    def __init__(self, encoder: Encoder, ridge: Ridge) -> None:
        super().__init__()
        self.encoder = encoder
        self.into = nn.Linear(*ridge.weight.shape)
        with torch.no_grad():
            self.into.weight.copy_(torch.from_numpy(ridge.weight.T))
            self.into.bias.copy_(torch.from_numpy(ridge.bias))

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Give the vectors."""
        return F.normalize(self.into(self.encoder(ids, mask)), dim=-1)


def build(source: str, out: Path, *, core: Path, say: Say) -> dict[str, Any]:
    """Write the part of a sentence encoder; role text.

    Parameters
    ----------
    source : str
        Folder of the checkpoint, of transformers or of sentence-transformers.
    out : Path
        Folder of the part.
    core : Path
        Pack into whose space the words go.

    Returns
    -------
    dict
        The manifest.

    Raises
    ------
    InputError
        No whole checkpoint of an encoder, or one that pools in another way.
    PackError
        The core pack is damaged.
    FitError
        Its words do not go into the space well enough.
    ParityError
        A graph differs from transformers' own answers.
    """
    folder = Path(source)
    config = read_config(folder, "a sentence encoder", ENCODERS)
    pooling = read_pooling(folder)
    tokenizer = load_tokenizer(folder)
    from transformers import AutoModel

    model = load_model(AutoModel, folder, spare=("pooler.",))
    max_tokens = _longest(folder, config)
    written = tokenizer_file(tokenizer, max_tokens)
    check_tokenizer(written, tokenizer, max_tokens)
    say(f"{config['model_type']} of {sum(w.numel() for w in model.parameters()) / 1e6:.1f} million weights; "
        f"{pooling.mode} of the tokens, {'of unit length' if pooling.normalised else 'as it is'}")  # fmt: skip
    encoder = Encoder(model, pooling).eval()
    pack = Core(core, "cpu", threads=1)
    texts = fitting_phrases(_tokens(pack), TEXTS)
    ridge = fit(vectors(encoder, tokenizer, texts, max_tokens), pack.text(texts))
    say(f"words into {pack.pack.space}: {told(ridge.measured)}")
    check_fit(ridge.measured)
    axes = {0: "batch", 1: "tokens"}
    graph = GraphPlan(
        "text", Text(encoder, ridge).eval(), ("ids", "mask"), ("embedding",),
        token_batch(tokenizer, config["vocab_size"], max_tokens), {"ids": axes, "mask": axes},
    )  # fmt: skip
    settings = {"role": "text", "for_space": pack.pack.space, "text": {"max_tokens": max_tokens},
                "fit": ridge.measured}  # fmt: skip
    about = {"model": f"transformers {type(model).__name__}", "pooling": pooling.mode,
             "normalised": pooling.normalised, "checked_with": f"{len(CHECKED)} phrases"}  # fmt: skip
    return write_part(
        PartPlan("sentence", settings, [graph], folder, {"tokenizer.json": written}, space=pack.pack.space,
                 provenance=about), out, say=say,
    )  # fmt: skip


@torch.inference_mode()
def vectors(
    encoder: Encoder, tokenizer: Any, texts: list[str], max_tokens: int, batch: int = 64
) -> npt.NDArray[np.float32]:
    """Vectors float32 [N, W] of texts, those of like length together, so that batches pad little."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    rows = []
    for first in range(0, len(order), batch):
        some = [texts[i] for i in order[first : first + batch]]
        made = tokenizer(some, padding=True, truncation=True, max_length=max_tokens, return_tensors="pt")
        rows.append(encoder(made["input_ids"], made["attention_mask"]).numpy())
    out = np.empty((len(texts), rows[0].shape[1]), np.float32)
    out[order] = np.concatenate(rows)
    return out


def check_fit(measured: dict[str, Any]) -> None:
    """Refuse a map that is too poor, FitError with its numbers."""
    if measured["cosine"] < LEAST_COSINE or measured["top_10"] < LEAST_TOP_10:
        raise FitError(
            f"its words do not go into the pack's space well enough: {told(measured)}; "
            f"wanted are a cosine of {LEAST_COSINE} and {LEAST_TOP_10:.0%} among the ten nearest"
        )


def told(measured: dict[str, Any]) -> str:
    """Say what was measured, in one line."""
    return (
        f"on {measured['held_out']} held-out phrases cosine {measured['cosine']:.3f} "
        f"(one answer for all {measured['cosine_of_the_mean']:.3f}), "
        f"the right one nearest in {measured['top_1']:.1%} (chance {measured['chance_top_1']:.2%}), "
        f"among the ten nearest in {measured['top_10']:.1%} (chance {measured['chance_top_10']:.1%})"
    )


def _longest(folder: Path, config: dict[str, Any]) -> int:
    """Tokens that are read: what the model was trained with, as far as it has positions."""
    # RoBERTa and its kin count positions from behind the padding's.
    spare = config.get("pad_token_id", 1) + 1 if config["model_type"] not in ("bert", "distilbert", "electra") else 0
    longest = min(MAX_TOKENS, config.get("max_position_embeddings", MAX_TOKENS) - spare)
    name = "sentence_bert_config.json"
    if (folder / name).is_file():
        stated = read_json(folder, name, "").get("max_seq_length")
        longest = min(longest, stated) if isinstance(stated, int) and stated > 0 else longest
    return int(longest)


def _tokens(pack: Core) -> list[str]:
    """Tokens of the pack's own tokenizer."""
    from tokenizers import Tokenizer

    path = pack.pack.file("tokenizer.json")
    try:
        return list(Tokenizer.from_file(str(path)).get_vocab())
    except Exception as error:  # tokenizers raises it bare
        raise PackError(f"{printable(path)}: no tokenizer ({error}); install the pack again") from error
