"""The structure loss of the joint stage with what it keeps: memory bank, momentum copies, tag read-outs."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.systems.base import Batch
from models.systems.synaesthesia.augment import add_noise, mask_stretches, shift_pitch
from models.systems.synaesthesia.bank import MemoryBank, momentum_copy, momentum_update
from models.systems.synaesthesia.bleu import sentence_bleu
from models.systems.synaesthesia.music import MusicEncoder
from models.systems.synaesthesia.settings import Similarity, SynaesthesiaSettings
from models.systems.synaesthesia.structure import (
    cosines,
    info_nce,
    pairwise_loss,
    pearson_divergence,
    softmax_divergence,
    tag_loss,
    triplet_loss,
)
from models.systems.synaesthesia.text import TextEncoder

RELATIONAL = ("pairwise", "triplet", "group")
"""Kinds that compare sentences with each other."""
FIELD: dict[Similarity, str] = {"bleu": "words", "latents": "text", "sentence": "sentence"}
"""What a similarity reads of a sentence."""


class StructureObjective(nn.Module):
    """Structure loss of `settings.model.structure`.

    Parameters
    ----------
    settings : SynaesthesiaSettings
    tags : int
        Classes of classification.
    sentence_width : int
        Width of the sentence encoder's vectors, 0 without one.
    music, text : MusicEncoder, TextEncoder
        What the momentum copies are of.
    """

    def __init__(
        self,
        settings: SynaesthesiaSettings,
        tags: int,
        sentence_width: int,
        music: MusicEncoder,
        text: TextEncoder,
    ) -> None:
        super().__init__()
        self.settings = settings.model.structure
        self.power = settings.data.power
        self.frame_rate = settings.data.rate / settings.data.hop
        self.music_copy: MusicEncoder | None = None
        self.text_copy: TextEncoder | None = None
        self.bank: MemoryBank | None = None
        latent = settings.model.tokens * settings.model.width
        compares = self.settings.kind in RELATIONAL
        if self.settings.kind == "classification":
            self.tags_of_music, self.tags_of_text = nn.Linear(latent, tags), nn.Linear(latent, tags)
        if compares and self.settings.similarity == "latents":
            self.text_copy = momentum_copy(text)
        if self.settings.kind == "group":
            self.music_copy = momentum_copy(music)
            sentence = {
                "bleu": (settings.data.words, torch.int64),
                "latents": (latent, torch.float32),
                "sentence": (sentence_width, torch.float32),
            }[self.settings.similarity]
            self.bank = MemoryBank(
                self.settings.references, {"music": (latent, torch.float32), FIELD[self.settings.similarity]: sentence}
            )

    def train(self, mode: bool = True) -> StructureObjective:
        """Keep the momentum copies in evaluation mode: references without dropout."""
        super().train(mode)
        for copy in (self.music_copy, self.text_copy):
            if copy is not None:
                copy.eval()
        return self

    @torch.no_grad()
    def begin(self, music: MusicEncoder, text: TextEncoder) -> None:
        """Start the momentum copies from the encoders as they are now, and the bank empty."""
        if self.music_copy is not None:
            self.music_copy.load_state_dict(music.state_dict())
        if self.text_copy is not None:
            self.text_copy.load_state_dict(text.state_dict())
        if self.bank is not None:
            self.bank.clear()

    def after_step(self, music: MusicEncoder, text: TextEncoder) -> None:
        """Move the momentum copies."""
        if self.music_copy is not None:
            momentum_update(self.music_copy, music, self.settings.momentum)
        if self.text_copy is not None:
            momentum_update(self.text_copy, text, self.settings.momentum)

    @torch.no_grad()
    def sentences(self, batch: Batch) -> Tensor:
        """Give what the similarity reads of the batch's sentences: [B, width]."""
        if self.text_copy is not None:
            latents: Tensor = self.text_copy(batch["ids"], batch["mask"])
            return latents.flatten(1)
        found: Tensor = batch[FIELD[self.settings.similarity]]
        return found

    def similarities(self, a: Tensor, b: Tensor) -> Tensor:
        """Give q: similarity of every sentence of a [B, width] with every one of b [N, width], at most 1."""
        return sentence_bleu(a, b) if self.settings.similarity == "bleu" else cosines(a, b)

    def forward(self, batch: Batch, music: Tensor, text: Tensor, encoder: MusicEncoder) -> Tensor:
        """Give the loss of a batch, not weighted.

        Parameters
        ----------
        batch : dict
        music, text : Tensor
            Latent tokens [B, tokens, width] of both sides.
        encoder : MusicEncoder
            For augmented copies.
        """
        kind, latents = self.settings.kind, music.flatten(1)
        other = batch["owner"][:, None] != batch["owner"][None]
        if kind == "classification":
            logits = self.tags_of_music(latents), self.tags_of_text(text.flatten(1))
            return tag_loss(logits[0], batch["tags"], batch["known"]) + tag_loss(
                logits[1], batch["tags"], batch["known"]
            )
        if kind == "contrastive":
            return self._contrast(batch, latents, other, encoder)
        if kind == "none":
            return latents.new_zeros(())
        sentences = self.sentences(batch)
        if kind == "group":
            return self._group(batch, latents, sentences)
        p, q = cosines(latents, latents), self.similarities(sentences, sentences)
        return pairwise_loss(p, q, other) if kind == "pairwise" else triplet_loss(p, q, other, self.settings.margin)

    def _contrast(self, batch: Batch, latents: Tensor, other: Tensor, encoder: MusicEncoder) -> Tensor:
        spectrogram, frames = batch["spectrogram"], batch["frames"]
        copies = (
            add_noise(spectrogram, self.power),
            shift_pitch(spectrogram),
            mask_stretches(spectrogram, self.frame_rate),
        )
        losses = []
        for copy in copies:
            augmented = encoder(copy, frames).flatten(1)
            if self.settings.contrast == "mse":
                losses.append((augmented - latents).square().mean())
            else:
                losses.append(info_nce(augmented, latents, other, self.settings.temperature))
        return torch.stack(losses).mean()

    def _group(self, batch: Batch, latents: Tensor, sentences: Tensor) -> Tensor:
        assert self.bank is not None
        if self.training and self.settings.own_recording:
            self._write(batch, sentences)
        held = self.bank.entries()
        p = cosines(latents, held["music"])
        q = self.similarities(sentences, held[FIELD[self.settings.similarity]]) if len(held["owner"]) else p.detach()
        mask = torch.ones_like(p, dtype=torch.bool)
        if not self.settings.own_recording:
            mask = batch["owner"][:, None] != held["owner"][None]
        if self.training and not self.settings.own_recording:
            self._write(batch, sentences)
        if self.settings.divergence == "pearson":
            return pearson_divergence(p, q, mask)
        return softmax_divergence(p, q, mask, self.settings.sharpness)

    @torch.no_grad()
    def _write(self, batch: Batch, sentences: Tensor) -> None:
        assert self.bank is not None and self.music_copy is not None
        music = self.music_copy(batch["spectrogram"], batch["frames"]).flatten(1)
        self.bank.push({"music": music, FIELD[self.settings.similarity]: sentences, "owner": batch["owner"]})
