"""What is offered while a user writes."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from plugin.pack import Tag, Vocabulary
from plugin.suggest.completion import MOST, complete, phrases

VOCABULARY = ("piano", "female vocals", "male vocals", "electric piano", "calm")
PAST = ("piano at dawn", "calm strings", "slow piano, hopeful", "Piano At Dawn")


def test_past_texts_come_first_the_latest_before_the_others_each_once() -> None:
    assert complete("pi", VOCABULARY, PAST) == ["Piano At Dawn", "piano", "electric piano", "slow piano, hopeful"]


def test_the_last_words_are_completed_and_the_rest_stays() -> None:
    assert complete("slow, warm pia", VOCABULARY, ())[0] == "slow, warm piano"
    assert complete("rain, Female V", VOCABULARY, ())[0] == "rain, female vocals"
    assert complete("voc", VOCABULARY, ()) == ["female vocals", "male vocals"]


def test_the_longest_phrase_counts_and_the_last_word_alone_comes_after_it() -> None:
    found = complete("warm female v", (*VOCABULARY, "violin"), ())
    assert found == ["warm female vocals", "warm female violin", "warm female male vocals"]


def test_phrases_are_the_tags_before_their_synonyms_each_once() -> None:
    tags = Tag("flute", "instrument", 0.5, ("piccolo", "recorder")), Tag("piccolo", "instrument", 0.5)
    assert phrases(Vocabulary(tags)) == ["flute", "piccolo", "recorder"]
    assert complete("a PIC", phrases(Vocabulary(tags)), ()) == ["a piccolo"]


def test_ten_thousand_past_texts_are_searched_between_two_keys() -> None:
    words = ("slow", "piano", "hopeful", "strings", "dark", "ambient", "female vocals", "drums")
    past = [f"{words[n % 8]} {words[n // 8 % 8]} scene {n}" for n in range(10_000)]
    vocabulary = [f"{word} {n}" for word in words for n in range(70)]
    for text in ("s", "slow piano", "dark hopeful sc", "zzz"):
        complete(text, vocabulary, past)
        times = []
        for _ in range(20):
            began = time.perf_counter()
            complete(text, vocabulary, past)
            times.append(time.perf_counter() - began)
        assert min(times) < 0.02  # 5 ms on an idle machine


def test_a_whole_page_pasted_does_not_hang() -> None:
    began = time.perf_counter()
    for text in ("word " * 20_000 + "pia", "a" * 100_000, ",;" * 50_000, " " * 100_000 + "pia"):
        complete(text, VOCABULARY, PAST)
    assert time.perf_counter() - began < 2


def test_nothing_written_or_a_comma_at_the_end_offers_nothing_of_the_vocabulary() -> None:
    assert complete("  ", VOCABULARY, PAST) == []
    assert complete("slow, ", VOCABULARY, ()) == []


@given(st.text("ab ,", max_size=8), st.lists(st.text("ab ", min_size=1, max_size=8), max_size=8))
def test_what_is_offered_begins_with_what_is_written_or_goes_on_with_a_word_that_does(
    words: str, past: list[str]
) -> None:
    key = " ".join(words.split())
    for text in complete(words, (), past):
        assert text.startswith(key) or f" {key}" in text


@given(st.text(max_size=20), st.lists(st.text(max_size=20)), st.lists(st.text(max_size=20)))
def test_answers_are_distinct_and_never_what_is_written(words: str, vocabulary: list[str], past: list[str]) -> None:
    found = complete(words, vocabulary, past)
    assert len(found) <= MOST
    assert len({text.casefold() for text in found}) == len(found)
    assert " ".join(words.split()).casefold() not in {text.casefold() for text in found}
