from __future__ import annotations

import tomllib

from models.data.labels import MAP, RELATED
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
