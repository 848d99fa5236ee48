"""Tempo and key, against the truth of arrangements."""

from __future__ import annotations

import numpy as np

from models.data.corpus import Corpus
from models.evaluation.bench import Bench
from models.evaluation.result import Result, Row
from models.training.key import key_score
from plugin.rhythm import NOTES, estimate_key, estimate_tempo

ARRANGED = ("arranged", "sung")
"""Kinds whose segments follow each other without a gap and whose tempo is known."""
FACTORS = (1.0, 2.0, 3.0, 1 / 2, 1 / 3)
MOST_ROLLS = 60


def right_tempi(found: np.ndarray, true: np.ndarray, factors: tuple[float, ...]) -> float:
    """Share of tempi [T] within 4 % of the truth, or of one of its factors."""
    return float(np.any([abs(found / true / factor - 1) < 0.04 for factor in factors], axis=0).mean())


def tempo_rows(corpus: Corpus, tracks: np.ndarray, of: str) -> list[Row]:
    """Both accuracies of some tracks; chance is the tempo estimated for another track."""
    segments = [np.flatnonzero(corpus.track == track) for track in tracks]
    true = np.array([float(corpus.tempo[rows[0]]) for rows in segments])
    found = np.array([estimate_tempo(corpus.onset[rows].astype(np.float32).reshape(-1)) or 0.0 for rows in segments])
    steps = np.unique(np.linspace(1, len(tracks) - 1, min(MOST_ROLLS, len(tracks) - 1)).astype(int))
    rows = []
    for name, factors in (("tempo within 4 %", (1.0,)), ("tempo within 4 %, or of its 2, 3, 1/2 or 1/3", FACTORS)):
        chance = np.mean([right_tempi(np.roll(found, step), true, factors) for step in steps])
        rows.append(Row(name, of, right_tempi(found, true, factors), float(chance), "another track's tempo"))
    return rows


def find_keys(chroma: np.ndarray, profiles: dict[str, list[float]]) -> np.ndarray:
    """Keys int [T], 0 to 23, of mean chroma [T, 12]."""
    major, minor = (np.asarray(profiles[mode], np.float32) for mode in ("major", "minor"))
    found = []
    for row in chroma.astype(np.float32):
        tonic, mode = (estimate_key(row[None], major, minor) or "C major").split()
        found.append(NOTES.index(tonic) + (12 if mode == "minor" else 0))
    return np.array(found)


def key_rows(corpus: Corpus, profiles: dict[str, list[float]]) -> list[Row]:
    """Keys of held-out pieces; a stem alone has none to be heard."""
    first = np.unique(corpus.track, return_index=True)[1]
    tracks = [t for t, item in enumerate(corpus.items)
              if item.held_out and item.kind != "stem" and corpus.key[first[t]] >= 0]  # fmt: skip
    if not tracks:
        return []
    found = find_keys(corpus.by_track(corpus.chroma, np.array(tracks)), profiles)
    exact, weighted = key_score(found, corpus.key[first[tracks]])
    of = f"{len(tracks)} held-out pieces"
    return [
        Row("key exact", of, exact, 1 / 24),
        Row("key, MIREX weighted", of, weighted, (1 + 2 * 0.5 + 0.3 + 0.2) / 24),
    ]


def run(bench: Bench) -> Result:
    """Measure tempo and key."""
    corpus, result = bench.corpus, Result("Tempo and key")
    arranged = np.isin(corpus.kinds, ARRANGED)
    held = arranged & np.array([item.held_out for item in corpus.items])
    for name, tracks in (("held-out arrangements", np.flatnonzero(held)), ("arrangements", np.flatnonzero(arranged))):
        if len(tracks) > 1:
            result.rows += tempo_rows(corpus, tracks, f"{len(tracks)} {name}")
    result.rows += key_rows(corpus, bench.settings["keys"])
    result.lines.append("Nothing is learnt for the tempo; the key's profiles are learnt from the pieces not held out.")
    return result
