"""Targets for the tags of a segment: from free truth where the music was made, from the teachers elsewhere."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from models.data.vocabulary import Vocabulary, load_vocabulary
from models.teachers.panel import LONG, SHORT

MAP = Path(__file__).with_name("teacher_map.toml")
TRUST = {"musicnn": 0.6, "crnn": 0.2, "fcn": 0.2}
"""Weights of the networks that were trained on the same tags, where all were asked."""

RELATED = {
    "ambient": ("new age", "chillout", "electronic", "soundtrack"),
    "bossa nova": ("jazz", "latin", "chillout"),
    "classical": ("orchestral", "waltz", "soundtrack"),
    "dance": ("house", "techno", "trance", "disco", "electronic", "pop"),
    "disco": ("funk", "dance", "pop"),
    "electronic": ("house", "techno", "trance", "drum and bass", "synthwave", "dance", "ambient"),
    "folk": ("country", "world", "pop"),
    "hip hop": ("lo-fi", "electronic"),
    "jazz": ("swing", "blues", "lo-fi", "soul", "chillout"),
    "orchestral": ("classical", "soundtrack", "march"),
    "rock": ("metal", "punk", "blues", "pop"),
    "soul": ("funk", "pop", "jazz"),
    "soundtrack": ("orchestral", "ambient", "classical"),
}
"""Genres that may well be true beside the named one; their absence from a truth says nothing."""


@cache
def teacher_map() -> dict[str, dict[str, dict[str, float]]]:
    """Classes that speak for a tag: by set of tags, tag and class the score at which the class is certain."""
    return tomllib.loads(MAP.read_text(encoding="utf-8"))


def by_set(taught: np.ndarray) -> dict[str, np.ndarray]:
    """Scores [S, 50] of each set of tags, its networks averaged by `TRUST`; NaN where none was asked.

    Parameters
    ----------
    taught : float [S, 8, 50]
        In the order of `models.teachers.panel`, NaN where a network was not asked.
    """
    out: dict[str, np.ndarray] = {}
    for name in dict.fromkeys(n.split("-")[1] for n in (*SHORT, *LONG)):
        places = [i for i, n in enumerate((*SHORT, *LONG)) if n.endswith("-" + name)]
        trust = np.array([TRUST[(*SHORT, *LONG)[i].split("-")[0]] for i in places], np.float32)[None, :, None]
        scores = taught[:, places].astype(np.float32)
        asked = ~np.isnan(scores)
        total = (trust * asked).sum(1)
        mean = (np.where(asked, scores, 0.0) * trust).sum(1) / np.where(total > 0, total, 1.0)
        out[name] = np.where(total > 0, mean, np.nan)
    return out


def from_teachers(scores: Mapping[str, Mapping[str, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Targets and weights float32 [S, V] from teacher scores [S] by set of tags and class.

    A class's word is its score over its level of certainty, at most 1. Of several classes the surest and their mean
    count half each, so that one false alarm is not a truth. Targets in the middle count half, tags of which no
    teacher was asked (NaN) count nothing.
    """
    vocabulary = load_vocabulary()
    count = len(next(iter(next(iter(scores.values())).values())))
    words: dict[str, list[np.ndarray]] = {}
    for teacher, tags in teacher_map().items():
        for tag, sources in tags.items():
            heard = [np.minimum(1.0, scores[teacher][name] / sure) for name, sure in sources.items()]
            words.setdefault(tag, []).append(np.max(heard, axis=0))
    target, weight = np.zeros((2, count, len(vocabulary)), np.float32)
    for tag, heard in words.items():
        said = np.stack(heard)
        asked = ~np.isnan(said)
        surest, sum_ = np.where(asked, said, 0.0).max(0), np.where(asked, said, 0.0).sum(0)
        index = vocabulary.index(tag)
        target[:, index] = (surest + sum_ / np.maximum(asked.sum(0), 1)) / 2
        weight[:, index] = asked.any(0)
    weight[(target > 0.25) & (target < 0.6)] *= 0.5
    voice = target[:, [vocabulary.index(name) for name in ("male vocals", "female vocals", "choir")]].max(1)
    instrumental = vocabulary.index("instrumental")
    target[:, instrumental] = 1.0 - voice
    weight[:, instrumental] = np.where((voice < 0.25) | (voice > 0.6), 1.0, 0.3)
    return target, weight


def instruments_from_truth(levels: Mapping[str, float], vocabulary: Vocabulary) -> tuple[np.ndarray, np.ndarray]:
    """Targets and weights float32 [V] of the instruments from the levels (0..1) that play in a segment.

    A part that hardly sounds is neither there nor absent: small levels count little.
    """
    target, weight = np.zeros((2, len(vocabulary)), np.float32)
    for index, (name, group) in enumerate(zip(vocabulary.names, vocabulary.groups, strict=True)):
        if group == "instrument":
            level = levels.get(name, 0.0)
            target[index] = 1.0 if level > 0 else 0.0
            weight[index] = 1.0 if level == 0 else min(1.0, 0.2 + 8 * level)
    return target, weight


def voice_from_truth(vocal: str, vocabulary: Vocabulary) -> tuple[np.ndarray, np.ndarray]:
    """Targets and weights float32 [V] of the vocal group: one of its tags is true, the others are not."""
    target, weight = np.zeros((2, len(vocabulary)), np.float32)
    target[vocabulary.index(vocal)] = 1.0
    weight[[i for i, group in enumerate(vocabulary.groups) if group == "vocal"]] = 1.0
    return target, weight


def styles_from_truth(
    genres: Sequence[str], moods: Sequence[str], vocabulary: Vocabulary
) -> tuple[np.ndarray, np.ndarray]:
    """Targets and weights float32 [V] of the genre and mood groups of an arrangement of known style.

    A mood that was not named may still be heard, so its absence weighs little.
    """
    target, weight = np.zeros((2, len(vocabulary)), np.float32)
    related = {r for genre in genres for r in RELATED.get(genre, ())}
    for index, (name, group) in enumerate(zip(vocabulary.names, vocabulary.groups, strict=True)):
        if group == "genre":
            target[index] = float(name in genres)
            weight[index] = 0.0 if name in related and name not in genres else 1.0
        elif group == "mood":
            target[index] = float(name in moods)
            weight[index] = 1.0 if name in moods else 0.4
    return target, weight


def targets(
    truths: Sequence[Mapping[str, Any]], taught: np.ndarray, yamnet: Mapping[str, np.ndarray], tags: Mapping[str, Any]
) -> tuple[np.ndarray, np.ndarray]:
    """Targets and weights float32 [S, V]: what is known for certain, and the teachers' word for the rest.

    Parameters
    ----------
    truths : sequence of mapping
        What is known of each segment (see `models.data.pieces.Piece`).
    taught : float [S, 8, 50]
        The taggers' scores, NaN where one was not asked.
    yamnet : mapping of str to float [S]
        YAMNet's scores by class.
    tags : mapping
        The tags of each set in output order.
    """
    vocabulary = load_vocabulary()
    sets = by_set(taught)
    scores = {name: {tag: sets[name][:, i] for i, tag in enumerate(tags[name])} for name in sets}
    target, weight = from_teachers(scores | {"yamnet": yamnet})
    weight[np.isnan(sets["mtat"][:, 0])] = 0.0  # a voice or mood needs more than YAMNet's word
    for row, truth in enumerate(truths):
        for groups, (part_target, part_weight) in _known(truth, vocabulary):
            certain = np.isin(vocabulary.groups, groups)
            target[row, certain], weight[row, certain] = part_target[certain], part_weight[certain]
    target[weight == 0] = 0.0
    return target, weight


def _known(truth: Mapping[str, Any], vocabulary: Vocabulary) -> Iterator[tuple[list[str], tuple[Any, Any]]]:
    """The groups of tags that a truth settles, with their targets and weights [V]."""
    nothing = np.zeros((2, len(vocabulary)), np.float32)
    if "genre" in truth:
        yield ["genre", "mood"], styles_from_truth(truth["genre"], truth["mood"], vocabulary)
    elif "style" in truth:
        yield ["genre", "mood"], (nothing[0], nothing[1])  # a stem: teachers know whole mixes
    if "instrument" in truth:
        yield ["instrument"], instruments_from_truth(truth["instrument"], vocabulary)
        yield ["vocal"], voice_from_truth(truth["vocal"], vocabulary)
