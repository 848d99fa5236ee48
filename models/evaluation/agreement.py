"""How far we hear recordings as the teachers do: means over all segments of each track, chance by shuffling."""

from __future__ import annotations

import numpy as np
import torch

from models.data.companions import known_tags
from models.data.corpus import TAGGERS, Corpus
from models.data.hearing import MEL_STEP
from models.evaluation.bench import BATCH, Bench, columns
from models.evaluation.result import Result, Row, table
from models.metrics.agreement import Agreement, agreement, chance_agreement
from models.training.music import Student

WHAT = {"across_tracks": "correlation across tracks", "within_track": "correlation within a track",
        "top_five": "share of the top five tags"}  # fmt: skip
FEWEST = 5
"""Tracks below which nothing is said."""


@torch.inference_mode()
def taught_heads(student: Student, corpus: Corpus, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the heads that the teachers taught say of segments: float32 [n, 8, 50] and YAMNet's [n, C]."""
    taggers, yamnet = [], []
    for start in range(0, len(rows), BATCH):
        part = torch.from_numpy(corpus.mel[rows[start : start + BATCH]].astype(np.float32) * MEL_STEP)
        _, _, fifty, classes = student(part)
        taggers.append(torch.sigmoid(fifty).numpy())
        yamnet.append(torch.sigmoid(classes).numpy())
    return np.concatenate(taggers), np.concatenate(yamnet)


def compare(name: str, of: str, ours: np.ndarray, theirs: np.ndarray) -> tuple[list[Row], Agreement | None]:
    """Rows for scores [T, tags] of two listeners; none where too few tracks were heard by both."""
    both = ~(np.isnan(ours).any(1) | np.isnan(theirs).any(1))
    if both.sum() < FEWEST:
        return [], None
    found, chance = agreement(ours[both], theirs[both]), chance_agreement(ours[both], theirs[both])
    rows = [Row(f"{name}: {what}", f"{int(both.sum())} {of}", getattr(found, field), getattr(chance, field),
                "tracks shuffled") for field, what in WHAT.items()]  # fmt: skip
    return rows, found


def track_means(corpus: Corpus, rows: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Means float32 [T, ...] over the segments `rows` of each of their tracks, of values [n, ...], tracks rising."""
    track = corpus.track[rows]
    return np.stack([values[track == number].astype(np.float32).mean(0) for number in np.unique(track)])


def measure(bench: Bench, tracks: np.ndarray, of: str) -> tuple[list[Row], dict[str, Agreement]]:
    """All comparisons on some tracks of `bench.tested`: rows, and what was found for each tagger."""
    corpus, kept, moods = bench.tested, known_tags(), columns("mood")
    rows = np.flatnonzero(np.isin(corpus.track, tracks))
    fifty, classes = taught_heads(bench.student, corpus, rows)
    known = np.where(corpus.weight[rows] > 0, corpus.target[rows], np.nan)
    pairs = {f"head of {name}": (fifty[:, place], corpus.taught[rows, place]) for place, name in enumerate(TAGGERS)}
    pairs["head of yamnet"] = classes, corpus.yamnet[rows]
    tags = bench.heard.scores[rows]
    pairs["tags but moods, and the teachers' word"] = tags[:, kept], known[:, kept]
    pairs["moods, and the word of teachers and MusicCaps"] = tags[:, moods], known[:, moods]
    lines, found = [], {}
    for name, (ours, theirs) in pairs.items():
        more, agreed = compare(name, of, track_means(corpus, rows, ours), track_means(corpus, rows, theirs))
        lines += more
        if agreed is not None and (tagger := name.removeprefix("head of ")) in TAGGERS:
            found[tagger] = agreed
    return lines, found


def compact_table(rows: list[Row], of: str) -> str:
    """One line for each listener, with chance in brackets; `rows` come in threes, as `compare` gives them."""
    cells = []
    for first in range(0, len(rows), len(WHAT)):
        three = rows[first : first + len(WHAT)]
        cells.append((three[0].what.split(": ")[0], *(f"{row.measured:.3f} ({row.chance:.3f})" for row in three)))
    return table((f"{of}; in brackets: tracks shuffled", *WHAT.values()), cells)


def run(bench: Bench) -> Result:
    """Measure agreement on the test recordings, and on the other recordings held out."""
    result = Result("Agreement with the teachers on recordings", compact=True)
    for of, tracks in bench.recordings().items():
        if len(tracks) < FEWEST:
            result.lines.append(f"Skipped: {len(tracks)} {of} are too few to compare.")
            continue
        rows, found = measure(bench, tracks, of)
        result.rows += rows
        result.lines += ["", compact_table(rows, f"{len(tracks)} {of}"), ""]
        if found:
            best = max(found, key=lambda name: sum(found[name]))
            if of == "test recordings":
                result.bars = {**found[best]._asdict(), "recordings": len(tracks)}
            met = sum(a.across_tracks >= 0.8 and a.within_track >= 0.9 and a.top_five >= 0.7 for a in found.values())
            result.lines.append(
                f"On {of}, the tagger that is agreed with best is {best}; {met} of {len(found)} taggers meet all bars."
            )
    return result
