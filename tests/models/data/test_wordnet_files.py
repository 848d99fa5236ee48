"""The reader of WordNet's files, with a dictionary written here."""

from __future__ import annotations

import zipfile

import nltk
import pytest

from models.data import wordnet

LICENCE = "  1 This line stands for the licence.\n"


def write_dictionary(folder):
    """A dictionary of three nouns and an adjective, in WordNet's own format."""
    first = "00000042 06 n 02 car 0 auto 0 000 | a motor vehicle\n"
    second = "{:08d} 06 n 01 wheeled_vehicle 0 000 | has wheels\n"
    place = len(LICENCE) + len(first)
    lines = dict.fromkeys(wordnet.PARTS, "")
    lines["noun"] = first + second.format(place)
    lines["adj"] = f"{len(LICENCE):08d} 00 s 02 alone(p) 0 lone 0 000 | by itself\n"
    index = dict.fromkeys(wordnet.PARTS, "")
    index["noun"] = f"auto n 1 0 1 0 {len(LICENCE):08d}\ncar n 2 1 @ 2 1 {len(LICENCE):08d} {place:08d}\n"
    index["adj"] = f"alone a 1 0 1 0 {len(LICENCE):08d}\n"
    for part in wordnet.PARTS:
        (folder / f"data.{part}").write_text(LICENCE + lines[part], encoding="utf-8")
        (folder / f"index.{part}").write_text(LICENCE + index[part], encoding="utf-8")
    (folder / "noun.exc").write_text("autoes auto\n", encoding="utf-8")


@pytest.fixture
def nowhere(monkeypatch):
    """A machine without WordNet."""
    monkeypatch.setattr(wordnet, "SYSTEM_FOLDERS", ())
    monkeypatch.setattr(nltk.data, "path", [])
    monkeypatch.delenv("WNHOME", raising=False)
    monkeypatch.delenv("WNSEARCHDIR", raising=False)


def test_reads_senses_words_and_exceptions(tmp_path):
    write_dictionary(tmp_path)
    database = wordnet.Database(tmp_path)
    most_frequent, other = database.senses["noun"]["car"]
    assert database.words("noun", most_frequent) == ("car", "auto")
    assert database.words("noun", other) == ("wheeled_vehicle",)
    assert database.senses["noun"]["auto"] == [most_frequent]
    assert database.words("adj", *database.senses["adj"]["alone"]) == ("alone", "lone")
    assert database.senses["verb"] == {}
    assert database.exceptions["noun"] == {"autoes": ["auto"]}
    assert database.exceptions["adv"] == {}  # without a file


def test_instances_are_told_by_their_pointer_and_not_by_their_gloss(tmp_path):
    write_dictionary(tmp_path)
    (tmp_path / "data.noun").write_text(
        LICENCE
        + "00000042 15 n 01 Paris 0 001 @i 00000200 n 0000 | the capital of France\n"
        + "00000120 15 n 01 city 0 001 @ 00000200 n 0000 | written as @i in files\n"
    )
    assert wordnet.Database(tmp_path).instances() == {42}


def test_stems_are_what_endings_leave():
    assert list(wordnet.stems("boxes", wordnet.ENDINGS["noun"])) == ["boxe", "box"]
    assert list(wordnet.stems("tried", wordnet.ENDINGS["verb"])) == ["trie", "tri"]
    assert list(wordnet.stems("as", wordnet.ENDINGS["noun"])) == ["a"]
    assert list(wordnet.stems("as", wordnet.ENDINGS["noun"], least=2)) == []
    assert list(wordnet.stems("slower", wordnet.ENDINGS["adv"])) == []


def test_the_environment_comes_first(tmp_path, monkeypatch):
    (tmp_path / "dict").mkdir()
    write_dictionary(tmp_path / "dict")
    monkeypatch.setenv("WNHOME", str(tmp_path))
    assert wordnet.find() == tmp_path / "dict"
    monkeypatch.setenv("WNSEARCHDIR", str(tmp_path))  # holds no dictionary
    assert wordnet.find() == tmp_path / "dict"


@pytest.mark.parametrize("packed", [True, False])
def test_nltk_data_is_found_packed_or_not(tmp_path, monkeypatch, nowhere, packed):
    folder = tmp_path / "corpora" / "wordnet"
    folder.mkdir(parents=True)
    write_dictionary(folder)
    if packed:
        with zipfile.ZipFile(tmp_path / "corpora" / "wordnet.zip", "w") as archive:
            for path in list(folder.iterdir()):
                archive.write(path, f"wordnet/{path.name}")
                path.unlink()
    monkeypatch.setattr(nltk.data, "path", [str(tmp_path / "elsewhere"), str(tmp_path)])
    database = wordnet.load()
    assert database.words("noun", database.senses["noun"]["auto"][0]) == ("car", "auto")
    assert database.exceptions["noun"] == {"autoes": ["auto"]}
    assert wordnet.load() is database


def test_without_a_complete_dictionary_there_is_none(tmp_path, nowhere):
    assert wordnet.find() is None
    assert wordnet.load() is None
    write_dictionary(tmp_path)
    (tmp_path / "data.adv").unlink()
    assert wordnet.load(tmp_path) is None
