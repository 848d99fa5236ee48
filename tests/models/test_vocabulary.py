from __future__ import annotations

import tomllib

from models.data.labels import MAP, RELATED, from_teachers, instruments_from_truth, styles_from_truth
from models.data.phrases import read_briefs
from models.data.vocabulary import GROUPS, load_vocabulary
from plugin.synth import gm
from plugin.synth.styles import STYLES


def test_groups_are_as_large_as_a_tagger_needs() -> None:
    vocabulary = load_vocabulary()
    assert set(vocabulary.groups) == set(GROUPS)
    assert len(set(vocabulary.names)) == len(vocabulary)
    counts = {group: vocabulary.groups.count(group) for group in GROUPS}
    assert counts["genre"] >= 20 and counts["mood"] >= 25 and counts["instrument"] >= 40 and counts["vocal"] >= 4


def test_find_prefers_the_longest_words() -> None:
    vocabulary = load_vocabulary()
    found = {vocabulary.names[i] for i in vocabulary.find("An electric guitar and a music box, no vocals; e-bass")}
    assert found == {"electric guitar", "music box", "instrumental", "bass guitar"}


def test_every_word_used_elsewhere_is_in_the_vocabulary() -> None:
    names = set(load_vocabulary().names)
    for style in STYLES.values():
        assert set(style.genre) <= names and set(style.mood) <= names
    for program in range(128):
        assert set(gm.words(program)) <= names
    for teacher, tags in tomllib.loads(MAP.read_text()).items():
        assert set(tags) <= names, teacher
    assert set(RELATED) <= names
    assert all(tags for tags in read_briefs().values())


def test_teachers_in_doubt_count_half_and_unknown_tags_nothing() -> None:
    vocabulary = load_vocabulary()
    sources = tomllib.loads(MAP.read_text())
    scores = {t: {c: 0.0 for s in tags.values() for c in s} for t, tags in sources.items()}
    scores["mtat"]["piano"], scores["yamnet"]["piano"], scores["mtat"]["flute"] = 0.1, 0.4, 0.18
    target, weight = from_teachers(scores)
    piano, flute, punk = (vocabulary.index(w) for w in ("piano", "flute", "punk"))
    assert target[piano] == 1.0 and weight[piano] == 1.0  # the surest teacher speaks
    assert 0.2 < target[flute] < 0.6 and weight[flute] == 0.5
    assert weight[punk] == 0.0
    assert target[vocabulary.index("instrumental")] == 1.0


def test_truth_of_instruments_and_styles() -> None:
    vocabulary = load_vocabulary()
    target, weight = instruments_from_truth({"piano": 1.0, "flute": 0.01, "choir": 0.4}, vocabulary)
    at = vocabulary.index
    assert target[at("piano")] == 1.0 and weight[at("piano")] == 1.0
    assert target[at("flute")] == 1.0 and weight[at("flute")] < 0.4  # hardly heard
    assert target[at("violin")] == 0.0 and weight[at("violin")] == 1.0
    assert target[at("choir")] == 1.0 and target[at("instrumental")] == 0.0
    target, weight = styles_from_truth({"jazz": 1.0}, {"calm": 1.0}, vocabulary)
    assert target[at("jazz")] == 1.0 and target[at("metal")] == 0.0 and weight[at("metal")] == 1.0
    assert weight[at("swing")] == 0.0  # may well be true beside jazz
    assert target[at("calm")] == 1.0 and weight[at("sad")] < 1.0
