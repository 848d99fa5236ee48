"""From music and lyrics to the memory of the caption decoder, and to captions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import BartForConditionalGeneration

from models.generation.huggingface import Memory
from models.systems.alcap.alignment import Alignment
from models.systems.alcap.fusion import Fusion, MusicAlone, join
from models.systems.alcap.settings import ModelSettings


@dataclass(frozen=True)
class Music:
    """The music encoder's sequences [B, M, D] with mask [B, M]; all zeros for an example without audio."""

    sequence: Tensor
    mask: Tensor

    @property
    def present(self) -> Tensor:
        """Which examples have audio, bool [B]."""
        return self.mask.sum(1) > 0


class Captioner(nn.Module):
    """BART whose memory is fused with music.

    Parameters
    ----------
    bart : BartForConditionalGeneration
        Its encoder reads lyrics, its decoder writes captions.

    Notes
    -----
    Without lyrics the memory of an example is the music sequence itself, without audio it is the lyrics as the
    fusion's norm leaves them, and the variant "bart" reads an empty text where there are no lyrics. A batch may mix
    them all.
    """

    def __init__(self, settings: ModelSettings, bart: BartForConditionalGeneration) -> None:
        super().__init__()
        self.bart = bart
        self.settings = settings
        width, music = self.config.d_model, settings.tagger.width
        self.fusion: Fusion | None = None
        self.alone: MusicAlone | None = None
        self.alignment: Alignment | None = None
        if settings.variant != "bart":
            self.fusion = Fusion(width, music, settings.fusion_width, settings.fusion_heads, settings.fusion_dropout)
            self.alone = MusicAlone(music, width)
        if settings.variant == "alcap":
            self.alignment = Alignment(music, width, settings.alignment_width)

    @property
    def config(self) -> Any:
        """Configuration of BART (BartConfig; its own annotations allow None everywhere)."""
        return self.bart.config

    def read(self, lyrics: Tensor, lyrics_mask: Tensor) -> Tensor:
        """Encode lyrics int64 [B, L] to [B, L, D]."""
        states: Tensor = self.bart.model.encoder(input_ids=lyrics, attention_mask=lyrics_mask).last_hidden_state
        return states

    def fuse(self, lyrics: Tensor, lyrics_mask: Tensor, has_lyrics: Tensor, music: Music | None) -> Memory:
        """Make the memory from encoded lyrics [B, L, D] and music."""
        if self.fusion is None or self.alone is None:
            return Memory(lyrics, lyrics_mask)
        assert music is not None
        fused = self.fusion(lyrics, music.sequence, music.mask)
        # Lyrics that are not there may be replaced by music only where there is any.
        by_lyrics = has_lyrics | ~music.present
        return Memory(*join(fused, lyrics_mask, self.alone(music.sequence), music.mask, by_lyrics))

    def logits(self, labels: Tensor, memory: Memory) -> Tensor:
        """Teacher forcing: logits [B, T, V] of `labels` int64 [B, T] (-100 is padding), each from those before it."""
        start = torch.full_like(labels[:, :1], self.config.decoder_start_token_id)
        before = torch.cat([start, labels[:, :-1]], dim=1)
        states = self.bart.model.decoder(
            input_ids=before.masked_fill(before < 0, self.config.pad_token_id),
            encoder_hidden_states=memory.states,
            encoder_attention_mask=memory.mask,
            use_cache=False,
        ).last_hidden_state
        return self.words(states)

    def words(self, states: Tensor) -> Tensor:
        """Logits of decoder states."""
        logits: Tensor = self.bart.lm_head(states) + self.bart.final_logits_bias
        return logits

    def caption_loss(self, labels: Tensor, memory: Memory) -> Tensor:
        """Cross-entropy of the labels (eq. 3), mean over tokens, in nats."""
        return F.cross_entropy(self.logits(labels, memory).flatten(0, 1).float(), labels.flatten(), ignore_index=-100)


@contextmanager
def visible_attention(bart: BartForConditionalGeneration) -> Iterator[None]:
    """Let BART give its attention weights, which the fast implementations do not."""
    before = bart.config._attn_implementation
    bart.config._attn_implementation = "eager"
    try:
        yield
    finally:
        bart.config._attn_implementation = before
