"""Which tags go with which, by the musicians who wrote MusicCaps: a prior for what teachers do not tell of recordings.

Teachers are surest of genres and instruments. Of moods they know a few and hardly ever score them high, and of some
tags they know nothing. What musicians write beside what they hear fills the gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.data.labels import teacher_map
from models.data.musiccaps import read_musiccaps
from models.data.vocabulary import load_vocabulary

RIDGE = 5.0
WEIGHT = {"genre": 0.25, "mood": 0.5, "instrument": 0.1}
"""How much the prior counts beside a truth's 1."""
RAREST, COMMONEST = 0.04, 0.35
"""Range of the share of clips that carry a mood."""


@dataclass(frozen=True)
class Companions:
    """How the genres and instruments that teachers know foretell other tags.

    Attributes
    ----------
    coefficients : float32 [known + 1, others]
        Ridge regression; the last row is the constant.
    shares : float32 [V]
        How often musicians name each tag.
    """

    coefficients: np.ndarray
    shares: np.ndarray


def known_tags() -> np.ndarray:
    """Bool [V]: the genres, instruments and voices that some teacher's class speaks for."""
    named = {tag for tags in teacher_map().values() for tag in tags}
    vocabulary = load_vocabulary()
    pairs = zip(vocabulary.names, vocabulary.groups, strict=True)
    return np.array([name in named and group != "mood" for name, group in pairs])


def fit_companions(data: Path) -> Companions:
    """Learn from the aspects and captions of MusicCaps' training rows."""
    vocabulary, known = load_vocabulary(), known_tags()
    rows = read_musiccaps(data / "captions/musiccaps.csv", train=True)
    heard = np.zeros((len(rows), len(vocabulary)), np.float64)
    for number, row in enumerate(rows):
        heard[number, vocabulary.find(", ".join(row.aspects) + ". " + row.caption)] = 1.0
    features = np.c_[heard[:, known], np.ones(len(rows))]
    penalty = RIDGE * np.eye(features.shape[1])
    penalty[-1, -1] = 0.0
    coefficients = np.linalg.solve(features.T @ features + penalty, features.T @ heard[:, ~known])
    return Companions(coefficients.astype(np.float32), heard.mean(0).astype(np.float32))


def _standard(values: np.ndarray) -> np.ndarray:
    spread = values.std()
    return (values - values.mean()) / spread if spread > 1e-6 else np.zeros_like(values)


def add_companions(target: np.ndarray, weight: np.ndarray, learnt: np.ndarray, companions: Companions) -> None:
    """Complete the targets of recordings, in place.

    Tags of which nothing is known get the foretold share. Moods are relative: teacher's word and foretold share are
    added up, and as many clips carry a mood as musicians say do.

    Parameters
    ----------
    target, weight : float32 [S, V]
        Of recordings alone.
    learnt : bool [S]
        Clips that set the scale.
    """
    vocabulary, known = load_vocabulary(), known_tags()
    foretold = np.c_[target[:, known], np.ones(len(target))] @ companions.coefficients
    for column, tag in enumerate(np.flatnonzero(~known)):
        group = vocabulary.groups[tag]
        if group == "mood":
            target[:, tag] = _relative(foretold[:, column], target[:, tag], learnt, companions.shares[tag])
            weight[:, tag] = WEIGHT[group]
        elif group in WEIGHT:
            unknown = weight[:, tag] == 0
            target[unknown, tag] = np.clip(foretold[unknown, column], 0.0, 1.0)
            weight[unknown, tag] = WEIGHT[group]


def _relative(foretold: np.ndarray, taught: np.ndarray, learnt: np.ndarray, share: float) -> np.ndarray:
    """Targets [S] of a mood that about `share` of the clips carry: 0 below, 1 well above the clip in that place."""
    level = _standard(foretold) + _standard(taught)
    share = float(np.clip(share, RAREST, COMMONEST))
    low, high = np.quantile(level[learnt], [1 - 1.8 * share, 1 - 0.4 * share])
    return np.clip((level - low) / max(high - low, 1e-6), 0.0, 1.0)
