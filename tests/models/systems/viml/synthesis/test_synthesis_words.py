from __future__ import annotations

import pytest

from models.systems.viml.synthesis.mentions import GROUPS, Mentions, read_forms, read_vocabulary
from models.systems.viml.synthesis.words import article, is_plural, listed, tidy, with_article


@pytest.mark.parametrize("word", ["acoustic", "R&B", "r&b", "EDM", "hour", "FM", "unhappy", "organ", "8-bit", "urban"])
def test_an_before_the_sound_of_a_vowel(word):
    assert article(word) == "an"


@pytest.mark.parametrize("word", ["rock", "ukulele", "union", "European", "house", "Latin", "one-shot", "used"])
def test_a_before_the_sound_of_a_consonant(word):
    assert article(word) == "a"


def test_lists_have_and_and_a_serial_comma():
    assert [listed(list("abcd")[:n]) for n in range(5)] == ["", "a", "a and b", "a, b, and c", "a, b, c, and d"]


def test_plural_and_uncountable_instruments_take_no_article():
    assert [with_article(w) for w in ("drums", "brass", "double bass", "organ", "male vocals", "percussion")] == [
        "drums", "brass", "a double bass", "an organ", "male vocals", "percussion",
    ]  # fmt: skip
    assert not is_plural("electric bass")


def test_tidy_puts_capitals_spaces_and_the_full_stop_right():
    assert tidy("  a song , slow . with\tdrums ") == "A song, slow. With drums."
    assert tidy("... 12 !") == ""


def test_the_vocabulary_has_the_size_of_the_papers():
    assert [len(read_vocabulary()[group]) for group in GROUPS] == [20, 28, 41]
    words = {word for group in read_vocabulary().values() for word in group}
    assert len(words) == 89
    assert all(words & set(tags) for tags in read_forms().values())


def test_the_longest_name_wins_and_number_and_hyphens_do_not_matter():
    mentions = Mentions(["electric guitar", "guitar", "hip-hop", "drums"], {})
    assert mentions.named("Hip hop with Electric Guitars", ["hip-hop", "electric guitar", "drums"]) == {
        "hip-hop", "electric guitar",
    }  # fmt: skip
    assert mentions.invented("Electric guitars and a drum", ["guitar"]) == {"electric guitar", "drum"}


def test_a_part_of_a_true_name_is_no_invention_and_the_whole_names_its_part():
    mentions = Mentions(["vocals", "male vocals", "female vocals"], {})
    assert mentions.invented("with vocals", ["male vocals"]) == set()
    assert mentions.named("with male vocals", ["vocals"]) == {"vocals"}
    assert mentions.invented("with female vocals", ["vocals", "male vocals"]) == {"female vocal"}


def test_other_words_stand_for_any_of_their_tags():
    mentions = Mentions(["electric bass", "synth bass", "sad"], {"bass": ("electric bass", "synth bass")})
    assert mentions.named("a deep bass", ["synth bass"]) == {"synth bass"}
    assert mentions.invented("a deep bass", ["sad"]) == {"bass"}
    assert mentions.invented("a deep bass", ["electric bass"]) == set()
