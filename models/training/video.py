"""Train the video encoder: pictures as MobileNet sees them, moods and music by the scenes' prior (ViML, section 3)."""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from models.data.corpus import Corpus, load_corpus
from models.data.footage import HELD_OUT_EVERY
from models.data.phrases import tag_phrase
from models.data.scene_texts import prior_tags
from models.data.texts import sentence_vectors
from models.data.vocabulary import load_vocabulary
from models.nets.text import TextEncoder
from models.nets.video import VideoEncoder, statistics
from models.training.checkpoint import load_checkpoint, save_checkpoint
from models.training.device import CPU, Steps, device_of, put
from models.training.losses import info_nce
from models.training.music import Student, predict
from models.training.text import TOKENS

PICTURE = 128
PARTNERS = 24
TEXTS = 6


@dataclass
class Footage:
    """Scenes in memory: frames uint8 [N, 40, 96, 96, 3], the teacher's features of two of each, and the truths."""

    frames: np.ndarray
    looked: np.ndarray
    features: np.ndarray
    truths: list[dict[str, object] | None]


def load_footage(work: Path) -> Footage:
    """Read every scene and real clip below `work`; the teacher's features are cut to 128 by PCA."""
    rows = []
    for path in sorted((work / "scenes").glob("*.npz")):
        if not path.name.endswith(".tmp.npz"):
            with np.load(path) as fields:
                rows.append({name: fields[name] for name in fields.files})
    features = np.stack([row["features"] for row in rows])
    flat = features.reshape(-1, features.shape[-1])
    flat = flat - flat.mean(0)
    _, _, axes = np.linalg.svd(flat, full_matrices=False)
    projected = np.zeros((len(flat), PICTURE), flat.dtype)  # few clips span fewer axes
    projected[:, : len(axes)] = flat @ axes[:PICTURE].T
    return Footage(
        np.stack([row["frames"] for row in rows]), np.stack([row["looked"] for row in rows]),
        (projected / projected.std()).astype(np.float32).reshape(len(rows), 2, PICTURE),
        [json.loads(str(row["truth"])) if str(row["truth"]) else None for row in rows],
    )  # fmt: skip


def moods() -> list[str]:
    """The mood words, in the order of the video encoder's output."""
    vocabulary = load_vocabulary()
    return [name for name, group in zip(vocabulary.names, vocabulary.groups, strict=True) if group == "mood"]


def partners(footage: Footage, corpus: Corpus) -> np.ndarray:
    """For each scene the 24 segments whose tags suit its prior best, int64 [N, 24]; -1 for real clips."""
    out = np.full((len(footage.truths), PARTNERS), -1)
    kept = np.flatnonzero(~corpus.held_out)
    target = corpus.target[kept] * corpus.weight[kept]
    target /= np.sqrt(target.sum(1, keepdims=True) + 1.0)  # a segment with every tag is not better than one with a few
    for row, truth in enumerate(footage.truths):
        if truth is not None:
            best = kept[np.argsort(-(target @ prior_tags(truth)))[:PARTNERS]]
            out[row] = np.resize(best, PARTNERS)  # in turn, where there are fewer
    return out


def text_vectors(footage: Footage, work: Path, model: Student, seed: int) -> np.ndarray:
    """Joint-space vectors [N, 6, 256] of texts about each scene: its description and words for its music."""
    rng, vocabulary = random.Random(seed), load_vocabulary()
    texts = []
    for truth in footage.truths:
        if truth is None:
            texts += [""] * TEXTS
            continue
        weights = prior_tags(truth)
        pool = [vocabulary.names[i] for i in np.flatnonzero(weights)]
        levels = [float(w) for w in weights[weights > 0]]
        for number in range(TEXTS):
            words = sorted(set(rng.choices(pool, levels, k=rng.randint(2, 5))))
            texts.append(str(truth["description"]) if number < 2 else tag_phrase(words, vocabulary, rng))
    device = device_of(model)
    text = TextEncoder(TOKENS).to(device)
    load_checkpoint(work / "text.pt", text)
    vectors = sentence_vectors(texts, text, work / "tokenizer.json")
    with torch.inference_mode():
        joint = F.normalize(model.to_joint(put(torch.from_numpy(vectors), device)), dim=-1)
    return joint.cpu().numpy().reshape(len(footage.truths), TEXTS, -1)


def alter(frames: Tensor, rng: np.random.Generator) -> Tensor:
    """Mirror, crop and re-grade float frames [B, 40, 3, 96, 96], alike over a whole clip."""
    if rng.random() < 0.5:
        frames = frames.flip(-1)
    edge = int(rng.integers(0, 9))
    if edge:
        size, (batch, steps) = frames.shape[-1], frames.shape[:2]
        frames = frames[..., edge : size - edge, edge : size - edge].flatten(0, 1)
        frames = F.interpolate(frames, size=(size, size), mode="bilinear").unflatten(0, (batch, steps))
    gain = torch.from_numpy(rng.normal(1.0, 0.06, (len(frames), 1, 3, 1, 1)).astype(np.float32))
    return (frames * put(gain, frames.device)).clamp(0, 1)


def train(work: Path, *, minutes: float, batch: int = 16, seed: int = 0, device: torch.device = CPU) -> None:
    """Train for `minutes`, resuming from `video.pt`; needs `music.pt`."""
    torch.manual_seed(seed)
    corpus, footage = load_corpus(work), load_footage(work)
    music = Student(len(load_vocabulary())).to(device)
    load_checkpoint(work / "music.pt", music)
    _, embeddings, _ = predict(music.music, corpus)
    texts, chosen = text_vectors(footage, work, music, seed), partners(footage, corpus)
    words, vocabulary = moods(), load_vocabulary()
    mood_rows = [vocabulary.index(word) for word in words]
    scenes = np.array([i for i, truth in enumerate(footage.truths) if truth is not None])
    mood_target = np.stack([prior_tags(footage.truths[i] or {})[mood_rows] for i in scenes])
    mood_target = mood_target / mood_target.max(1, keepdims=True)
    held = np.arange(len(scenes)) % HELD_OUT_EVERY == 0
    model = VideoEncoder(len(words), picture=PICTURE).to(device)
    spent = load_checkpoint(work / "video.pt", model)
    steps = Steps(model, decay=0.02)
    rng = np.random.default_rng(seed + int(spent * 60))
    real = np.array([i for i, truth in enumerate(footage.truths) if truth is None])
    started = time.monotonic()

    def at(values: np.ndarray) -> Tensor:
        return put(torch.from_numpy(values), device)

    while (elapsed := spent + (time.monotonic() - started) / 60) < minutes:
        model.train()
        for part in np.array_split(rng.permutation(np.flatnonzero(~held)), max(1, int((~held).sum()) // batch)):
            rows = scenes[part]
            frames = alter(_floats(footage.frames[rows], device), rng)
            pictures = model.pictures(frames)
            embedding, logits = model.from_features(statistics(frames), pictures)
            partner = at(embeddings[chosen[rows, rng.integers(0, PARTNERS, len(rows))]])
            text = at(texts[rows, rng.integers(0, TEXTS, len(rows))])
            alike = at(_cosine(mood_target[part]) > 0.9)
            loss = (
                0.3 * info_nce(embedding, partner, alike) + 0.3 * info_nce(embedding, text, alike)
                + F.binary_cross_entropy_with_logits(logits, at(mood_target[part])) * 4
                + _picture_loss(pictures, footage, rows)
            )  # fmt: skip
            if len(real):
                some = rng.choice(real, min(4, len(real)), replace=False)
                seen = model.pictures(alter(_floats(footage.frames[some], device), rng))
                loss = loss + 0.5 * _picture_loss(seen, footage, some)
            steps.take(loss, 1e-3 * min(1.0, (steps.taken + 1) / 50) * max(0.03, 1 - elapsed / minutes))
        now = spent + (time.monotonic() - started) / 60
        save_checkpoint(work / "video.pt", model, now)
        rank, agreement = _evaluate(model, footage.frames[scenes[held]], texts[scenes[held], 2], mood_target[held])
        print(f"video {now:5.1f} min step {steps.taken} loss {loss.item():.3f} median rank of the held-out scene's "
              f"words {rank:.0f} of {int(held.sum())}, mood correlation {agreement:.3f}", flush=True)  # fmt: skip


def _floats(frames: np.ndarray, device: torch.device) -> Tensor:
    return put(torch.from_numpy(frames), device).permute(0, 1, 4, 2, 3).float() / 255.0


def _cosine(rows: np.ndarray) -> np.ndarray:
    normed = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    cosine: np.ndarray = normed @ normed.T
    return cosine


def _picture_loss(pictures: Tensor, footage: Footage, rows: np.ndarray) -> Tensor:
    """Cosine distance of picture features to the teacher's, at the frames that it looked at."""
    device = pictures.device
    looked = put(torch.from_numpy(footage.looked[rows]), device)
    found = pictures[torch.arange(len(rows), device=device)[:, None], looked]
    return (1 - F.cosine_similarity(found, put(torch.from_numpy(footage.features[rows]), device), dim=-1)).mean()


@torch.inference_mode()
def _evaluate(model: VideoEncoder, frames: np.ndarray, text: np.ndarray, target: np.ndarray) -> tuple[float, float]:
    """Median rank of each scene's own words among all scenes', and mean correlation of its moods with the prior."""
    model.eval()
    device = device_of(model)
    parts = [model(put(torch.from_numpy(frames[i : i + 16]), device)) for i in range(0, len(frames), 16)]
    embedding = torch.cat([e for e, _ in parts]).cpu().numpy()
    scores = torch.cat([m for _, m in parts]).cpu().numpy()
    similarity = embedding @ text.T
    ranks = (similarity > np.diag(similarity)[:, None]).sum(1) + 1
    correlation = [np.corrcoef(a, b)[0, 1] for a, b in zip(scores, target, strict=True)]
    return float(np.median(ranks)), float(np.mean(correlation))
