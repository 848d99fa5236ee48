"""Distil the sentence teacher into the small text encoder."""

from __future__ import annotations

import random
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from models.data.corpus import Corpus
from models.data.phrases import distillation_phrases, music_text
from models.data.scene_texts import suiting_scenes
from models.data.texts import sentence_vectors, texts_for
from models.data.tokenizer import encode, pad, train_tokenizer
from models.nets.text import JOINT, TextEncoder
from models.teachers.sentence import SentenceTeacher
from models.training.checkpoint import load_checkpoint, save_checkpoint
from models.training.device import CPU, Steps, device_of, put

TOKENS = 6000
HELD_OUT = 2000
"""Phrases that measure, of few at most a fifth."""


PHRASES = 150_000


def prepare(data: Path, work: Path, *, phrases: int = PHRASES, device: torch.device = CPU) -> None:
    """Make the tokenizer, the phrases' token ids and the teacher's vectors, rotated and cut to 256 by PCA."""
    if (work / "text.npz").exists():
        return
    teacher = SentenceTeacher(device)
    words = teacher.words()
    lines = distillation_phrases(data, words, count=phrases)
    tokenizer = train_tokenizer([*music_text(data) * 3, *words, *lines], TOKENS)
    tokenizer.save(str(work / "tokenizer.json"))
    started = time.monotonic()
    vectors = teacher(lines)
    print(f"teacher: {len(lines)} phrases in {time.monotonic() - started:.0f} s", flush=True)
    centred = vectors - vectors.mean(0)
    values, axes = np.linalg.eigh(centred.T @ centred / len(centred))
    kept = axes[:, np.argsort(values)[::-1][:JOINT]].astype(np.float32)
    print(f"PCA keeps {np.sort(values)[::-1][:JOINT].sum() / values.sum():.3f} of the variance", flush=True)
    np.savez(work / "text.npz", vectors=(vectors @ kept).astype(np.float16), axes=kept, phrases=np.array(lines))


def distillation_loss(student: Tensor, teacher: Tensor) -> Tensor:
    """Cosine distance to the teacher plus the difference of the batch's similarity matrices."""
    return (1 - (student * teacher).sum(-1)).mean() + F.mse_loss(student @ student.T, teacher @ teacher.T) * 10


def student(model: TextEncoder, rows: list[np.ndarray], chosen: np.ndarray) -> Tensor:
    """Sentence vectors [n, 256] of some rows of token ids, on the model's device."""
    return model.semantic(put(pad([rows[i] for i in chosen]), device_of(model)))


def train(
    data: Path, work: Path, *, minutes: float = 25.0, batch: int = 256, seed: int = 0, phrases: int = PHRASES,
    device: torch.device = CPU,
) -> None:  # fmt: skip
    """Train for `minutes`, resuming from `text.pt`; print the cosine to the teacher on held-out phrases."""
    torch.manual_seed(seed)
    prepare(data, work, phrases=phrases, device=device)
    table = np.load(work / "text.npz")
    rows = encode(work / "tokenizer.json", table["phrases"].tolist())
    targets = F.normalize(put(torch.from_numpy(table["vectors"].astype(np.float32)), device), dim=-1)
    order = np.random.default_rng(seed).permutation(len(rows))
    held, kept = np.split(order, [min(HELD_OUT, len(order) // 5)])
    model = TextEncoder(TOKENS).to(device)
    spent = load_checkpoint(work / "text.pt", model)
    steps = Steps(model, decay=0.01)
    started, rng = time.monotonic(), np.random.default_rng(seed + 1)
    while (elapsed := spent + (time.monotonic() - started) / 60) < minutes:
        begun = steps.taken
        pool = rng.choice(kept, batch * 16)  # sorted by length within a pool, so that batches pad little
        pool = pool[np.argsort([len(rows[i]) for i in pool])]
        for first in rng.permutation(16) * batch:
            chosen = pool[first : first + batch]
            loss = distillation_loss(student(model, rows, chosen), targets[put(torch.from_numpy(chosen), device)])
            steps.take(loss, 1.2e-3 * min(1.0, (begun + 1) / 200) * (1 - elapsed / minutes) + 1e-6)
        if steps.taken % 320 == 0:
            model.eval()
            with torch.inference_mode():
                parts = [(student(model, rows, part) * targets[put(torch.from_numpy(part), device)]).sum(-1)
                         for part in np.array_split(held, 8)]  # fmt: skip
                cosine = torch.cat(parts).mean()
            model.train()
            now = spent + (time.monotonic() - started) / 60
            print(f"text {now:5.1f} min step {steps.taken} loss {loss.item():.4f} held-out cosine {cosine:.4f}",
                  flush=True)  # fmt: skip
            save_checkpoint(work / "text.pt", model, now)
    save_checkpoint(work / "text.pt", model, spent + (time.monotonic() - started) / 60)


def prepare_texts(work: Path, corpus: Corpus, seed: int = 0, *, device: torch.device = CPU) -> np.ndarray:
    """Vectors float16 [S, 8, 256] of the segments' texts by the trained text encoder; needs `text.pt`."""
    rng = random.Random(seed)
    scenes = suiting_scenes(corpus.target, corpus.weight)
    texts = [texts_for(target, suiting, rng) for target, suiting in zip(corpus.target, scenes, strict=True)]
    unique = sorted({text for row in texts for text in row})
    place = {text: i for i, text in enumerate(unique)}
    model = TextEncoder(TOKENS).to(device)
    load_checkpoint(work / "text.pt", model)
    vectors = sentence_vectors(unique, model, work / "tokenizer.json").astype(np.float16)
    return vectors[np.array([[place[text] for text in row] for row in texts])]
