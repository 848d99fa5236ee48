"""Find a track among 500 by words about it."""

from __future__ import annotations

import random

import numpy as np

from models.data.captions import CaptionTargets
from models.data.phrases import tag_phrase
from models.data.texts import whole_text
from models.data.vocabulary import load_vocabulary
from models.evaluation.bench import Bench
from models.evaluation.material import heard_pool
from models.evaluation.ranking import best_window, unit
from models.evaluation.result import Result, Row
from models.metrics.retrieval import evaluate

SEED = 5
FEW = 3
"""Tags in a short text."""


def three_tags(target: np.ndarray, rng: random.Random) -> str | None:
    """A text of three of a track's tags; None where it has fewer."""
    vocabulary = load_vocabulary()
    names = [vocabulary.names[i] for i in np.flatnonzero(target > 0.5) if vocabulary.names[i] != "instrumental"]
    return tag_phrase(rng.sample(names, FEW), vocabulary, rng) if len(names) >= FEW else None


def queries(target: np.ndarray, captions: CaptionTargets) -> dict[str, list[str | None]]:
    """For each track [T, V] a text with all its tags, one with three, and a sentence; None where there is none."""
    rng = random.Random(SEED)
    levels = [{int(i): float(row[i]) for i in np.flatnonzero(row > 0.5)} for row in target]
    return {
        "all its tags": [whole_text(row, rng) if (row > 0.5).any() else None for row in target],
        "three of its tags": [three_tags(row, rng) for row in target],
        "a sentence": [captions.write(level, rng) if level else None for level in levels],
    }


def rows_of(name: str, similarity: np.ndarray, truth: np.ndarray) -> tuple[list[Row], float]:
    """Rows for similarities [Q, T] with the wanted track of each query, and R@10 (0..1)."""
    found = evaluate(similarity, truth)
    of = f"{len(truth)} queries, pool of {similarity.shape[1]} tracks"
    rows = [
        Row(f"{name}: R@{k}", of, found[f"recall@{k}"] / 100, found[f"chance_recall@{k}"] / 100) for k in (1, 5, 10)
    ]
    rows.append(Row(f"{name}: median rank", of, found["median_rank"], found["chance_median_rank"]))
    return rows, found["recall@10"] / 100


def run(bench: Bench) -> Result:
    """Measure text to track."""
    result = Result("Words to a track")
    material, heard = heard_pool(bench)
    tracks = unit(material.by_track(heard.embeddings))
    for kind, texts in queries(material.known(), CaptionTargets(bench.data)).items():
        truth = np.array([number for number, text in enumerate(texts) if text is not None])
        if not len(truth):
            continue
        words = bench.words([text for text in texts if text is not None])
        rows, recall = rows_of(f"{kind}, mean of the track", words @ tracks.T, truth)
        result.rows += rows
        if kind == "all its tags":
            result.bars["text R@10"] = recall
            result.bars["text R@10 chance"] = 10 / len(tracks)
            example = next(text for text in texts if text is not None)
            result.lines.append(f'A text with all tags of a track reads as: "{example}".')
        windows = best_window(words @ heard.embeddings.T, material.track)
        rows, _ = rows_of(f"{kind}, best 30 s as the engine ranks", windows, truth)
        result.rows += rows
    return result
