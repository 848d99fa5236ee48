from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.data.wordnet import Database, find, load
from models.errors import ConfigError
from models.systems.titles.filtering import EMPTY, FOREIGN, NAME, UNKNOWN, TitleFilter, keep, words_of
from models.systems.titles.glove import read_glove
from models.systems.titles.settings import DataSettings
from models.systems.titles.wordnet import WordNet


def write_wordnet(folder: Path) -> Path:
    """A database in Princeton's format: a few nouns, two of them names, verbs and an adjective."""
    licence = "  1 This software and database is being provided to you\n"
    nouns = {
        "mountain": ("00000001", "@ 00000009 n 0000"),
        "sky": ("00000002", "@ 00000009 n 0000"),
        "wire": ("00000003", "@ 00000009 n 0000"),
        "georgia": ("00000004", "@i 00000009 n 0000"),
        "new_york": ("00000005", "@i 00000009 n 0000"),
        "mark": ("00000006", "@i 00000009 n 0000"),
    }
    index = licence + "".join(f"{word} n 1 1 @ 1 1 {at}  \n" for word, (at, _) in nouns.items())
    # Two senses, the more frequent one first: the fruit is no name although the company is.
    index += "apple n 2 1 @ 2 1 00000007 00000008  \n"
    data = licence + "".join(f"{at} 03 n 01 {word} 0 001 {link} | gloss  \n" for word, (at, link) in nouns.items())
    data += "00000007 03 n 01 apple 0 001 @ 00000009 n 0000 | gloss  \n"
    data += "00000008 03 n 01 Apple 0 001 @i 00000009 n 0000 | gloss  \n"
    (folder / "index.noun").write_text(index)
    (folder / "data.noun").write_text(data)
    for part in ("verb", "adj", "adv"):
        (folder / f"data.{part}").write_text(licence)
    for part, words in {"verb": ("run", "mark", "destroy", "believe"), "adj": ("slow",), "adv": ()}.items():
        (folder / f"index.{part}").write_text(licence + "".join(f"{word} v 1 0 1 1 00000001  \n" for word in words))
    for part, lines in {"noun": "mice mouse\n", "verb": "ran run\nrunning run\n", "adj": "", "adv": ""}.items():
        (folder / f"{part}.exc").write_text(lines)
    return folder


@pytest.fixture
def wordnet(tmp_path: Path) -> WordNet:
    return WordNet(Database(write_wordnet(tmp_path)))


@pytest.mark.parametrize(
    "word",
    ["mountain", "wires", "ran", "mice", "destroying", "slower", "the", "don't", "sky's", "runnin'", "99", "believin'"],
)
def test_english_words_in_all_their_forms(wordnet: WordNet, word: str) -> None:
    assert wordnet.is_english(word)


@pytest.mark.parametrize("word", ["noche", "de", "xylq", "s", "ning", "wirex"])
def test_other_words(wordnet: WordNet, word: str) -> None:
    assert not wordnet.is_english(word)


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("Peel", FOREIGN),
        ("Mountain Sky", None),
        ("mountain of the wires", None),
        ("Georgia Sky", NAME),
        ("georgia's sky", NAME),
        ("Slow New York Run", NAME),
        ("new sky", FOREIGN),  # "new" is not in this tiny database; "new york" alone is a name
        ("Mark the Sky", None),  # a verb, too
        ("apple sky", None),
        ("Sky Noche", FOREIGN),
        ("sky with Wires and mountains", NAME),  # a capital where all else is small
        ("Sky With Wires and Mountains", None),
        ("... (!)", EMPTY),
        ("", EMPTY),
        ("slow-run sky", None),
        ("slow-noche sky", FOREIGN),
    ],
)
def test_reasons(wordnet: WordNet, title: str, reason: str | None) -> None:
    assert TitleFilter(wordnet).reason(title) == reason


def test_without_wordnet_only_the_other_rules_speak(tmp_path: Path) -> None:
    rules = TitleFilter.of(DataSettings(wordnet=str(tmp_path / "nowhere")), lambda title: "noche" not in title)
    assert rules.rules == ("vocabulary",)
    assert rules.reason("georgia") is None
    assert rules.reason("noche") == UNKNOWN


def test_wordnet_is_taken_from_the_settings_or_else_from_where_it_usually_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_wordnet(tmp_path)
    named = TitleFilter.of(DataSettings(wordnet=str(tmp_path)), lambda title: True)
    monkeypatch.setenv("WNSEARCHDIR", str(tmp_path))
    found = TitleFilter.of(DataSettings(), lambda title: True)
    for rules in (named, found):
        assert rules.rules == ("WordNet", "vocabulary")
        assert (rules.reason("slow sky"), rules.reason("quick sky")) == (None, FOREIGN)  # "quick" is not in this one


def test_what_was_dropped_is_counted(wordnet: WordNet) -> None:
    titles = ["mountain sky", "georgia", "noche", "", "slow sky", "slow wire", "new york"]
    kept = keep(titles, TitleFilter(wordnet, is_known=lambda title: "wire" not in title))
    assert kept.places == [0, 4]
    assert kept.dropped == {NAME: 2, FOREIGN: 1, EMPTY: 1, UNKNOWN: 1}


def test_a_named_entity_finder_has_its_say(wordnet: WordNet) -> None:
    assert TitleFilter(wordnet, finder=lambda title: title == "Slow Sky").reason("Slow Sky") == NAME


def test_a_spacy_model_that_is_not_there_is_one_line() -> None:
    with pytest.raises(ConfigError, match=r"data\.spacy: 'xx_no_such_model'"):
        TitleFilter.of(DataSettings(spacy="xx_no_such_model"), lambda title: True)


def test_words_keep_their_apostrophes_and_hyphens() -> None:
    assert words_of("Don’t Stop Believin' (over-watch) [live]") == ["Don't", "Stop", "Believin'", "over-watch", "live"]


@pytest.mark.skipif(find() is None, reason="needs WordNet (package wordnet-base)")
def test_the_papers_own_samples_pass_but_for_the_name() -> None:
    database = load()
    assert database is not None
    rules = TitleFilter(WordNet(database))
    clean = ["trouble in mind", "warm and sunny day", "all i want is a spoonful", "peel back the mountain sky",
             "the world does not revolve around you", "where is your love", "queen of the wires", "too happy",
             "space power over-watch destroying evil rats"]  # fmt: skip
    assert [rules.reason(title) for title in clean] == [None] * len(clean)
    assert rules.reason("georgia man") == NAME
    assert rules.reason("New York State of Mind") == NAME
    assert rules.reason("Noche de Ronda") is not None


WORDS = {"<pad>": 0, "<s>": 1, "sky": 2, "blue": 3, "zzz": 4}


def test_glove_vectors_are_found_and_missing_words_told(tmp_path: Path) -> None:
    path = tmp_path / "glove.txt"
    path.write_text("the 0.1 0.2 0.3\nblue 1 2 3\n. . . 9 9 9\nsky -1.5 0 1e-3\nblue 7 7 7\n", encoding="utf-8")
    vectors = read_glove(path, WORDS, 3)
    assert vectors.rows.tolist() == [2, 3]
    np.testing.assert_allclose(vectors.values, [[-1.5, 0, 1e-3], [1, 2, 3]])
    assert vectors.missing == ("<pad>", "<s>", "zzz")


def test_a_first_line_of_counts_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "vectors.txt"
    path.write_text("2 3\nsky 1 2 3\nblue 1 2 3\n")
    assert len(read_glove(path, WORDS, 3).rows) == 2


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ("sky 1 2 3 4\n", r":1: 4 numbers, but model\.embedding is 3"),
        ("sky 1 2\n", r":1: 2 numbers, but model\.embedding is 3"),
        ("sky 1 2 3\nblue 1 2\n", r":2: 2 numbers"),
        ("sky 1 two 3\n", r":1: not a vector"),
        ("sky 1 nan 3\n", r":1: a number that is not finite"),
        ("ciel 1 2 3\n", "none of the vocabulary's 5 words"),
        ("", "none of the vocabulary's 5 words"),
        (b"PK\x03\x04\xff\xfe\x00", "must be a text file"),
    ],
)
def test_a_bad_glove_file_is_one_line(tmp_path: Path, content: str | bytes, match: str) -> None:
    path = tmp_path / "glove.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigError, match=match) as caught:
        read_glove(path, WORDS, 3)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_glove_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"model\.glove cannot be read"):
        read_glove(tmp_path / "nothing.txt", WORDS, 3)
