"""Targets for the tags of a segment: from free truth where the music was made, from the teachers elsewhere."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

from models.data.vocabulary import Vocabulary, load_vocabulary

MAP = Path(__file__).with_name("teacher_map.toml")

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
def _sources() -> dict[str, dict[str, dict[str, float]]]:
    return tomllib.loads(MAP.read_text(encoding="utf-8"))


def from_teachers(scores: Mapping[str, Mapping[str, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Targets and weights float32 [V] from teacher scores by teacher and class.

    A target is the surest source's score over its level of certainty. Scores in the middle count half, tags that no
    teacher knows count nothing.
    """
    vocabulary = load_vocabulary()
    target, weight = np.zeros(len(vocabulary), np.float32), np.zeros(len(vocabulary), np.float32)
    for teacher, classes in scores.items():
        for tag, sources in _sources()[teacher].items():
            index = vocabulary.index(tag)
            value = max(min(1.0, classes[name] / sure) for name, sure in sources.items())
            target[index] = max(target[index], value)
            weight[index] = 1.0
    weight[(target > 0.2) & (target < 0.6)] *= 0.5
    voice = max(target[vocabulary.index(name)] for name in ("male vocals", "female vocals", "choir"))
    target[vocabulary.index("instrumental")] = 1.0 - voice
    weight[vocabulary.index("instrumental")] = 1.0 if voice < 0.2 or voice > 0.6 else 0.3
    return target, weight


def instruments_from_truth(levels: Mapping[str, float], vocabulary: Vocabulary) -> tuple[np.ndarray, np.ndarray]:
    """Targets and weights of the instrument and vocal groups from the levels (0..1) that play in a segment.

    A part that hardly sounds is neither there nor absent: small levels count little.
    """
    target, weight = np.zeros(len(vocabulary), np.float32), np.zeros(len(vocabulary), np.float32)
    for index, (name, group) in enumerate(zip(vocabulary.names, vocabulary.groups, strict=True)):
        if group == "instrument":
            level = levels.get(name, 0.0)
            target[index] = 1.0 if level > 0 else 0.0
            weight[index] = 1.0 if level == 0 else min(1.0, 0.2 + 8 * level)
    choir = levels.get("choir", 0.0) > 0
    for name, value in {
        "choir": choir,
        "instrumental": not choir,
        "male vocals": 0,
        "female vocals": 0,
    }.items():
        target[vocabulary.index(name)], weight[vocabulary.index(name)] = float(value), 1.0
    return target, weight


def styles_from_truth(
    genres: Mapping[str, float], moods: Mapping[str, float], vocabulary: Vocabulary
) -> tuple[np.ndarray, np.ndarray]:
    """Targets and weights of the genre and mood groups of an arrangement of known style.

    A mood that was not named may still be heard, so its absence weighs little.
    """
    target, weight = np.zeros(len(vocabulary), np.float32), np.zeros(len(vocabulary), np.float32)
    related = {r for genre in genres for r in RELATED.get(genre, ())}
    for index, (name, group) in enumerate(zip(vocabulary.names, vocabulary.groups, strict=True)):
        if group == "genre":
            target[index] = genres.get(name, 0.0)
            weight[index] = 0.0 if name in related and name not in genres else 1.0
        elif group == "mood":
            target[index] = moods.get(name, 0.0)
            weight[index] = 1.0 if name in moods else 0.4
    return target, weight
