"""Train the music encoder: tags (masked cross-entropy) and the joint space with text (InfoNCE, ViML section 3.3)."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.data.corpus import Item
from models.data.phrases import read_briefs, tag_phrase
from models.data.vocabulary import load_vocabulary
from models.nets.frontend import FRAMES
from models.nets.music import MusicEncoder
from models.nets.text import JOINT
from models.teachers.sentence import SentenceTeacher
from models.training.checkpoint import load_checkpoint, save_checkpoint

TAU = 0.03
"""Temperature of InfoNCE (ViML, section 4.1)."""
PHRASES = 8
"""Texts made for each segment; one is drawn at a time."""
CROP = FRAMES // 2


@dataclass
class Corpus:
    """All segments of the corpus in memory.

    Attributes
    ----------
    mel : float16 [S, 80, 400]
    target, weight : float32 [S, V]
    onset : float16 [S, 1000]
    chroma : float16 [S, 12]
    tempo, key : [S]
        0 and -1 where unknown.
    track : int64 [S]
        Number of the item that a segment is of.
    names : list of str
        Name of each item.
    held_out : bool [S]
    """

    mel: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    onset: np.ndarray
    chroma: np.ndarray
    tempo: np.ndarray
    key: np.ndarray
    track: np.ndarray
    names: list[str]
    held_out: np.ndarray


def load_corpus(work: Path) -> Corpus:
    """Read every finished item below `work`."""
    columns: dict[str, list[np.ndarray]] = {
        k: [] for k in ("mel", "target", "weight", "onset", "chroma", "tempo", "key", "track", "held_out")
    }
    names: list[str] = []
    for path in sorted((work / "corpus").glob("*.npz")):
        if path.name.endswith(".tmp.npz"):
            continue
        with np.load(path) as fields:
            count = len(fields["mel"])
            item = Item(str(fields["kind"]), str(fields["name"]))
            for name in ("mel", "target", "weight", "onset", "chroma"):
                columns[name].append(fields[name])
            for name in ("tempo", "key"):
                columns[name].append(np.full(count, fields[name]))
        columns["track"].append(np.full(count, len(names)))
        columns["held_out"].append(np.full(count, item.held_out))
        names.append(item.name)
    joined = {name: np.concatenate(parts) for name, parts in columns.items()}
    return Corpus(names=names, **joined)


def texts_for(target: np.ndarray, rng: random.Random) -> list[str]:
    """Texts of one segment, made from its tags: lists of words, and editors' phrases that its tags answer."""
    vocabulary = load_vocabulary()
    present = [i for i in np.flatnonzero(target > 0.5) if vocabulary.names[i] != "instrumental"]
    names = [vocabulary.names[i] for i in present] or ["instrumental"]
    # An editor's phrase fits where more than half of the tags that answer it are heard.
    fitting = [phrase for phrase, tags in read_briefs().items() if 2 * len(set(tags) & set(names)) > len(tags)]
    texts = []
    for _ in range(PHRASES):
        if fitting and rng.random() < 0.25:
            texts.append(rng.choice(fitting))
        else:
            texts.append(tag_phrase(rng.sample(names, min(len(names), rng.randint(1, 7))), vocabulary, rng))
    return texts


def prepare_texts(work: Path, corpus: Corpus, seed: int = 0) -> np.ndarray:
    """Teacher vectors [S, 8, 256] of the segments' texts, in the text encoder's rotated space."""
    rng = random.Random(seed)
    texts = [texts_for(target, rng) for target in corpus.target]
    unique = sorted({text for row in texts for text in row})
    place = {text: i for i, text in enumerate(unique)}
    with np.load(work / "text.npz") as table:
        vectors = SentenceTeacher()(unique) @ table["axes"]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors[np.array([[place[text] for text in row] for row in texts])].astype(np.float16)


class MusicText(nn.Module):
    """The music encoder with the head that brings sentence vectors into the joint space."""

    def __init__(self, tags: int) -> None:
        super().__init__()
        self.music = MusicEncoder(tags)
        self.to_joint = nn.Linear(JOINT, JOINT)
        nn.init.eye_(self.to_joint.weight)
        nn.init.zeros_(self.to_joint.bias)


def info_nce(left: Tensor, right: Tensor, same: Tensor) -> Tensor:
    """InfoNCE in both directions over unit vectors [B, D] (ViML, equation 2).

    Parameters
    ----------
    same : Tensor
        bool [B, B]: pairs that are alike (segments of one track, equal tags) and may not count as negatives.
    """
    logits = left @ right.T / TAU
    logits = logits.masked_fill(same & ~torch.eye(len(left), dtype=torch.bool), -1e4)
    labels = torch.arange(len(left))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


def tag_loss(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Weighted binary cross-entropy; rare tags' positives count three times."""
    loss = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    weight = weight * (1 + 2 * (target > 0.5))
    return (loss * weight).sum() / weight.sum().clamp(min=1.0)


def augment(mel: Tensor, rng: np.random.Generator) -> Tensor:
    """Random crop of 5 s, shift by up to two mel bands, spectral tilt and SpecAugment (Park et al. 2019)."""
    start = int(rng.integers(0, FRAMES - CROP + 1))
    x = torch.roll(mel[:, :, start : start + CROP], int(rng.integers(-2, 3)), dims=1)
    x = x + torch.linspace(-1, 1, x.shape[1])[None, :, None] * torch.randn(len(x), 1, 1) * 0.2
    for i in range(len(x)):
        band, span = int(rng.integers(0, 70)), int(rng.integers(0, CROP - 30))
        x[i, band : band + int(rng.integers(0, 10))] = x[i].mean()
        x[i, :, span : span + int(rng.integers(0, 25))] = x[i].mean()
    return x


def mean_average_precision(scores: np.ndarray, target: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    """Mean over tags of average precision, and of the share of positives (what chance gives)."""
    precisions, shares = [], []
    for tag in range(scores.shape[1]):
        known = weight[:, tag] > 0.3
        truth = target[known, tag] > 0.5
        if truth.sum() < 3 or truth.all():
            continue
        hits = truth[np.argsort(-scores[known, tag], kind="stable")]
        precisions.append(float((np.cumsum(hits) / np.arange(1, len(hits) + 1))[hits].mean()))
        shares.append(float(truth.mean()))
    return float(np.mean(precisions)), float(np.mean(shares))


@torch.inference_mode()
def predict(model: MusicEncoder, mel: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tag scores [S, V], embeddings [S, 256] and latents float16 [S, 20, 256] of whole segments."""
    model.eval()
    scores, embeddings, latents = [], [], []
    for start in range(0, len(mel), 64):
        logits, embedding, states = model.from_mel(torch.from_numpy(mel[start : start + 64].astype(np.float32)))
        scores.append(torch.sigmoid(logits).numpy())
        embeddings.append(embedding.numpy())
        latents.append(model.latents(states).half().numpy())
    return np.concatenate(scores), np.concatenate(embeddings), np.concatenate(latents)


def train(work: Path, *, minutes: float = 40.0, batch: int = 64, seed: int = 0) -> None:
    """Train for `minutes`, resuming from `music.pt`; print precision and retrieval on the held-out items."""
    torch.manual_seed(seed)
    corpus = load_corpus(work)
    texts = prepare_texts(work, corpus, seed)
    model = MusicText(len(load_vocabulary()))
    spent = load_checkpoint(work / "music.pt", model)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.02)
    kept, held = np.flatnonzero(~corpus.held_out), np.flatnonzero(corpus.held_out)
    print(f"music: {len(kept)} segments to learn from, {len(held)} held out", flush=True)
    rng = np.random.default_rng(int(spent * 60) + seed)
    started, step = time.monotonic(), 0
    while (elapsed := spent + (time.monotonic() - started) / 60) < minutes:
        model.train()
        order = rng.permutation(kept)
        for first in range(0, len(order) - batch + 1, batch):
            elapsed = spent + (time.monotonic() - started) / 60
            for group in optimiser.param_groups:
                group["lr"] = 1.2e-3 * min(1.0, (step + 1) / 100) * max(0.02, 1 - elapsed / minutes)
            rows = order[first : first + batch]
            mel = augment(torch.from_numpy(corpus.mel[rows].astype(np.float32)), rng)
            target, weight = torch.from_numpy(corpus.target[rows]), torch.from_numpy(corpus.weight[rows])
            text = torch.from_numpy(texts[rows, rng.integers(0, PHRASES, len(rows))].astype(np.float32))
            with torch.autocast("cpu", torch.bfloat16):
                logits, embedding, _ = model.music.from_mel(mel)
            binary = F.normalize(target, dim=-1)
            track = torch.from_numpy(corpus.track[rows])
            same = (binary @ binary.T > 0.85) | (track[:, None] == track[None])
            joint = F.normalize(model.to_joint(text), dim=-1)
            loss = tag_loss(logits.float(), target, weight) * 4 + 0.3 * info_nce(embedding.float(), joint, same)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            step += 1
            if elapsed >= minutes:
                break
        now = spent + (time.monotonic() - started) / 60
        save_checkpoint(work / "music.pt", model, now)
        scores, embedding, _ = predict(model.music, corpus.mel[held])
        precision, chance = mean_average_precision(scores, corpus.target[held], corpus.weight[held])
        with torch.inference_mode():
            joint = F.normalize(model.to_joint(torch.from_numpy(texts[held, 0].astype(np.float32))), dim=-1).numpy()
        ranks = (embedding @ joint.T > (embedding * joint).sum(1)[None]).sum(0)
        print(
            f"music {now:5.1f} min step {step} loss {loss.item():.3f} mAP {precision:.3f} (chance {chance:.3f}) "
            f"median rank of the described segment {np.median(ranks) + 1:.0f} of {len(held)}", flush=True,
        )  # fmt: skip
