"""The prior speaks the vocabulary and keeps the promises of its docstring."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from plugin.synth.scenes import PLACES, SceneSpec, random_scene
from plugin.synth.scenes.priors import GENRES, MOODS, PARTICULAR, PLACE_PRIORS, SHIFTS
from plugin.synth.scenes.spec import CAMERAS, GRADES, TIMES, WEATHERS

VOCABULARY = {
    "genre": (
        "ambient, blues, bossa nova, chillout, classical, country, dance, disco, drum and bass, electronic, folk, funk,"
        " hip hop, house, jazz, latin, lo-fi, march, metal, new age, orchestral, pop, punk, reggae, rock, soul,"
        " soundtrack, swing, synthwave, techno, trance, waltz, world"
    ),
    "mood": (
        "aggressive, calm, cheerful, dark, dramatic, dreamy, emotional, energetic, epic, funny, gentle, groovy, happy,"
        " hopeful, intense, majestic, melancholic, mysterious, nostalgic, peaceful, playful, relaxing, romantic, sad,"
        " scary, suspenseful, tense, triumphant, uplifting, warm"
    ),
}
SCENES = [random_scene(seed) for seed in range(400)]


def test_the_words_of_the_prior_are_those_of_the_vocabulary() -> None:
    assert set(MOODS) == set(VOCABULARY["mood"].split(", "))
    assert set(GENRES) == set(VOCABULARY["genre"].split(", "))
    assert set(PARTICULAR) <= set(MOODS)
    assert set(PLACE_PRIORS) == set(PLACES)
    assert set(SHIFTS) == {*TIMES, *WEATHERS, *CAMERAS, *GRADES}
    favoured = [prior.moods for prior in PLACE_PRIORS.values()] + [moods for _, _, moods in SHIFTS.values()]
    assert {word for words in favoured for word in words.split()} <= set(MOODS)
    for prior in PLACE_PRIORS.values():
        rest = prior.genres
        for genre in sorted(GENRES, key=len, reverse=True):
            rest = rest.replace(genre, "")
        assert not rest.strip(), prior.genres


def test_truths_are_complete_and_weights_sum_to_one() -> None:
    for spec in SCENES:
        truth = spec.truth()
        assert 0 <= truth["energy"] <= 1
        assert 0 <= truth["valence"] <= 1
        for group, words in (("mood", MOODS), ("genre", GENRES)):
            assert set(truth[group]) <= set(words)
            assert sum(truth[group].values()) == pytest.approx(1, abs=0.001)
            weights = list(truth[group].values())
            assert weights == sorted(weights, reverse=True)
        assert truth["description"]
        assert truth["place"] == spec.place


def test_the_scenes_differ_in_all_that_the_prior_looks_at() -> None:
    allowed = {"place": PLACES, "time": TIMES, "weather": WEATHERS, "camera": CAMERAS, "grade": GRADES}
    for name, values in allowed.items():
        assert {getattr(spec, name) for spec in SCENES} == set(values)
    assert {word for spec in SCENES for word in spec.truth()["mood"]} == set(MOODS)
    assert np.std([spec.truth()["energy"] for spec in SCENES]) > 0.15


def mean(key: str, **fixed: object) -> float:
    return float(np.mean([random_scene(seed, **fixed).truth()[key] for seed in range(60)]))


def test_motion_cuts_and_camera_raise_the_energy() -> None:
    assert mean("energy", motion=1.0) > mean("energy", motion=0.0) + 0.3
    assert mean("energy", cuts=10.0) > mean("energy", cuts=0.0) + 0.15
    assert mean("energy", camera="fast pan") > mean("energy", camera="still")
    assert mean("energy", place="party") > mean("energy", place="candle room") + 0.15


def test_light_and_warmth_raise_the_valence_and_night_and_storm_lower_it() -> None:
    sea = {"place": "sea", "weather": "clear"}
    assert mean("valence", light=0.9) > mean("valence", light=0.1)
    assert mean("valence", grade="warm") > mean("valence", grade="cold")
    assert mean("valence", **sea, time="day") > mean("valence", **sea, time="night")
    assert mean("valence", place="sea", weather="clear") > mean("valence", place="sea", weather="storm") + 0.15
    assert mean("valence", place="cartoon") > mean("valence", place="haunted house") + 0.4


@pytest.mark.parametrize(
    ("scene", "moods", "genre"),
    [
        ({"place": "sea", "time": "dusk", "motion": 0.1, "grade": "warm"}, "calm peaceful relaxing", "ambient"),
        ({"place": "snow field", "weather": "snow", "motion": 0.0}, "peaceful calm gentle", "new age"),
        ({"place": "city", "time": "night", "weather": "rain", "camera": "handheld", "motion": 1.0, "cuts": 10.0},
         "tense intense energetic aggressive", "electronic"),
        ({"place": "cartoon", "motion": 0.6, "grade": "saturated"}, "playful happy cheerful funny", "swing"),
        ({"place": "haunted house", "time": "night", "weather": "storm"}, "scary suspenseful tense dark", "soundtrack"),
        ({"place": "party", "time": "night", "motion": 0.9, "cuts": 4.0}, "energetic uplifting happy groovy", "dance"),
        ({"place": "castle", "camera": "fast pan", "motion": 0.9, "cuts": 5.0}, "epic triumphant energetic", "march"),
        ({"place": "candle room", "time": "night", "motion": 0.1, "grade": "warm"}, "warm gentle calm", "jazz"),
    ],
)  # fmt: skip
def test_plain_cases_get_the_music_that_anybody_would_expect(scene: dict[str, Any], moods: str, genre: str) -> None:
    truth = SceneSpec(1, **scene).truth()
    assert set(list(truth["mood"])[:2]) <= set(moods.split())
    assert genre in truth["genre"]


def test_descriptions_say_what_is_to_be_seen() -> None:
    calm = SceneSpec(0, "sea", "dusk", camera="slow pan", motion=0.1, grade="warm")
    assert calm.truth()["description"] == "a calm sea at dusk, slow pan, warm light"
    wild = dataclasses.replace(calm, weather="storm", motion=0.9, cuts=8.0, grade="neutral", light=0.1)
    assert wild.truth()["description"] == "a hectic sea at dusk in a storm, slow pan, fast cuts, dimly lit"
    assert SceneSpec(2, "mountains").truth()["description"].startswith("a mountain landscape by day")
