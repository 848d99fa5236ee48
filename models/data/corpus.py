"""The corpus in memory: spectrograms, what is true of them, and what the teachers heard."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from models.data.companions import Companions, add_companions
from models.data.hearing import MEL_STEP, read_truths
from models.data.items import Item
from models.data.labels import targets
from models.teachers.panel import LONG, SHORT
from models.teachers.yamnet import MUSIC_CLASSES

TAGGERS = (*SHORT, *LONG)
REAL = "recording"


@dataclass
class Corpus:
    """All segments of the corpus.

    Attributes
    ----------
    mel : int8 [S, 80, 400]
        See `models.data.hearing.MEL_STEP`; `mels` gives it as the network reads it.
    target, weight : float32 [S, V]
        How true each tag is, and how sure that is (0: not known).
    taught : float16 [S, 8, 50]
        Scores of the taggers in the order of `TAGGERS`; NaN where one was not asked.
    yamnet : float16 [S, C]
        YAMNet's scores of its music classes.
    onset : float16 [S, 1000]
    chroma : float16 [S, 12]
    tempo, key : [S]
        0 and -1 where unknown.
    track : int64 [S]
        Number of the item that a segment is of.
    items : list of Item
    truths : list of dict
        What is known of each segment (see `models.data.pieces.Piece`).
    """

    mel: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    taught: np.ndarray
    yamnet: np.ndarray
    onset: np.ndarray
    chroma: np.ndarray
    tempo: np.ndarray
    key: np.ndarray
    track: np.ndarray
    items: list[Item]
    truths: list[dict[str, Any]]

    @property
    def held_out(self) -> np.ndarray:
        """Bool [S]: segments that nothing is learnt from."""
        return np.array([item.held_out for item in self.items])[self.track]

    @property
    def test_only(self) -> np.ndarray:
        """Bool [S]: segments of the recordings kept for tests."""
        return np.array([item.test_only for item in self.items])[self.track]

    @property
    def kind(self) -> np.ndarray:
        """Str [S]: the kind of item."""
        return self.kinds[self.track]

    @cached_property
    def kinds(self) -> np.ndarray:
        """Str [T]: the kind of each item."""
        return np.array([item.kind for item in self.items])

    def kind_of(self, rows: np.ndarray) -> np.ndarray:
        """Str [n]: the kind of item that some segments are of."""
        return self.kinds[self.track[rows]]

    def mels(self, rows: np.ndarray) -> np.ndarray:
        """Log-mel float32 [n, 80, 400] of some segments."""
        return self.mel[rows].astype(np.float32) * MEL_STEP

    def by_track(self, values: np.ndarray, tracks: np.ndarray) -> np.ndarray:
        """Mean over the segments of each track: float32 [T, ...] of values [S, ...]."""
        return np.stack([values[self.track == track].astype(np.float32).mean(0) for track in tracks])


def load_corpus(work: Path) -> Corpus:
    """Read every finished item below `work/corpus`."""
    names = ("mel", "onset", "chroma")
    parts: dict[str, list[np.ndarray]] = {
        name: [] for name in (*names, "taught", "yamnet", "tempo", "key", "track", "target", "weight")
    }
    tags = json.loads((work / "teachers.json").read_text(encoding="utf-8"))
    with np.load(work / "companions.npz") as table:
        companions = Companions(**table)
    items: list[Item] = []
    truths: list[dict[str, Any]] = []
    for path in sorted((work / "corpus").glob("*.npz")):
        if path.name.endswith(".tmp.npz"):
            continue
        with np.load(path) as fields:
            count = len(fields["mel"])
            for name in names:
                parts[name].append(fields[name])
            taught = np.stack([fields[name] for name in TAGGERS], axis=1)
            heard, known = fields["yamnet"], read_truths(fields)
            items.append(Item(str(fields["kind"]), str(fields["name"])))
        classes = dict(zip(tags["yamnet"], heard.astype(np.float32).T, strict=True))
        target, weight = targets(known, taught, classes, tags)
        parts["taught"].append(taught)
        parts["yamnet"].append(heard[:, MUSIC_CLASSES])
        parts["target"].append(target)
        parts["weight"].append(weight)
        parts["tempo"].append(np.array([truth.get("tempo", 0.0) for truth in known], np.float32))
        parts["key"].append(np.array([truth.get("key", -1) for truth in known]))
        parts["track"].append(np.full(count, len(items) - 1))
        truths += known
    corpus = Corpus(items=items, truths=truths, **{name: np.concatenate(rows) for name, rows in parts.items()})
    real = np.flatnonzero(corpus.kind == REAL)
    learnt = ~corpus.held_out[real]
    if learnt.any():  # they set the scale of the moods
        target, weight = corpus.target[real], corpus.weight[real]
        add_companions(target, weight, learnt, companions)
        corpus.target[real], corpus.weight[real] = target, weight
    return corpus
