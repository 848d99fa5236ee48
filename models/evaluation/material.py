"""Test music beyond the corpus: pieces that nothing was learnt from, made and heard once, kept in `work/test`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import count
from pathlib import Path

import numpy as np
import torch

from models.data.corpus import REAL
from models.data.hearing import pack_mel, read_truths
from models.data.items import Item
from models.data.labels import instruments_from_truth, styles_from_truth, voice_from_truth
from models.data.pieces import Piece, Truth, make_piece
from models.data.vocabulary import load_vocabulary
from models.evaluation.bench import Bench, Heard, hear, untouched
from models.nets.frontend import LogMel
from models.teachers.panel import Panel
from models.training.corpus import write_npz
from plugin.synth.styles import STYLES

FIRST = 500
"""Number from which test arrangements are counted: far beyond those that a corpus holds."""


@dataclass
class Material:
    """Tracks with known truth.

    Attributes
    ----------
    mel : int8 [S, 80, 400]
    target, weight : float32 [S, V]
    track : int64 [S]
        Number of the item, rising.
    items : list of Item
    """

    mel: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    track: np.ndarray
    items: list[Item]

    def by_track(self, values: np.ndarray) -> np.ndarray:
        """Mean over the segments of each track: float32 [T, ...] of values [S, ...]."""
        return np.stack([values[self.track == number].mean(0) for number in range(len(self.items))])

    def known(self) -> np.ndarray:
        """Targets float32 [T, V] of the tracks, 0 where nothing is known."""
        return self.by_track(np.where(self.weight > 0, self.target, 0.0))


def new_arrangements() -> Iterator[Item]:
    """Arrangements beyond any corpus, all styles in rotation."""
    for number in count(FIRST):
        for style in STYLES:
            if untouched(item := Item("arranged", f"{style}#{number}")):
                yield item


def truth_targets(truths: list[Truth]) -> tuple[np.ndarray, np.ndarray]:
    """Targets and weights float32 [S, V] of arrangements, whose truth settles every group."""
    vocabulary = load_vocabulary()
    target, weight = np.zeros((2, len(truths), len(vocabulary)), np.float32)
    for row, truth in enumerate(truths):
        for part in (styles_from_truth(truth["genre"], truth["mood"], vocabulary),
                     instruments_from_truth(truth["instrument"], vocabulary),
                     voice_from_truth(truth["vocal"], vocabulary)):  # fmt: skip
            target[row] += part[0]
            weight[row] += part[1]
    return target, weight


def heard_once(
    path: Path, make: Callable[[], Piece], panel: Callable[[], Panel] | None = None
) -> dict[str, np.ndarray]:
    """The spectrograms and truths of a piece, made where its file is missing.

    Parameters
    ----------
    path : Path
        Where the piece is kept.
    make : callable
        Makes it.
    panel : callable, optional
        Gives the teachers, to be asked as well.

    Returns
    -------
    dict
        mel int8 [S, 80, 400], truths (JSON), and with teachers the scores of the Musicnn pair [S, 50] by name and
        yamnet [S, 521].
    """
    if not path.exists():
        piece = make()
        segments = piece.audio.astype(np.float32) / 32767.0
        with torch.inference_mode():
            fields = {"mel": pack_mel(LogMel()(torch.from_numpy(segments)).numpy()),
                      "truths": np.array(json.dumps(piece.truths))}  # fmt: skip
        if panel is not None:
            fields |= {**panel().short(segments), "yamnet": panel().yam(segments)}
        path.parent.mkdir(parents=True, exist_ok=True)
        write_npz(path, **fields)
    with np.load(path) as fields:
        return {name: fields[name] for name in fields.files}


def pool(bench: Bench) -> Material:
    """All made items of the corpus that are tested on, and as many new arrangements as the pool has room for."""
    corpus, size = bench.tested, bench.pool
    made = np.flatnonzero(corpus.kinds != REAL)[:size]
    rows = [np.flatnonzero(corpus.track == track) for track in made]
    parts = [(corpus.mel[row], corpus.target[row], corpus.weight[row]) for row in rows]
    items = [corpus.items[track] for track in made]
    for item in new_arrangements():
        if len(items) >= size:
            break
        fields = heard_once(bench.work / "test" / item.file, partial(make_piece, item))
        parts.append((fields["mel"], *truth_targets(read_truths(fields))))
        items.append(item)
        if len(items) % 50 == 0:
            print(f"test material: {len(items)} of {size} tracks", flush=True)
    mel, target, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
    track = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
    return Material(mel, target, weight, track, items)


@cache
def heard_pool(bench: Bench) -> tuple[Material, Heard]:
    """The pool with what the music encoder says of its segments."""
    material = pool(bench)
    return material, hear(bench.music, material.mel)
