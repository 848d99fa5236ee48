"""Train the music encoder: tags, the teachers' scores, and the joint space with text (InfoNCE, ViML section 3.3)."""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.data.corpus import REAL, TAGGERS, Corpus, load_corpus
from models.data.vocabulary import load_vocabulary
from models.metrics.agreement import agreement
from models.nets.music import MusicEncoder
from models.nets.text import JOINT
from models.teachers.yamnet import MUSIC_CLASSES
from models.training.batches import Batches
from models.training.calibration import calibrate
from models.training.checkpoint import load_checkpoint, save_checkpoint
from models.training.device import CPU, Steps, device_of, mixed, put
from models.training.joint import refine
from models.training.losses import info_nce, tag_loss, teacher_loss
from models.training.text import prepare_texts


class Student(nn.Module):
    """The music encoder with what it is taught by: heads for the teachers' scores, and for the words about it."""

    def __init__(self, tags: int) -> None:
        super().__init__()
        self.music = MusicEncoder(tags)
        pooled = self.music.tag_head[-1].in_features
        self.taggers = nn.Linear(pooled, len(TAGGERS) * 50)
        self.yamnet = nn.Linear(pooled, len(MUSIC_CLASSES))
        self.to_joint = nn.Linear(JOINT, JOINT)
        nn.init.eye_(self.to_joint.weight)
        nn.init.zeros_(self.to_joint.bias)

    def forward(self, mel: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Tag logits [B, V], embedding [B, 256], taggers' logits [B, 8, 50] and YAMNet's [B, C] of [B, 80, T]."""
        pooled = self.music.pool(self.music.hidden(mel))
        return (self.music.tag_head(pooled), F.normalize(self.music.joint_head(pooled), dim=-1),
                self.taggers(pooled).unflatten(1, (len(TAGGERS), 50)), self.yamnet(pooled))  # fmt: skip


def mean_average_precision(scores: np.ndarray, target: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    """Mean over tags of average precision, and of the share of positives (what chance gives); NaN where too few are."""
    precisions, shares = [], []
    for tag in range(scores.shape[1]):
        known = weight[:, tag] > 0.3
        truth = target[known, tag] > 0.5
        if truth.sum() < 3 or truth.all():
            continue
        hits = truth[np.argsort(-scores[known, tag], kind="stable")]
        precisions.append(float((np.cumsum(hits) / np.arange(1, len(hits) + 1))[hits].mean()))
        shares.append(float(truth.mean()))
    if not precisions:
        return math.nan, math.nan
    return float(np.mean(precisions)), float(np.mean(shares))


@torch.inference_mode()
def predict(model: MusicEncoder, corpus: Corpus, rows: np.ndarray | None = None) -> tuple[np.ndarray, ...]:
    """Tag scores [S, V], embeddings [S, 256] and latents float16 [S, 20, 256] of whole segments."""
    model.eval()
    rows, device = np.arange(len(corpus.mel)) if rows is None else rows, device_of(model)
    scores, embeddings, latents = [], [], []
    for start in range(0, len(rows), 64):
        mel = put(torch.from_numpy(corpus.mels(rows[start : start + 64])), device)
        logits, embedding, states = model.from_mel(mel)
        scores.append(torch.sigmoid(logits).cpu().numpy())
        embeddings.append(embedding.cpu().numpy())
        latents.append(model.latents(states).half().cpu().numpy())
    return np.concatenate(scores), np.concatenate(embeddings), np.concatenate(latents)


def loss_of(model: Student, batch: dict[str, Tensor]) -> Tensor:
    """The weighted sum of all losses."""
    with mixed(batch["mel"].device):
        logits, embedding, taggers, yamnet = model(batch["mel"])
    target = batch["target"]
    binary = F.normalize((target > 0.5).float(), dim=-1)
    track = batch["track"]
    same = (binary @ binary.T > 0.9) | (track[:, None] == track[None])
    joint = F.normalize(model.to_joint(batch["text"]), dim=-1)
    kept = batch["described"]
    return (
        6 * tag_loss(logits.float(), target, batch["weight"]) + 4 * teacher_loss(taggers.float(), batch["taught"])
        + 2 * teacher_loss(yamnet.float(), batch["yamnet"])
        + 0.2 * info_nce(embedding.float()[kept], joint[kept], same[kept][:, kept])
    )  # fmt: skip


def train(work: Path, *, minutes: float, batch: int = 96, seed: int = 0, device: torch.device = CPU) -> None:
    """Train until `minutes` are spent in all, resuming from `music.pt`; print what is heard of the held-out items."""
    torch.manual_seed(seed)
    corpus = load_corpus(work)
    texts = prepare_texts(work, corpus, seed, device=device)
    model = Student(len(load_vocabulary()))
    model.music.cnn.to(memory_format=torch.channels_last)
    model.to(device)
    spent = load_checkpoint(work / "music.pt", model)
    steps = Steps(model, decay=0.02)
    batches = Batches(corpus, texts, np.load(work / "talk.npy"), int(spent * 60) + seed)
    print(f"music: {(~corpus.held_out).sum()} segments to learn from, {corpus.held_out.sum()} held out", flush=True)
    started = saved = time.monotonic()
    while (elapsed := spent + (time.monotonic() - started) / 60) < minutes:
        model.train()
        loss = loss_of(model, {name: put(value, device) for name, value in batches(batch).items()})
        steps.take(loss, 2e-3 * min(1.0, (steps.taken + 1) / 200) * max(0.01, 1 - elapsed / minutes))
        if steps.taken % 50 == 0:
            print(f"music {elapsed:5.1f} min step {steps.taken} loss {loss.item():.3f}", flush=True)
        if time.monotonic() - saved > 180:
            save_checkpoint(work / "music.pt", model, spent + (time.monotonic() - started) / 60)
            report(model, corpus, texts)
            saved = time.monotonic()
    if steps.taken:
        refine(model.music, model.to_joint, corpus, texts)
        calibrate(model.music, corpus)
    save_checkpoint(work / "music.pt", model, spent + (time.monotonic() - started) / 60)
    report(model, corpus, texts)


@torch.inference_mode()
def report(model: Student, corpus: Corpus, texts: np.ndarray) -> None:
    """Print precision and retrieval by words on made music, and agreement with Musicnn on recordings.

    The recordings kept for tests are left out, so that nobody sets anything on them while training goes on.
    """
    model.eval()
    rng, device = np.random.default_rng(0), device_of(model)
    made = np.flatnonzero(corpus.held_out & (corpus.kind != REAL))
    made = rng.permutation(made)[:500]
    real = np.flatnonzero(corpus.held_out & ~corpus.test_only & (corpus.kind == REAL))
    scores, embedding, _ = predict(model.music, corpus, made)
    precision, chance = mean_average_precision(scores, corpus.target[made], corpus.weight[made])
    words = put(torch.from_numpy(texts[made, 0].astype(np.float32)), device)
    joint = F.normalize(model.to_joint(words), dim=-1).cpu().numpy()
    ranks = (embedding @ joint.T > (embedding * joint).sum(1)[None]).sum(0)
    print(f"  made: mAP {precision:.3f} (chance {chance:.3f}), median rank of the described segment "
          f"{np.median(ranks) + 1:.0f} of {len(made)}, R@10 {(ranks < 10).mean():.3f}", flush=True)  # fmt: skip
    if len(np.unique(corpus.track[real])) < 2:
        return
    heard = np.zeros(corpus.taught.shape, np.float32)
    for part in np.array_split(real, -(-len(real) // 64)):
        heard[part] = torch.sigmoid(model(put(torch.from_numpy(corpus.mels(part)), device))[2]).cpu().numpy()
    tracks = np.unique(corpus.track[real])
    for place, name in enumerate(TAGGERS[:2]):
        ours, theirs = (corpus.by_track(scores[:, place], tracks) for scores in (heard, corpus.taught))
        print(f"  {name} on {len(tracks)} held-out recordings: {agreement(ours, theirs)}", flush=True)
