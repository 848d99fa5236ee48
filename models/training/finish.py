"""From the trained parts to what `export.core` packs: joint text head, thresholds, key profiles, provenance."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from models.data.corpus import REAL, Corpus, load_corpus
from models.data.vocabulary import load_vocabulary
from models.nets.captioner import Captioner
from models.nets.frontend import RATE, SEGMENT
from models.nets.text import TextEncoder
from models.nets.video import VideoEncoder
from models.training import key
from models.training.calibration import clip_weights
from models.training.captioner import CAPTION_TOKENS
from models.training.checkpoint import load_checkpoint
from models.training.music import Student, predict
from models.training.text import TOKENS
from models.training.video import PICTURE, moods
from plugin.decode import read_audio

LEAST, MOST = 0.3, 0.6
"""Range of the thresholds. Scores are probabilities: what is shown should be at least nearly as likely as not."""

SPARSE = 7


def thresholds(scores: np.ndarray, target: np.ndarray, weight: np.ndarray) -> list[float]:
    """For each tag the score that gives the best F1 between 0.3 and 0.6; 0.5 where the tag is too rare to say.

    Parameters
    ----------
    scores, target : float [S, V]
    weight : float [S, V]
        How much each clip counts for each tag.
    """
    out = []
    for tag in range(scores.shape[1]):
        known = weight[:, tag] > 0
        truth, score, worth = target[known, tag] > 0.5, scores[known, tag], weight[known, tag]
        if truth.sum() < 5:
            out.append(0.5)
            continue
        grid = np.linspace(LEAST, MOST, 13)
        hits = np.array([worth[truth & (score >= g)].sum() for g in grid])
        shown = np.array([worth[score >= g].sum() for g in grid])
        out.append(round(float(grid[int(np.argmax(2 * hits / (shown + worth[truth].sum())))]), 3))
    return out


def levels(music: Student, corpus: Corpus) -> list[float]:
    """Thresholds by the calibration items; 0.5 for every tag where there are none."""
    rows = np.flatnonzero(np.array([item.calibrates for item in corpus.items])[corpus.track])
    if not len(rows):
        return [0.5] * corpus.target.shape[1]
    scores, _, _ = predict(music.music, corpus, rows)
    weight = clip_weights(corpus.target[rows], corpus.weight[rows], corpus.kind_of(rows) == REAL)
    return thresholds(scores, corpus.target[rows], weight)


def save_final(module: nn.Module, path: Path) -> None:
    """Write a module's weights with the numbers that build it."""
    torch.save({"model": module.state_dict(), "config": module.config}, path)


def usual_scores(music: Student, corpus: Corpus) -> list[float]:
    """Mean score of each tag over recordings (one segment in seven of those learnt from), at least 0.001.

    Without recordings to learn from it is over the other music.
    """
    learnt = np.flatnonzero(~corpus.held_out)
    real = learnt[corpus.kind_of(learnt) == REAL]
    scores, _, _ = predict(music.music, corpus, (real if len(real) else learnt)[::SPARSE])
    return [round(max(0.001, float(score)), 4) for score in scores.mean(0)]


def hours(corpus: Corpus) -> dict[str, float]:
    """Hours learnt from, by kind of music."""
    learnt = ~corpus.held_out
    return {kind: round(float((corpus.kind[learnt] == kind).sum()) / 360, 1) for kind in sorted(set(corpus.kind))}


def finish(data: Path, work: Path) -> dict[str, Any]:
    """Write `*-final.pt`, `pack.json` and real audio for the parity check; give the settings."""
    corpus, vocabulary = load_corpus(work), load_vocabulary()
    music, text = Student(len(vocabulary)), TextEncoder(TOKENS)
    video, captioner = VideoEncoder(len(moods()), picture=PICTURE), Captioner(CAPTION_TOKENS, len(vocabulary))
    minutes = {}
    for name, module in (("music", music), ("text", text), ("video", video), ("captioner", captioner)):
        minutes[name] = round(load_checkpoint(work / f"{name}.pt", module), 1)
    text.to_joint.load_state_dict(music.to_joint.state_dict())  # learnt on this encoder's own vectors
    for name, module in (("music", music.music), ("text", text), ("video", video), ("captioner", captioner)):
        save_final(module, work / f"{name}-final.pt")
    pairs = zip(vocabulary.names, vocabulary.groups, levels(music, corpus), usual_scores(music, corpus), strict=True)
    clips = [read_audio(path, RATE, start=30.0, end=40.0)[:SEGMENT] for path in sorted((data / "audio").glob("*.ogg"))]
    np.save(work / "parity_audio.npy", np.stack(clips))
    settings = {
        "tags": [{"name": name, "group": group, "threshold": level, "synonyms": list(vocabulary.synonyms[name]),
                  "usual": usual} for name, group, level, usual in pairs],
        "moods": moods(),
        "keys": key.train(corpus),
        "provenance": {
            "trained_by": "python -m models.train_core",
            "minutes_of_training": minutes,
            "hours_learnt_from": hours(corpus),
            "music": "arrangements of our own in 102 styles, solo stems, and MIDI of Freedoom (BSD) and POP909 (MIT), "
            "played on FluidR3, TimGM6mb, MuseScore General and our own synthesiser; sound tracks of free games as "
            "Debian packages them (GPL, CC BY, CC BY-SA)",
            "teachers": "Musicnn, FCN and CRNN of MTAT, MTG-Jamendo and MSD (MIT), YAMNet, MobileNet v1 (Apache-2.0), "
            "all-MiniLM-L6-v2 (MIT)",
            "words": "MusicCaps training rows (CC BY-SA 4.0), synaesthesia sentences (MIT), phrases of our own",
            "pictures": "procedural scenes of our own with a stated prior; three real clips for picture features",
        },
    }  # fmt: skip
    (work / "pack.json").write_text(json.dumps(settings, indent=1))
    return settings
