"""ALCAP with its losses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import BartForConditionalGeneration

from models.datasets.base import Split
from models.errors import DatasetError
from models.generation.huggingface import Memory
from models.generation.search import Hypothesis
from models.systems import tokens
from models.systems.alcap.alignment import info_nce
from models.systems.alcap.evaluation import evaluate_captions, evaluate_tags
from models.systems.alcap.heard import SequenceCache
from models.systems.alcap.network import Captioner, Music
from models.systems.alcap.settings import AlcapSettings
from models.systems.alcap.tagger import Tagger, read_tagger
from models.systems.alcap.writer import write
from models.systems.base import Batch, Prepared, State, System
from models.trainer.distributed import gather_with_grad

SILENCE = -100.0
"""Decibels of padding."""


class Alcap(System):
    """Music encoder and captioner.

    Two stages: "tagger" trains the music encoder on tags; "caption" freezes it, batch statistics too, and trains the
    rest on captions and alignment.

    Parameters
    ----------
    state : dict
        `tags` and `tokenizer` of `AlcapPrepared.state`.
    bart : BartForConditionalGeneration
        With its weights.
    """

    def __init__(self, settings: AlcapSettings, state: State, bart: BartForConditionalGeneration) -> None:
        super().__init__()
        self.settings = settings
        self.tokenizer = tokens.from_state(state["tokenizer"])
        self.tagger = Tagger(settings.model.tagger, state["tags"])
        self.captioner = Captioner(settings.model, bart)
        self.heard = SequenceCache()
        self.stage = "caption"
        self.begin_stage(self.stage)

    def load_tagger(self) -> None:
        """Take the tagger's weights from the file that the settings name."""
        assert self.settings.model.tagger.weights is not None
        found = read_tagger(self.settings.model.tagger.weights, self.settings.model.tagger)
        self.tagger.load_state_dict(found["weights"])
        self.heard.clear()

    def begin_stage(self, stage: str) -> None:
        """Train the tagger or the captioner, and freeze the other."""
        if stage not in ("tagger", "caption"):
            raise ValueError(f"no stage {stage!r}")
        if stage == "tagger" and not self.tagger.tags:
            raise DatasetError(
                "the training records have no tags to learn from: leave the stage tagger out and give "
                "model.tagger.weights"
            )
        self.stage = stage
        self.tagger.requires_grad_(stage == "tagger")
        self.captioner.requires_grad_(stage == "caption")
        if stage == "tagger":
            self.heard.clear()
        self.train(self.training)

    def train(self, mode: bool = True) -> Alcap:
        """Set the training mode of what the stage trains; what is frozen stays in evaluation mode."""
        super().train(mode)
        if self.stage == "caption":
            self.tagger.eval()
        else:
            self.captioner.eval()
        return self

    def load_state_dict(self, *args: Any, **kwargs: Any) -> Any:
        """Load weights, and forget what the music encoder gave before if it is another one now."""
        before = {name: value.clone() for name, value in self.tagger.state_dict().items()}
        result = super().load_state_dict(*args, **kwargs)
        if not all(torch.equal(value, before[name]) for name, value in self.tagger.state_dict().items()):
            self.heard.clear()
        return result

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.tagger.summary.device

    def stack(self, mels: Sequence[npt.NDArray[np.float16]]) -> tuple[Tensor, Tensor]:
        """Pad spectrograms [T, mels] to [B, T, mels]; give their lengths [B] too."""
        lengths = torch.tensor([len(mel) for mel in mels])
        stacked = torch.full((len(mels), int(lengths.max()), mels[0].shape[1]), SILENCE)
        for row, mel in zip(stacked, mels, strict=True):
            row[: len(mel)] = torch.from_numpy(np.asarray(mel, np.float32))
        return stacked.to(self.device), lengths.to(self.device)

    @torch.no_grad()
    def hear(self, mels: Sequence[npt.NDArray[np.float16]]) -> list[Tensor]:
        """Give the sequences [T', D] of excerpts, from the frozen encoder in full precision."""
        with torch.autocast(self.device.type, enabled=False):
            sequence, mask = self.tagger.sequence(*self.stack(mels))
        return [row[:length] for row, length in zip(sequence, mask.sum(1).int().tolist(), strict=True)]

    def music(self, batch: Batch) -> Music | None:
        """Give the music encoder's sequences of a batch; None for the variant "bart".

        The middle excerpts are heard one at a time: what is remembered of a sound must not depend on the batch in
        which it came first.
        """
        if self.settings.model.variant == "bart":
            return None
        sequences: dict[int, Tensor] = {}
        if self.settings.model.music == "live":
            rows = [i for i, mel in enumerate(batch["excerpt"]) if mel is not None]
            if rows:
                sequences = dict(zip(rows, self.hear([batch["excerpt"][i] for i in rows]), strict=True))
        else:
            for i, (sound, mel) in enumerate(zip(batch["sound"], batch["middle"], strict=True)):
                if mel is None:
                    continue
                if sound not in self.heard:
                    self.heard[sound] = self.hear([mel])[0]
                sequences[i] = self.heard[sound]
        longest = max((len(sequence) for sequence in sequences.values()), default=1)
        stacked = torch.zeros(len(batch["sound"]), longest, self.settings.model.tagger.width)
        mask = torch.zeros(len(batch["sound"]), longest)
        if sequences and next(iter(sequences.values())).device != stacked.device:
            stacked, mask = stacked.to(self.device), mask.to(self.device)
        for i, sequence in sequences.items():
            stacked[i, : len(sequence)] = sequence
            mask[i, : len(sequence)] = 1.0
        return Music(stacked.to(self.device), mask.to(self.device))

    def encode(self, batch: Batch) -> tuple[Memory, Tensor, Music | None]:
        """Give the decoder's memory, the encoded lyrics [B, L, D] before fusion, and the music."""
        music = self.music(batch)
        lyrics = self.captioner.read(batch["lyrics"], batch["lyrics_mask"])
        return self.captioner.fuse(lyrics, batch["lyrics_mask"], batch["has_lyrics"], music), lyrics, music

    def losses(self, batch: Batch, stage: str) -> dict[str, Tensor]:
        """Binary cross-entropy of the tags, or caption loss + weight x alignment (eq. 4)."""
        return self._tag_losses(batch) if stage == "tagger" else self._caption_losses(batch)

    def _tag_losses(self, batch: Batch) -> dict[str, Tensor]:
        tagged = batch["tagged"].tolist()
        rows = [i for i, mel in enumerate(batch["excerpt"]) if mel is not None and tagged[i]]
        if not rows:
            return {"loss": 0.0 * sum(parameter.sum() for parameter in self.tagger.parameters())}  # type: ignore[dict-item]
        logits = self.tagger(*self.stack([batch["excerpt"][i] for i in rows]))
        return {"loss": F.binary_cross_entropy_with_logits(logits.float(), batch["tags"][rows])}

    def _caption_losses(self, batch: Batch) -> dict[str, Tensor]:
        memory, lyrics, music = self.encode(batch)
        caption = self.captioner.caption_loss(batch["labels"], memory)
        if self.captioner.alignment is None:
            return {"loss": caption, "caption": caption}
        assert music is not None
        aligned = self._alignment_loss(batch, lyrics, music)
        return {
            "loss": caption + self.settings.model.alignment_weight * aligned,
            "caption": caption,
            "alignment": aligned,
        }

    def _alignment_loss(self, batch: Batch, lyrics: Tensor, music: Music) -> Tensor:
        """InfoNCE over all examples of all processes that have both music and lyrics; 0 where fewer than two do."""
        assert self.captioner.alignment is not None
        heard, read = self.captioner.alignment(music.sequence, music.mask, lyrics, batch["lyrics_mask"])
        both = (batch["has_lyrics"] & music.present).float()[:, None]
        heard, read, both = gather_with_grad(heard), gather_with_grad(read), gather_with_grad(both)
        groups = gather_with_grad(batch["groups"])
        kept = both[:, 0] > 0
        if int(kept.sum()) < 2:
            return 0.0 * (heard.sum() + read.sum())
        return info_nce(heard[kept], read[kept], self.settings.model.temperature, groups[kept])

    @torch.no_grad()
    def write(self, batch: Batch) -> list[Hypothesis]:
        """Give the best caption of every example; the system must be in evaluation mode."""
        evaluation = self.settings.evaluation
        memory, _, _ = self.encode(batch)
        return write(
            self.captioner,
            memory,
            longest=self.settings.data.caption_tokens - 1,
            beams=evaluation.beams,
            length_penalty=evaluation.length_penalty,
            no_repeat_ngram=evaluation.no_repeat_ngram,
        )

    def evaluate(self, prepared: Prepared, split: Split) -> dict[str, float]:
        """Tags in the stage "tagger"; captions, retrieval through them and alignment in the stage "caption"."""
        training = self.training
        self.eval()
        try:
            with torch.no_grad():
                return (evaluate_tags if self.stage == "tagger" else evaluate_captions)(self, prepared, split)
        finally:
            self.train(training)
