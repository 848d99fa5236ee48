"""What a question may hold: keys, filters, weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from plugin.errors import InputError
from plugin.suggest.keys import same_keys
from plugin.suggest.query import Filters, Query


@pytest.mark.parametrize("text", ["A minor", "Am", "a min", "Amin", "A-minor", "am", " A m "])
def test_spellings_of_a_minor(text) -> None:
    assert same_keys(text) == ("A minor",)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("Bb", {"A# major", "Bb major"}),
        ("A#maj", {"A# major", "Bb major"}),
        ("b♭ Major", {"A# major", "Bb major"}),
        ("F sharp minor", {"F# minor", "Gb minor"}),
        ("Bm", {"B minor", "Cb minor"}),
        ("bbm", {"A# minor", "Bb minor"}),
        ("Bbmin", {"A# minor", "Bb minor"}),
        ("C", {"C major", "B# major"}),
        ("CM", {"C major", "B# major"}),
        ("E flat", {"Eb major", "D# major"}),
        ("Bmaj", {"B major", "Cb major"}),
    ],
)
def test_enharmonic_names_are_one_key(text, keys) -> None:
    assert set(same_keys(text)) == keys


@pytest.mark.parametrize("text", ["", "H minor", "A dorian", "minor", "A##", "Am7"])
def test_what_is_no_key_is_bad_input(text) -> None:
    with pytest.raises(InputError, match="is not a key: write it as"):
        same_keys(text)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "nothing to go by"),
        ({"text": "  "}, "the text is empty"),
        ({"text": "low", "weights": {"sound": 1}}, "'sound' is no aspect to weight: choose from video, text, ref"),
        ({"text": "low", "weights": {"video": 1}}, "the weight of 'video' has no use"),
        ({"text": "low", "weights": {"text": -1}}, "is not a number from 0 up"),
        ({"text": "low", "weights": {"text": float("nan")}}, "is not a number from 0 up"),
        ({"text": "low", "weights": {"text": 0}}, "all weights are 0"),
        ({"text": "low", "top": 0}, "--top"),
        ({"text": "low", "length": 0}, "not a length"),
    ],
)
def test_bad_questions_are_bad_input(arguments, message) -> None:
    with pytest.raises(InputError, match=message):
        Query(**arguments)


@pytest.mark.parametrize(
    "arguments",
    [{"tempo": (110, 80)}, {"tempo": (-1, 80)}, {"min_length": 60, "max_length": 30}, {"min_length": -1}],
)
def test_empty_ranges_are_bad_input(arguments) -> None:
    with pytest.raises(InputError):
        Filters(**arguments)


def test_aspects_are_those_that_are_given() -> None:
    query = Query(video=np.zeros((1, 256), np.float32), like=(Path("x.wav"),), weights={"reference": 0.5})
    assert query.aspects == ("video", "reference")
    assert (query.weight("video"), query.weight("reference")) == (1.0, 0.5)
