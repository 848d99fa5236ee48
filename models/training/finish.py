"""From the trained parts to what `export.core` packs: joint text head, thresholds, key profiles, provenance."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from models.data.vocabulary import load_vocabulary
from models.nets.captioner import Captioner
from models.nets.frontend import RATE, SEGMENT
from models.nets.text import TextEncoder
from models.nets.video import VideoEncoder
from models.training import key
from models.training.captioner import CAPTION_TOKENS
from models.training.checkpoint import load_checkpoint
from models.training.music import Corpus, MusicText, info_nce, load_corpus, predict, texts_for
from models.training.text import TOKENS, encode, pad
from models.training.video import PICTURE, moods
from plugin.decode import read_audio


def joint_head(text: TextEncoder, music: MusicText, corpus: Corpus, embeddings: np.ndarray, work: Path) -> None:
    """Give the text encoder the joint head learnt with its teacher, then fit it to its own vectors (in place)."""
    text.to_joint.load_state_dict(music.to_joint.state_dict())
    rng, numbers = random.Random(0), np.random.default_rng(0)
    kept = np.flatnonzero(~corpus.held_out)
    rows = numbers.choice(kept, min(3000, len(kept)), replace=False)
    texts = [texts_for(corpus.target[row], rng)[0] for row in rows]
    ids = encode(work / "tokenizer.json", texts)
    with torch.inference_mode():
        semantic = torch.cat([text.semantic(pad(ids[i : i + 128])) for i in range(0, len(ids), 128)])
    semantic, heard = semantic.clone(), torch.from_numpy(embeddings[rows])
    target = F.normalize(torch.from_numpy(corpus.target[rows]), dim=-1)
    optimiser = torch.optim.Adam(text.to_joint.parameters(), lr=2e-4)
    for _ in range(300):
        part = torch.from_numpy(numbers.choice(len(rows), 128, replace=False))
        alike = target[part] @ target[part].T > 0.85
        loss = info_nce(heard[part], F.normalize(text.to_joint(semantic[part]), dim=-1), alike)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


def thresholds(scores: np.ndarray, target: np.ndarray, weight: np.ndarray) -> list[float]:
    """For each tag the score that gives the best F1 on held-out segments, between 0.25 and 0.75; 0.5 if too rare."""
    out = []
    for tag in range(scores.shape[1]):
        known = weight[:, tag] > 0.3
        truth, score = target[known, tag] > 0.5, scores[known, tag]
        if truth.sum() < 5:
            out.append(0.5)
            continue
        grid = np.linspace(0.25, 0.75, 21)
        hits = np.array([(truth & (score >= g)).sum() for g in grid])
        shown = np.array([(score >= g).sum() for g in grid])
        out.append(round(float(grid[int(np.argmax(2 * hits / (shown + truth.sum())))]), 3))
    return out


def save_final(module: nn.Module, path: Path) -> None:
    """Write a module's weights with the numbers that build it."""
    torch.save({"model": module.state_dict(), "config": module.config}, path)


def finish(data: Path, work: Path) -> dict[str, Any]:
    """Write `*-final.pt`, `pack.json` and real audio for the parity check; give the settings."""
    corpus, vocabulary = load_corpus(work), load_vocabulary()
    music, text = MusicText(len(vocabulary)), TextEncoder(TOKENS)
    video, captioner = VideoEncoder(len(moods()), picture=PICTURE), Captioner(CAPTION_TOKENS, len(vocabulary))
    minutes = {}
    for name, module in (("music", music), ("text", text), ("video", video), ("captioner", captioner)):
        minutes[name] = round(load_checkpoint(work / f"{name}.pt", module), 1)
    scores, embeddings, _ = predict(music.music, corpus.mel)
    joint_head(text.eval(), music, corpus, embeddings, work)
    for name, module in (("music", music.music), ("text", text), ("video", video), ("captioner", captioner)):
        save_final(module, work / f"{name}-final.pt")
    held = corpus.held_out
    levels = thresholds(scores[held], corpus.target[held], corpus.weight[held])
    pairs = zip(vocabulary.names, vocabulary.groups, levels, strict=True)
    clips = [read_audio(path, RATE, start=30.0, end=40.0)[:SEGMENT] for path in sorted((data / "audio").glob("*.ogg"))]
    np.save(work / "parity_audio.npy", np.stack(clips))
    settings = {
        "tags": [{"name": name, "group": group, "threshold": level} for name, group, level in pairs],
        "moods": moods(),
        "keys": key.train(corpus),
        "provenance": {
            "trained_by": "python -m models.train_core",
            "minutes_of_training": minutes,
            "segments_of_10_s": {"learnt_from": int((~held).sum()), "held_out": int(held.sum())},
            "music": "arrangements of our own and MIDI of Freedoom (BSD) and POP909 (MIT) rendered with FluidR3 and "
            "TimGM6mb, recordings of the Wesnoth sound track (GPL/CC) and half a song by Karissa Hobbs (CC BY)",
            "teachers": "Musicnn MTAT and Jamendo (MIT), YAMNet, MobileNet v1 (Apache-2.0), all-MiniLM-L6-v2 (MIT)",
            "words": "MusicCaps training rows (CC BY-SA 4.0), synaesthesia sentences (MIT), phrases of our own",
            "pictures": "procedural scenes of our own with a stated prior; three real clips for picture features",
        },
    }  # fmt: skip
    (work / "pack.json").write_text(json.dumps(settings, indent=1))
    return settings
