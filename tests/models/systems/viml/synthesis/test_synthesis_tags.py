from __future__ import annotations

import random
from collections import Counter
from itertools import permutations

import pytest

from models.errors import ConfigError
from models.systems.viml.synthesis import Tag, make, select


def test_threshold_keeps_its_own_value_and_most_keeps_the_most_confident():
    tags = {"rock": 0.3, "pop": 0.29999, "happy": 0.9, "Synth_Bass": 0.5, "nan": float("nan")}
    assert select(tags, {"rock": "genre"}, 0.3, 15) == (
        Tag("happy", 0.9, ""), Tag("synth bass", 0.5, ""), Tag("rock", 0.3, "genre"),
    )  # fmt: skip
    assert [tag.word for tag in select(tags, {}, 0.3, 2)] == ["happy", "synth bass"]


def test_tags_are_shuffled_uniformly_and_joined_by_commas():
    synthesiser, rng = make("tags"), random.Random(1)
    texts = Counter(synthesiser.many([({"a": 0.9, "b": 0.5, "c": 0.4, "d": 0.1}, {})] * 3000, rng))
    assert set(texts) == {", ".join(order) for order in permutations("abc")}
    # 500 expected each; the standard deviation is 20.4.
    assert all(abs(count - 500) < 5 * 20.4 for count in texts.values())


@pytest.mark.parametrize("kind", ["tags", "data2text"])
def test_equal_seeds_give_equal_texts_and_neighbours_do_not_matter(kind):
    items = [({"rock": 0.9, "happy": 0.8, "drums": 0.7, "piano": 0.6}, {"rock": "genre", "happy": "mood"})] * 40
    once = make(kind).many(items, random.Random(3))
    assert once == make(kind, **({"batch": 7} if kind == "data2text" else {})).many(items, random.Random(3))
    assert once[:5] == make(kind).many(items[:5], random.Random(3))
    assert len(set(once)) > 5
    assert once != make(kind).many(items, random.Random(4))


@pytest.mark.parametrize("kind", ["tags", "data2text"])
def test_without_a_confident_tag_there_is_no_text(kind):
    synthesiser = make(kind)
    assert synthesiser.many([({}, {}), ({"rock": 0.2}, {"rock": "genre"}), ({"rock": 0.4}, {})], random.Random(0))[
        :2
    ] == ["", ""]
    assert synthesiser.counts["without tags"] == 2
    assert synthesiser.counts["texts"] == 3


def test_progress_counts_every_text():
    done = []
    make("tags", threshold=0.5).many([({"a": 1.0}, {}), ({}, {})], random.Random(0), done.append)
    assert sum(done) == 2


@pytest.mark.parametrize(
    ("kind", "options", "line"),
    [
        ("poem", {}, "choose one of tags, data2text, prompt2text"),
        ("tags", {"treshold": 0.3}, "tags: treshold: Extra inputs are not permitted"),
        ("tags", {"threshold": 1.5}, "tags: threshold: .*less than or equal to 1"),
        ("data2text", {"most": 0}, "data2text: most: "),
        ("prompt2text", {"model": "/nowhere/bloom"}, "/nowhere/bloom: "),
        ("data2text", {"ordering": "/nowhere/bart"}, "/nowhere/bart: "),
    ],
)
def test_bad_options_are_one_clear_line(kind, options, line):
    with pytest.raises(ConfigError, match=line) as caught:
        make(kind, **options)
    assert "\n" not in str(caught.value)
