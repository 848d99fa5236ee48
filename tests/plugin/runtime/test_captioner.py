from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from plugin.pack import Tag, Vocabulary
from plugin.runtime.captioner import LENGTH_PENALTY, WIDER, CaptionWriter, log_softmax, repeated
from plugin.runtime.sentences import DOUBLED, MISPUT, more_to_say, openings, tidy, worth

SETTINGS = {"layers": 1, "heads": 1, "head_width": 1, "begin": 1, "end": 2, "max_tokens": 5}
TOKENS = 6


class Decoder:
    """A language model by table: logits depend on the whole sequence, which it keeps in its cache."""

    def __init__(self, seed: int) -> None:
        self.table = np.random.default_rng(seed).normal(0, 2, (TOKENS,) * 4).astype(np.float32)
        self.calls = 0

    def logits(self, tokens: list[int]) -> np.ndarray:
        tail = (0, 0, *tokens)[-3:]
        return self.table[tail]

    def __call__(self, **inputs: Any) -> list[np.ndarray]:
        self.calls += 1
        ids, past = inputs["ids"], inputs["past_keys"]
        keys = np.concatenate([past, ids[None, :, None, :, None].astype(np.float32)], axis=3)
        rows = [self.logits([int(t) for t in keys[0, b, 0, :, 0]]) for b in range(len(ids))]
        assert inputs["cross_mask"].shape[0] == 1 == inputs["cross_keys"].shape[1]  # one memory for all beams
        return [np.stack(rows)[:, None], keys, keys]


def encoder(**_: Any) -> list[np.ndarray]:
    return [np.zeros((1, 1, 1, 4, 1), np.float32), np.zeros((1, 1, 1, 4, 1), np.float32), np.zeros((1, 1, 1, 4))]


def write(decoder: Decoder, beams: int, **more: bool) -> list[int]:
    writer = CaptionWriter(encoder, decoder, None, Vocabulary(()), SETTINGS)  # type: ignore[arg-type]
    return writer.tokens(np.zeros((4, 20, 8), np.float32), np.zeros(3, np.float32), np.zeros((1, 0, 4), np.float32),
                         beams=beams, **more)  # fmt: skip


def best_of_all(decoder: Decoder) -> list[int]:
    """Exhaustive search over every sequence that ends in time."""
    found = []
    words = [t for t in range(TOKENS) if t != 2]
    for length in range(SETTINGS["max_tokens"] - 1):
        for body in itertools.product(words, repeat=length):
            tokens, score = [1], 0.0
            for token in (*body, 2):
                score += float(log_softmax(decoder.logits(tokens)[None])[0, token])
                tokens.append(token)
            found.append((score / (len(tokens) - 1) ** LENGTH_PENALTY, list(body)))
    return max(found)[1]


@pytest.mark.parametrize("seed", range(6))
def test_wide_beam_finds_the_best_sequence(seed: int) -> None:
    decoder = Decoder(seed)
    assert write(decoder, 200, block_repeats=False) == best_of_all(decoder)


def test_greedy_takes_the_likeliest_token_each_time() -> None:
    decoder, tokens = Decoder(1), [1]
    while len(tokens) < SETTINGS["max_tokens"]:
        token = int(decoder.logits(tokens).argmax())
        if token == 2:
            break
        tokens.append(token)
    assert write(decoder, 1, block_repeats=False) == tokens[1:]


def test_beams_share_one_call_a_step() -> None:
    decoder = Decoder(3)
    write(decoder, 5)
    assert decoder.calls <= SETTINGS["max_tokens"] - 1


def test_repeated_names_what_would_close_a_second_round() -> None:
    assert repeated([5, 6, 7, 5, 6]) == [7]
    assert repeated([5, 6]) == []


def test_tidy_writes_sentences() -> None:
    assert tidy(" a warm  piece. it is calm") == "A warm piece. It is calm."
    assert tidy("") == ""
    assert tidy("well played!") == "Well played!"


class Words:
    """A tokenizer whose every sequence is a sentence about one of two instruments."""

    def decode(self, ids: list[int]) -> str:
        return "a tune for piano" if sum(ids) % 2 else "a tune for harp"


def test_sentence_with_what_is_heard_wins() -> None:
    vocabulary = Vocabulary(
        (Tag("piano", "instrument", 0.5), Tag("harp", "instrument", 0.5), Tag("oboe", "instrument", 0.5))
    )
    decoder = Decoder(4)
    decoder.table *= 0.1  # no sentence is much likelier than another
    for scores, sentence in (([0.9, 0.1, 0.0], "A tune for piano."), ([0.1, 0.9, 0.0], "A tune for harp.")):
        writer = CaptionWriter(encoder, decoder, Words(), vocabulary, SETTINGS)  # type: ignore[arg-type]
        tags = np.array(scores, np.float32)
        assert writer.write(np.zeros((1, 20, 8), np.float32), tags, np.zeros((1, 0, 4), np.float32), 30) == sentence


def test_of_what_is_heard_the_unusual_is_named() -> None:
    tags = (Tag("piano", "instrument", 0.5, (), 0.6), Tag("harp", "instrument", 0.5, (), 0.02))
    decoder = Decoder(4)
    decoder.table *= 0.1  # no sentence is much likelier than another
    writer = CaptionWriter(encoder, decoder, Words(), Vocabulary(tags), SETTINGS)  # type: ignore[arg-type]
    heard = np.array([0.7, 0.7], np.float32)
    found = writer.write(np.zeros((1, 20, 8), np.float32), heard, np.zeros((1, 0, 4), np.float32), 30)
    assert found == "A tune for harp."


def test_article_before_a_plural_counts_against_a_sentence() -> None:
    vocabulary = Vocabulary((Tag("drums", "instrument", 0.5), Tag("double bass", "instrument", 0.5)))
    tags = np.array([0.9, 0.9], np.float32)
    assert worth("a tune for drums and a double bass", vocabulary, tags) > 0
    assert worth("a drums plays with a double bass", vocabulary, tags) < 0


def test_a_thing_joined_with_itself_is_taken_for_bad_english() -> None:
    for text in ("pop and pop meet", "electric guitar, electric guitar", "it is sad, and sad"):
        assert DOUBLED.search(text), text
    for text in ("pop and rock", "guitar and bass guitar", "strings and synth"):
        assert not DOUBLED.search(text), text


class Numbers:
    """A tokenizer that writes tokens as they are."""

    def decode(self, ids: list[int]) -> str:
        return " ".join(["tune", *(f"t{number}" for number in ids)])


OBOE = Vocabulary(
    (Tag("oboe", "instrument", 0.5, (), 0.01), Tag("sad", "mood", 0.5, (), 0.4), Tag("harp", "mood", 0.5))
)
HEARD = np.array([0.9, 0.8, 0.1], np.float32)


def own_sentence(taken: Callable[[str], bool] | None, *, beams: int = 4, facts: Sequence[str] = ()) -> str:
    decoder = Decoder(4)
    decoder.table *= 0.1  # many sentences are nearly as good as the best
    writer = CaptionWriter(encoder, decoder, Numbers(), OBOE, SETTINGS)  # type: ignore[arg-type]
    silence = np.zeros((1, 20, 8), np.float32), HEARD, np.zeros((1, 0, 4), np.float32)
    return writer.write(*silence, beams, taken=taken, facts=facts)


def test_a_sentence_that_nobody_has_stays() -> None:
    assert own_sentence(lambda sentence: False) == own_sentence(None)


def test_a_taken_sentence_gives_way_to_the_next_best() -> None:
    had: list[str] = []
    for _ in range(12):
        sentence = own_sentence(had.__contains__, beams=30)
        assert sentence not in had
        had.append(sentence)
    assert had[0] == own_sentence(None, beams=30)
    assert "Also" not in had[1]


def test_a_wider_search_comes_before_a_longer_sentence() -> None:
    narrow: list[str] = []
    while "Also" not in (sentence := own_sentence(narrow.__contains__, beams=1)):
        narrow.append(sentence)
    assert 1 < len(narrow) <= WIDER * 4


def test_where_all_are_taken_what_is_heard_is_added_the_particular_first() -> None:
    best = own_sentence(None)
    asked: list[str] = []

    def short(sentence: str) -> bool:
        asked.append(sentence)
        return "Also" not in sentence

    assert own_sentence(short) == f"{best} Also: oboe."
    assert own_sentence(lambda s: "Also" not in s or "oboe" in s) == f"{best} Also: sad."
    assert own_sentence(lambda s: not s.endswith("oboe, sad.")) == f"{best} Also: oboe, sad."
    assert own_sentence(lambda s: "120" not in s, facts=["120 beats a minute"]) == f"{best} Also: 120 beats a minute."


def test_where_nothing_is_left_to_say_the_best_sentence_is_shared() -> None:
    assert own_sentence(lambda sentence: True, facts=["in A minor"]) == own_sentence(None)


def test_what_a_sentence_says_already_is_not_said_again_nor_what_is_not_heard() -> None:
    assert list(more_to_say("A sad tune.", OBOE, HEARD, ())) == ["oboe"]
    assert list(more_to_say("A tune.", OBOE, HEARD, ["in C"])) == [
        "oboe", "sad", "in C", "oboe, sad", "oboe, in C", "sad, in C", "oboe, sad, in C",
    ]  # fmt: skip


def test_what_is_played_on_must_be_something_that_can_be_played() -> None:
    vocabulary = Vocabulary((Tag("piano", "instrument", 0.5), Tag("calm", "mood", 0.5)))
    tags = np.array([0.1, 0.1], np.float32)
    for bad in ("it is being performed on the heart.", "it is being performed on a.", "a melody played on calm."):
        assert worth(bad, vocabulary, tags) <= -MISPUT
    for good in ("a melody played on the piano.", "it is played by a soft piano.", "it is being performed."):
        assert worth(good, vocabulary, tags) > -MISPUT


def test_a_beginning_that_goes_on_from_nothing_counts_against_a_sentence() -> None:
    assert worth(" this is followed by a harmony", Vocabulary(()), np.zeros(0, np.float32)) == -MISPUT
    assert worth("a tune. this is followed by a harmony", Vocabulary(()), np.zeros(0, np.float32)) == 0


def test_a_first_sentence_may_stand_alone() -> None:
    assert list(openings([(-0.5, "a tune. it is played on."), (-0.6, "a song.")])) == [
        (-0.5, "a tune. it is played on."), (-0.5, "a tune."), (-0.6, "a song."),
    ]  # fmt: skip
