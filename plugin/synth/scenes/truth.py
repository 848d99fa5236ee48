"""What a scene looks like in words, and what music would suit it: an explicit **prior**.

Nobody listened to music for these scenes. The prior states in numbers what film scoring takes for granted, so that a
video encoder can start from it and later learn better from real pairs:

- **valence** starts from the place (meadow and cartoon high, haunted house and storm low); daylight, dawn, brightness,
  warm and saturated colours raise it; night, rain, fog, storm, cold or faded colours and darkness lower it. Night says
  less where it is always night (space, party, camp fire);
- **energy** grows with the speed of the subjects, the cuts and a fast or shaking camera; storms and crowds add some,
  fog and snow take some away;
- a **mood** is likely when its own valence and energy (`MOODS`) are near those of the scene; place, time, weather,
  camera and grade make their own moods likelier: dusk and candles romantic, still snow calm, night and storm tense and
  dark, cartoons playful and funny. Particular moods (funny, scary, romantic, ...) need such a reason;
- a **genre** likewise is likely when it is near in valence and energy, and likelier when it is at home in the place.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from plugin.synth.scenes.priors import GENRES, MOODS, PARTICULAR, PLACE_PRIORS, SHIFTS
from plugin.synth.scenes.spec import PLACES, SceneSpec

_REACH = 0.2  # distance in valence and energy at which a word has lost 40 % of its weight
_KEPT = 6  # words that a scene gets


def valence_energy(spec: SceneSpec) -> tuple[float, float]:
    """Estimate how pleasant and how lively a scene is, both 0 to 1."""
    place = PLACE_PRIORS[spec.place]
    valence = place.valence + 0.3 * (spec.light - 0.5)
    energy = 0.16 + place.energy + 0.40 * spec.motion + 0.26 * min(spec.cuts / 10, 1.0) ** 0.7
    for word in (spec.time, spec.weather, spec.camera, spec.grade):
        pleasant, lively, _ = SHIFTS[word]
        share = 0.25 if word == "night" and "day" not in PLACES[spec.place][0] else 1.0
        valence += share * pleasant
        energy += lively
    return float(np.clip(valence, 0.0, 1.0)), float(np.clip(energy, 0.0, 1.0))


def _weights(
    words: dict[str, tuple[float, float]],
    valence: float,
    energy: float,
    favour: Counter[str],
    plain: dict[str, float],
) -> dict[str, float]:
    """Weigh words by nearness in valence and energy times how much the picture favours them; they sum to one."""
    scores = {}
    for word, (pleasant, lively) in words.items():
        distance = (pleasant - valence) ** 2 + (lively - energy) ** 2
        scores[word] = plain.get(word, 1.0) * (1 + 1.5 * favour[word]) * float(np.exp(-distance / (2 * _REACH**2)))
    best = sorted(scores, key=scores.__getitem__, reverse=True)[:_KEPT]
    total = sum(scores[word] for word in best)
    return {word: round(scores[word] / total, 4) for word in best}


def _listed(words: str, known: dict[str, tuple[float, float]]) -> list[str]:
    """Split a list of words, some of which consist of several (drum and bass, new age)."""
    padded = f" {words} "
    return [word for word in known if f" {word} " in padded]


def _describe(spec: SceneSpec) -> str:
    """Say in plain words what is to be seen."""
    names = PLACE_PRIORS[spec.place].names
    name = names[spec.seed % len(names)]
    pace = (
        "calm"
        if spec.motion < 0.25
        else "lively"
        if 0.55 < spec.motion <= 0.8
        else "hectic"
        if spec.motion > 0.8
        else ""
    )
    noun = f"{pace} {name}".strip()
    plural = name.split()[0] in ("soldiers", "people", "children") or name.endswith(
        ("mountains", "dunes", "shapes", "patterns")
    )
    plural = plural or name.startswith("cartoon c")
    article = "" if plural else "an " if noun[0] in "aeiou" else "a "
    parts = [article + noun]
    if "day" in PLACES[spec.place][0]:
        parts[0] += {"dawn": " at dawn", "day": " by day", "dusk": " at dusk", "night": " at night"}[spec.time]
    weather = {"rain": "in the rain", "snow": "in falling snow", "fog": "in fog", "storm": "in a storm"}
    if spec.weather in weather and spec.place != "storm sky":
        parts[0] += " " + weather[spec.weather]
    camera = {"still": "still camera", "handheld": "shaking hand-held camera", "zoom": "slow zoom"}
    parts.append(camera.get(spec.camera, spec.camera))
    if spec.cuts:
        parts.append("fast cuts" if spec.cuts >= 5 else "a few cuts")
    grade = {
        "warm": "warm light",
        "cold": "cold light",
        "desaturated": "faded colours",
        "saturated": "bright colours",
    }
    if spec.grade != "neutral":
        parts.append(grade.get(spec.grade, spec.grade))
    if abs(spec.light - 0.5) > 0.25:
        parts.append("bright" if spec.light > 0.5 else "dimly lit")
    return ", ".join(parts)


def truth_of(spec: SceneSpec) -> dict[str, Any]:
    """Describe a scene by its attributes and by the prior above.

    Parameters
    ----------
    spec : SceneSpec

    Returns
    -------
    dict
        ``place``, ``time``, ``weather``, ``camera``, ``grade`` (str), ``motion``, ``cuts``, ``light`` (float),
        ``valence``, ``energy`` (float, 0 to 1), ``mood`` and ``genre`` (dict of vocabulary word to weight, most likely
        first, at most six, weights sum to one), ``description`` (str, plain words).
    """
    valence, energy = valence_energy(spec)
    place = PLACE_PRIORS[spec.place]
    moods = Counter(dict.fromkeys(_listed(place.moods, MOODS), 3))
    for word in (spec.time, spec.weather, spec.camera, spec.grade):
        moods.update(_listed(SHIFTS[word][2], MOODS))
    genres = Counter(dict.fromkeys(_listed(place.genres, GENRES), 3))
    plain = dict.fromkeys(PARTICULAR, 0.35)
    return {
        "place": spec.place,
        "time": spec.time,
        "weather": spec.weather,
        "camera": spec.camera,
        "grade": spec.grade,
        "motion": spec.motion,
        "cuts": spec.cuts,
        "light": spec.light,
        "valence": round(valence, 4),
        "energy": round(energy, 4),
        "mood": _weights(MOODS, valence, energy, moods, plain),
        "genre": _weights(GENRES, valence, energy, genres, {}),
        "description": _describe(spec),
    }
