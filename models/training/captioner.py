"""Train the captioner: music, heard tags and made-up lyrics to sentences that are true of the clip (after ALCAP)."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from models.data.captions import CaptionTargets
from models.data.corpus import REAL, load_corpus
from models.data.lyrics import draw_theme, make_lyrics, telling
from models.data.tokenizer import BEGIN, END, load_tokenizer, pad, train_tokenizer
from models.data.vocabulary import load_vocabulary
from models.nets.captioner import Captioner
from models.nets.text import TextEncoder
from models.training.checkpoint import load_checkpoint, save_checkpoint
from models.training.device import CPU, Steps, mixed, put
from models.training.music import Student, predict
from models.training.text import TOKENS

CAPTION_TOKENS = 1200
"""Captions use few words, so they have a small tokenizer of their own."""
LYRICS_SHARE = 0.2
ALIGNMENT = 0.02
"""Weight of the contrastive alignment of music and lyrics (ALCAP, section 4.3)."""
MUSIC_DROPOUT = 0.3
"""Share of clips whose latents are hidden, so that the decoder listens to the tags as well."""
LEAST_REAL = 0.35
"""A tag of a recording may be named from this target on: teachers seldom agree fully."""
TEXT_ONLY = 0.35
"""Share of targets from invented sets of tags without any sound: more combinations than the corpus holds."""


@dataclass
class Heard:
    """What the trained music encoder says of every segment: scores [S, V], latents float16 [S, 20, 256]."""

    scores: np.ndarray
    latents: np.ndarray


def hear(work: Path, device: torch.device = CPU) -> Heard:
    """Run the trained music encoder over the corpus; needs `music.pt`."""
    model = Student(len(load_vocabulary())).to(device)
    load_checkpoint(work / "music.pt", model)
    scores, _, latents = predict(model.music, load_corpus(work))
    return Heard(scores, latents)


class CaptionBatches:
    """Draws batches of (latents, tags, lyrics, lyric mask, ids).

    Parameters
    ----------
    data, work : Path
        Developers' data; folder of checkpoints.
    heard : Heard, optional
        Without it, only invented sets of tags are drawn (before the music encoder is trained).
    """

    def __init__(self, data: Path, work: Path, heard: Heard | None, seed: int, device: torch.device = CPU) -> None:
        self.device, self.vocabulary = device, load_vocabulary()
        self.targets = CaptionTargets(data)
        self.lyrics_tokenizer = load_tokenizer(work / "tokenizer.json")
        self.text = TextEncoder(TOKENS).to(device)
        load_checkpoint(work / "text.pt", self.text)
        self.text.eval()
        self.heard = heard
        corpus = load_corpus(work)
        self.truth = np.where(corpus.weight > 0, corpus.target, 0.0)
        self.least = np.where(corpus.kind == REAL, LEAST_REAL, 0.5)
        self.rows = np.flatnonzero(~corpus.held_out)
        self.rng = random.Random(seed)
        self.numbers = np.random.default_rng(seed)
        self.tokenizer = self._caption_tokenizer(work / "captions.json")

    def _caption_tokenizer(self, file: Path) -> Tokenizer:
        """Load the captions' tokenizer, or learn it from captions."""
        if not file.exists():
            examples = [example[3] for example in (self.example() for _ in range(20_000)) if example]
            words = [f" {name}" for name in self.vocabulary.names for _ in range(20)]
            train_tokenizer([*examples, *words], CAPTION_TOKENS).save(str(file))
        return load_tokenizer(file)

    def example(self) -> tuple[np.ndarray, np.ndarray, str, str] | None:
        """Latents [20, 256], tag scores [V], lyrics and caption of one clip."""
        row = int(self.rng.choice(self.rows))
        levels = self._levels(row)
        invented = self.heard is None or self.rng.random() < TEXT_ONLY
        if invented and self.rng.random() < 0.7:
            levels = self._invent(levels)
        caption = self.targets.write(levels, self.rng)
        if caption is None:
            return None
        lyrics = ""
        sung = any(self.vocabulary.groups[t] == "vocal" and self.vocabulary.names[t] != "instrumental" for t in levels)
        if self.rng.random() < LYRICS_SHARE and (sung or self.rng.random() < 0.3):
            theme = draw_theme({self.vocabulary.names[tag] for tag in levels}, self.rng)
            lyrics, caption = make_lyrics(theme, self.rng), f"{caption} {telling(theme, self.rng)}"
        latents = np.zeros((20, 256), np.float32)
        if invented or self.heard is None:
            scores = self._pretend(levels)
        else:
            scores = self.heard.scores[row].copy()
            for tag in levels:  # what the caption may name must be seen, also where the encoder missed it
                scores[tag] = max(scores[tag], 0.3 + 0.3 * self.rng.random())
            if self.rng.random() > MUSIC_DROPOUT:
                latents = self.heard.latents[row].astype(np.float32)
        return latents, scores, lyrics, caption

    def _levels(self, row: int) -> dict[int, float]:
        truth = self.truth[row]
        return {int(i): float(truth[i]) for i in np.flatnonzero(truth > self.least[row])}

    def _invent(self, levels: dict[int, float]) -> dict[int, float]:
        """Exchange the tags of a clip for others of their groups."""
        groups = self.vocabulary.groups
        out: dict[int, float] = {}
        for tag in levels:
            if groups[tag] == "vocal":
                out[tag] = levels[tag]
            elif self.rng.random() < 0.9:
                pool = [i for i, group in enumerate(groups) if group == groups[tag]]
                out[self.rng.choice(pool)] = self.rng.uniform(0.5, 1.0)
        return out

    def _pretend(self, levels: dict[int, float]) -> np.ndarray:
        """Scores as an encoder might give them: the tags high, a few others faint."""
        scores = self.numbers.beta(0.3, 8.0, len(self.vocabulary)).astype(np.float32)
        for tag in levels:
            scores[tag] = self.rng.uniform(0.35, 0.98)
        return scores

    def __call__(self, size: int) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Draw a batch and put it on the device."""
        examples = []
        while len(examples) < size:
            if (example := self.example()) is not None:
                examples.append(example)
        latents, scores, lyrics, captions = zip(*examples, strict=True)
        mask, vectors = self._lyrics(lyrics)
        ids = [np.array([BEGIN, *self.tokenizer.encode(text).ids[:62], END], np.int64) for text in captions]
        drawn = torch.from_numpy(np.stack(latents)), torch.from_numpy(np.stack(scores)), vectors, mask, pad(ids)
        sequence, tags, vectors, mask, tokens = (put(part, self.device) for part in drawn)
        return sequence, tags, vectors, mask, tokens

    @torch.no_grad()
    def _lyrics(self, texts: tuple[str, ...]) -> tuple[Tensor, Tensor]:
        """Mask [B, L] and token vectors [B, L, width] of lyrics; L is 0 where no clip of the batch has any."""
        with_words = [row for row, text in enumerate(texts) if text]
        if not with_words:
            return torch.zeros(len(texts), 0), torch.zeros(len(texts), 0, self.text.config["width"])
        ids = pad([np.array(self.lyrics_tokenizer.encode(texts[row]).ids[:64], np.int64) for row in with_words])
        mask = torch.zeros(len(texts), ids.shape[1])
        vectors = torch.zeros(len(texts), ids.shape[1], self.text.config["width"], device=self.device)
        mask[with_words] = (ids != 0).float()
        vectors[put(torch.tensor(with_words), self.device)] = self.text.sequence(put(ids, self.device))
        return mask, vectors


def train(
    data: Path, work: Path, heard: Heard | None, *, minutes: float, batch: int = 48, seed: int = 0,
    device: torch.device = CPU,
) -> None:  # fmt: skip
    """Train until `minutes` are spent in all, resuming from `captioner.pt`."""
    torch.manual_seed(seed)
    model = Captioner(CAPTION_TOKENS, len(load_vocabulary())).to(device)
    spent = load_checkpoint(work / "captioner.pt", model)
    batches = CaptionBatches(data, work, heard, seed + int(spent * 60), device)
    steps = Steps(model, decay=0.01)
    started, recent = time.monotonic(), 0.0
    model.train()
    while (elapsed := spent + (time.monotonic() - started) / 60) < minutes:
        drawn = batches(batch)
        with mixed(device):
            loss = model.loss(*drawn) + ALIGNMENT * model.alignment(drawn[0], drawn[2], drawn[3])
        steps.take(loss, 1e-3 * min(1.0, (steps.taken + 1) / 100) * max(0.03, 1 - elapsed / minutes))
        recent = 0.98 * recent + 0.02 * loss.item() if steps.taken > 1 else loss.item()
        if steps.taken % 100 == 0:
            now = spent + (time.monotonic() - started) / 60
            print(f"captioner {now:5.1f} min step {steps.taken} loss {recent:.3f}", flush=True)
            save_checkpoint(work / "captioner.pt", model, now)
    save_checkpoint(work / "captioner.pt", model, spent + (time.monotonic() - started) / 60)
