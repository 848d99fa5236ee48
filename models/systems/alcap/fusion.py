"""Fusion of lyrics and music by cross-attention (section 3.4)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Fusion(nn.Module):
    """Lyrics ask, music answers: softmax(Q K' / sqrt(d)) V with queries of the lyrics (eq. 2).

    What is found is added to the lyrics and normalised, as around every attention of BART. Where there is no music
    nothing is added.
    """

    def __init__(self, lyrics: int, music: int, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(lyrics, width)
        self.key = nn.Linear(music, width)
        self.value = nn.Linear(music, width)
        self.out = nn.Linear(width, lyrics)
        self.dropout = nn.Dropout(dropout)
        self.norm = nn.LayerNorm(lyrics)

    def _split(self, x: Tensor) -> Tensor:
        batch, steps, width = x.shape
        return x.reshape(batch, steps, self.heads, width // self.heads).transpose(1, 2)

    def weights(self, lyrics: Tensor, music: Tensor, music_mask: Tensor) -> Tensor:
        """Attention [B, heads, L, M] of every lyric token on the music; rows sum to 1, padding gets 0."""
        query, key = self._split(self.query(lyrics)), self._split(self.key(music))
        scores = (query @ key.transpose(-2, -1)).float() * query.shape[-1] ** -0.5
        hidden = music_mask[:, None, None, :] == 0
        # A finite number, so that a row without any music stays a distribution instead of NaN.
        weights: Tensor = scores.masked_fill(hidden, torch.finfo(scores.dtype).min).softmax(-1)
        return weights

    def forward(self, lyrics: Tensor, music: Tensor, music_mask: Tensor) -> Tensor:
        """Fuse.

        Parameters
        ----------
        lyrics : Tensor
            [B, L, D].
        music : Tensor
            [B, M, E].
        music_mask : Tensor
            [B, M]; all zeros for an example without music.

        Returns
        -------
        Tensor
            [B, L, D].
        """
        weights = self.weights(lyrics, music, music_mask)
        value = self._split(self.value(music))
        found = self.out((weights.to(value.dtype) @ value).transpose(1, 2).flatten(2))
        heard = (music_mask.sum(1) > 0)[:, None, None].to(found.dtype)
        fused: Tensor = self.norm(lyrics + self.dropout(found) * heard)
        return fused


class MusicAlone(nn.Module):
    """Memory of an example without lyrics: the music sequence itself, brought to the decoder's width."""

    def __init__(self, music: int, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(music, width)
        self.norm = nn.LayerNorm(width)

    def forward(self, music: Tensor) -> Tensor:
        """Give [B, M, D] of [B, M, E]."""
        memory: Tensor = self.norm(self.linear(music))
        return memory


def join(
    fused: Tensor, fused_mask: Tensor, alone: Tensor, alone_mask: Tensor, has_lyrics: Tensor
) -> tuple[Tensor, Tensor]:
    """Give each example the memory that is its own.

    Parameters
    ----------
    fused, fused_mask : Tensor
        [B, L, D] and [B, L], of examples with lyrics.
    alone, alone_mask : Tensor
        [B, M, D] and [B, M], of those without.
    has_lyrics : Tensor
        bool [B].

    Returns
    -------
    tuple of Tensor
        Memory [B, T, D] and mask [B, T]; T is L where all have lyrics, else the longer of both.
    """
    if bool(has_lyrics.all()):
        length = fused.shape[1]
        # Times 0, so that every weight has a gradient on every process.
        return fused + 0.0 * alone.sum(), fused_mask[:, :length]
    length = max(fused.shape[1], alone.shape[1])

    def pad(x: Tensor) -> Tensor:
        return F.pad(x, (0, 0, 0, length - x.shape[1]) if x.dim() == 3 else (0, length - x.shape[1]))

    memory = torch.where(has_lyrics[:, None, None], pad(fused), pad(alone))
    return memory, torch.where(has_lyrics[:, None], pad(fused_mask), pad(alone_mask))
