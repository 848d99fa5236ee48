"""Caption metrics against published examples, hand-worked ones and second implementations."""

from __future__ import annotations

import logging
import math
import re

import pytest

from models.data.wordnet import find
from models.metrics import captions, wordnet

HYPOTHESES = [
    "a slow piano ballad in a minor key",
    "an upbeat rock song with loud guitars guitars guitars",
    "calm ambient pads",
    "a fast drum and bass track",
    "",
]
REFERENCES = [
    ["a slow ballad for piano in a minor key", "a sad piano piece"],
    [
        "an energetic rock song with loud guitars and drums",
        "upbeat guitars",
        "a loud rock band plays fast",
    ],
    ["calm ambient music with warm pads"],
    ["a fast track with drums and bass", "energetic drum and bass"],
    ["a sad piano piece"],
]
needs_wordnet = pytest.mark.skipif(find() is None, reason="needs WordNet (package wordnet-base)")

# Papineni et al. 2002, section 2: candidates and references.
CANDIDATE_1 = "It is a guide to action which ensures that the military always obeys the commands of the party"
CANDIDATE_2 = "It is to insure the troops forever hearing the activity guidebook that party direct"
GUIDES = [
    "It is a guide to action that ensures that the military will forever heed Party commands",
    "It is the guiding principle which guarantees the military forces always being under the command of the Party",
    "It is the practical guide for the army always to heed the directions of the party",
]


def test_unigram_precision_of_papineni():
    assert captions.unigram_precision([CANDIDATE_1], [GUIDES]) == pytest.approx(100 * 17 / 18)
    assert captions.unigram_precision([CANDIDATE_2], [GUIDES]) == pytest.approx(100 * 8 / 14)
    cats = ["The cat is on the mat", "There is a cat on the mat"]
    assert captions.unigram_precision(["the the the the the the the"], [cats]) == pytest.approx(100 * 2 / 7)


def test_bleu_by_hand():
    # 4 of 5 words, 2 of 4 pairs, and exp(1 - 6/5) for being a word short.
    hypotheses, references = ["calm soft warm piano music"], [["calm soft piano music for sleeping"]]
    penalty = math.exp(1 - 6 / 5)
    assert captions.unigram_precision(hypotheses, references) == pytest.approx(80)
    assert captions.unigram_bleu(hypotheses, references) == pytest.approx(80 * penalty)
    assert captions.bleu(hypotheses, references, 2) == pytest.approx(100 * penalty * math.sqrt(4 / 5 * 2 / 4))


def test_bleu_ignores_case_and_takes_differing_numbers_of_references():
    hypotheses, references = ["A Sad Song", "a fast song"], [["a sad song"], ["something else", "A FAST SONG"]]
    assert captions.bleu(hypotheses, references, 3) == pytest.approx(100)
    assert captions.unigram_bleu(hypotheses, references) == pytest.approx(100)


def test_nothing_matched_is_zero_without_smoothing():
    assert captions.unigram_bleu(["x y"], [["a b"]]) == 0
    assert captions.bleu(["x y"], [["a b"]]) == 0


def test_rouge_of_lin():
    # Lin 2004, section 3.1: "police kill the gunman" keeps the order, "the gunman kill police" does not.
    reference = ["police killed the gunman"]
    one = captions.rouge(["police kill the gunman"], [reference])
    other = captions.rouge(["the gunman kill police"], [reference])
    assert one["rougeL"] == pytest.approx(75)
    assert other["rougeL"] == pytest.approx(50)
    assert one["rouge2"] == other["rouge2"] == pytest.approx(100 / 3)
    assert captions.rouge(["police kill the gunman"], [reference], stem=True)["rouge1"] == pytest.approx(100)


def test_rouge_takes_the_best_reference():
    scores = captions.rouge(["a calm song"], [["something", "a calm song"]])
    assert scores == {"rouge1": 100, "rouge2": 100, "rougeL": 100}


@needs_wordnet
def test_meteor_of_nltks_examples():
    assert captions.meteor([CANDIDATE_1], [GUIDES[:1]]) == pytest.approx(69.44, abs=0.01)
    assert captions.meteor([CANDIDATE_1], [GUIDES]) == pytest.approx(69.44, abs=0.01)
    assert captions.meteor(["non matching hypothesis"], [["this is a cat"]]) == 0


@needs_wordnet
def test_meteor_counts_stems_and_synonyms():
    # One chunk of 4 of 4 words: 1 - 0.5 / 4^3.
    whole = 100 * (1 - 0.5 / 64)
    assert captions.meteor(["a joyful guitar song"], [["a joyful guitar song"]]) == pytest.approx(whole)
    assert captions.meteor(["a joyful guitars song"], [["a joyful guitar song"]]) == pytest.approx(whole)
    assert captions.meteor(["a fast car passes"], [["a fast auto passes"]]) == pytest.approx(whole)
    assert captions.meteor(["a fast guitar passes"], [["a fast auto passes"]]) < whole
    # nltk's: "automobile" is "automobil" by the time that synonyms are looked for.
    assert captions.meteor(["a fast car passes"], [["a fast automobile passes"]]) < whole


@needs_wordnet
def test_meteor_splits_sentences_and_punctuation():
    hypothesis, reference = "A calm song. It has a piano.", "a calm song . it has a piano ."
    assert captions.meteor([hypothesis], [[reference]]) == pytest.approx(100 * (1 - 0.5 / 9**3))


def test_cider_d_equals_that_of_coco():
    # What pycocoevalcap 1.2 gives for these captions.
    assert captions.cider(HYPOTHESES, REFERENCES) == pytest.approx(2.0171707606443556, abs=1e-12)


def plain_cider(hypotheses, references) -> float:
    """CIDEr as Vedantam et al. write it (eqs. 1 to 3): vectors over all n-grams there are."""
    total = 0.0
    for n in range(1, 5):

        def grams(text: str) -> list[str]:
            tokens = text.split()
            return [" ".join(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]  # noqa: B023

        every = sorted({g for group in [*references, hypotheses] for text in group for g in grams(text)})
        idf = [
            math.log(len(references) / max(1, sum(any(g in grams(t) for t in group) for group in references)))
            for g in every
        ]

        def vector(text: str) -> list[float]:
            found = grams(text)
            # The paper divides by the number of n-grams of the caption; the cosine does not see it.
            return [found.count(g) / max(1, len(found)) * w for g, w in zip(every, idf, strict=True)]  # noqa: B023

        for hypothesis, group in zip(hypotheses, references, strict=True):
            a = vector(hypothesis)
            for text in group:
                b = vector(text)
                norms = math.hypot(*a) * math.hypot(*b)
                total += sum(x * y for x, y in zip(a, b, strict=True)) / norms / len(group) if norms else 0
    return 10 * total / 4 / len(hypotheses)


def test_plain_cider_equals_the_paper():
    assert captions.cider(HYPOTHESES, REFERENCES, variant="plain") == pytest.approx(plain_cider(HYPOTHESES, REFERENCES))


def test_cider_of_the_references_is_ten_and_repeating_words_does_not_pay():
    texts = ["a calm song for piano", "loud rock with two guitars", "fast drum and bass music"]
    references = [[text] for text in texts]
    assert captions.cider(texts, references) == pytest.approx(10)
    assert captions.cider([texts[1], texts[2], texts[0]], references) < 0.5
    once, often = ["piano", *texts[1:]], ["piano piano piano piano piano", *texts[1:]]
    assert captions.cider(often, references) < captions.cider(once, references) + 0.2


def test_cider_needs_a_corpus():
    with pytest.raises(ValueError, match="at least 2"):
        captions.cider(["a"], [["a"]])


def test_repeated_captions_show():
    assert captions.distinct(["a b a b"], 1) == pytest.approx(50)
    assert captions.distinct(["a b a b"], 2) == pytest.approx(200 / 3)
    assert captions.distinct([""], 1) == 0
    assert captions.different(["A song.", "a song", "a song", "another"]) == pytest.approx(50)


def test_evaluate_gives_every_metric_by_its_function():
    scores = captions.evaluate(HYPOTHESES, REFERENCES)
    assert scores["bleu1"] == captions.unigram_bleu(HYPOTHESES, REFERENCES)
    assert scores["bleu4"] == captions.bleu(HYPOTHESES, REFERENCES)
    assert scores["rougeL"] == captions.rouge(HYPOTHESES, REFERENCES)["rougeL"]
    assert scores["cider"] == captions.cider(HYPOTHESES, REFERENCES)
    assert scores["empty"] == pytest.approx(20)
    assert ("meteor" in scores) == (find() is not None)
    assert all(type(score) is float for score in scores.values())


def test_empty_hypotheses_score_zero():
    scores = captions.evaluate(["", " "], [["a song"], ["a tune"]])
    assert scores.pop("empty") == 100
    assert scores.pop("different") == 50
    assert set(scores.values()) == {0.0}


def test_without_wordnet_meteor_is_left_out_and_the_log_says_why(monkeypatch, caplog):
    def missing():
        raise wordnet.WordNetMissingError("METEOR needs WordNet: install it")

    monkeypatch.setattr(wordnet, "load", missing)
    with caplog.at_level(logging.WARNING):
        scores = captions.evaluate(HYPOTHESES, REFERENCES)
    assert "meteor" not in scores
    assert "install it" in caplog.text
    with pytest.raises(wordnet.WordNetMissingError):
        captions.meteor(HYPOTHESES, REFERENCES)


@pytest.mark.parametrize(
    ("hypotheses", "references", "message"),
    [
        ([], [], "nothing to score"),
        (["a"], [["a"], ["b"]], "1 hypotheses but references of 2"),
        (["a"], [[]], "example 0 has no reference"),
        (["a", "b"], [["a"], ["b", " "]], "a reference of example 1 is empty"),
        (["a"], ["a"], "example 0 are one string"),
        (["a"], "a", "list of lists"),
        ([None], [["a"]], "hypothesis 0 is of type NoneType"),
    ],
)
@pytest.mark.parametrize(
    "metric", [captions.bleu, captions.unigram_bleu, captions.rouge, captions.cider, captions.evaluate]
)
def test_bad_input_is_one_line(metric, hypotheses, references, message):
    with pytest.raises(ValueError, match=re.escape(message)) as error:
        metric(hypotheses, references)
    assert "\n" not in str(error.value)
