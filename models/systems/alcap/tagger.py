"""The music encoder: a tagger with self-attention (Won, Chun and Serra 2019, "Toward Interpretable Music Tagging")."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.errors import CheckpointError
from models.systems.alcap.settings import TaggerSettings

FORMAT = "alcap tagger 1"


def frame_mask(lengths: Tensor, frames: int) -> Tensor:
    """Mask float32 [B, T] of sequences of `lengths` [B]: 1 within, 0 behind."""
    return (torch.arange(frames, device=lengths.device)[None] < lengths[:, None]).float()


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions beside a strided one, on [B, C, mels, T].

    Frames behind the end of a sequence are set to 0 before every convolution, which is what the convolution itself
    takes for the outside; so padding changes nothing within.
    """

    def __init__(self, channels: int, out: int, time_stride: int) -> None:
        super().__init__()
        stride = (2, time_stride)
        self.time_stride = time_stride
        self.first = nn.Conv2d(channels, out, 3, stride, padding=1)
        self.first_norm = nn.BatchNorm2d(out)
        self.second = nn.Conv2d(out, out, 3, padding=1)
        self.second_norm = nn.BatchNorm2d(out)
        self.shortcut = nn.Conv2d(channels, out, 3, stride, padding=1)
        self.shortcut_norm = nn.BatchNorm2d(out)

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Give [B, C', mels / 2, T / stride] and the lengths [B] there."""
        lengths = (lengths + self.time_stride - 1) // self.time_stride
        inner = F.relu(self.first_norm(self.first(x)))
        mask = frame_mask(lengths, inner.shape[-1])[:, None, None, :].to(inner.dtype)
        x = self.second_norm(self.second(inner * mask)) + self.shortcut_norm(self.shortcut(x))
        return F.relu(x) * mask, lengths


class EncoderLayer(nn.Module):
    """Post-norm Transformer layer as in BERT, on [B, T, D]."""

    def __init__(self, width: int, heads: int, inner: int, dropout: float, attention_dropout: float) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(width, heads, dropout=attention_dropout, batch_first=True)
        self.attention_norm = nn.LayerNorm(width)
        self.inner = nn.Sequential(nn.Linear(width, inner), nn.GELU(), nn.Linear(inner, width))
        self.inner_norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, hidden: Tensor) -> Tensor:
        """Give [B, T, D]; `hidden` bool [B, T] is true where nothing may be attended to."""
        attended, _ = self.attention(x, x, x, key_padding_mask=hidden, need_weights=False)
        x = self.attention_norm(x + self.dropout(attended))
        given: Tensor = self.inner_norm(x + self.dropout(self.inner(x)))
        return given


class Tagger(nn.Module):
    """Log-mel spectrogram to a sequence of music embeddings, and to tags.

    Parameters
    ----------
    tags : sequence of str
        What the outputs stand for.
    """

    def __init__(self, settings: TaggerSettings, tags: Sequence[str]) -> None:
        super().__init__()
        self.settings = settings
        self.tags = tuple(tags)
        width = settings.width
        self.norm = nn.BatchNorm2d(1)
        channels = (1, *settings.channels)
        self.blocks = nn.ModuleList(
            ResidualBlock(channels[i], channels[i + 1], stride) for i, stride in enumerate(settings.time_strides)
        )
        self.summary = nn.Parameter(torch.randn(width) * 0.02)
        self.layers = nn.ModuleList(
            EncoderLayer(width, settings.heads, settings.inner, settings.dropout, settings.attention_dropout)
            for _ in range(settings.layers)
        )
        self.pooler = nn.Linear(width, width)
        self.head_dropout = nn.Dropout(settings.head_dropout)
        self.head = nn.Linear(width, len(self.tags))

    def hear(self, mel: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Encode.

        Parameters
        ----------
        mel : Tensor
            [B, T, mels] in decibels.
        lengths : Tensor
            int64 [B], frames of each, at least 1; what lies behind changes nothing.

        Returns
        -------
        tuple of Tensor
            Summary vector [B, D], sequence [B, T', D], mask float32 [B, T'] of it.
        """
        x = self.norm(mel.transpose(1, 2)[:, None])
        x = x * frame_mask(lengths, x.shape[-1])[:, None, None, :].to(x.dtype)
        for block in self.blocks:
            x, lengths = block(x, lengths)
        x = x.squeeze(2).transpose(1, 2)
        mask = frame_mask(lengths, x.shape[1])
        x = torch.cat([self.summary.to(x.dtype).expand(len(x), 1, -1), x], dim=1)
        hidden = F.pad(mask == 0, (1, 0), value=False)
        for layer in self.layers:
            x = layer(x, hidden)
        return x[:, 0], x[:, 1:], mask

    def sequence(self, mel: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Give the sequence [B, T', D], before any pooling, and its mask [B, T']; parameters as in `hear`."""
        _, sequence, mask = self.hear(mel, lengths)
        return sequence, mask

    def forward(self, mel: Tensor, lengths: Tensor) -> Tensor:
        """Give the tags' logits [B, K]; parameters as in `hear`."""
        summary, _, _ = self.hear(mel, lengths)
        logits: Tensor = self.head(self.head_dropout(torch.tanh(self.pooler(summary))))
        return logits


def save_tagger(tagger: Tagger, path: Path) -> None:
    """Write a trained tagger for `TaggerSettings.weights`."""
    sizes = tagger.settings.model_dump(mode="json", exclude={"weights"})
    content = {"format": FORMAT, "settings": sizes, "tags": list(tagger.tags), "weights": tagger.state_dict()}
    temporary = path.with_name(path.name + ".tmp")
    torch.save(content, temporary)
    temporary.replace(path)


def read_tagger(path: Path, settings: TaggerSettings) -> dict[str, Any]:
    """Read what `save_tagger` wrote: `tags` and `weights`.

    Raises
    ------
    CheckpointError
        If there is none, it is damaged, or of a tagger of other sizes.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise CheckpointError(f"{path}: no such file (model.tagger.weights)") from error
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        raise CheckpointError(f"{path}: not a tagger's weights (model.tagger.weights)") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise CheckpointError(f"{path}: not a tagger's weights (model.tagger.weights)")
    wanted = settings.model_dump(mode="json", exclude={"weights"})
    shapes = ("channels", "time_strides", "layers", "heads", "inner")
    other = [name for name in shapes if content["settings"][name] != wanted[name]]
    if other:
        names = ", ".join(f"{name} {content['settings'][name]}, not {wanted[name]}" for name in other)
        raise CheckpointError(f"{path}: a tagger of other sizes: {names}")
    return {"tags": content["tags"], "weights": content["weights"]}
