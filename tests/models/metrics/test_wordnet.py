"""Our reader of WordNet against nltk's and against a dictionary written here."""

from __future__ import annotations

import warnings

import nltk
import pytest
from nltk.corpus.reader.wordnet import WordNetCorpusReader

from models.metrics import wordnet

needs_wordnet = pytest.mark.skipif(wordnet.find() is None, reason="needs WordNet (package wordnet-base)")
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


def synonyms(reader, word: str) -> list[list[str]]:
    return sorted(sorted(lemma.name() for lemma in synset.lemmas()) for synset in reader.synsets(word))


def test_reads_words_endings_and_exceptions(tmp_path):
    write_dictionary(tmp_path)
    reader = wordnet.Dictionary(tmp_path)
    assert synonyms(reader, "car") == [["auto", "car"], ["wheeled_vehicle"]]
    assert synonyms(reader, "Cars") == synonyms(reader, "car")
    assert synonyms(reader, "autoes") == [["auto", "car"]]
    assert synonyms(reader, "alone") == [["alone", "lone"]]
    assert synonyms(reader, "boat") == []


def test_the_environment_comes_first(tmp_path, monkeypatch):
    (tmp_path / "dict").mkdir()
    write_dictionary(tmp_path / "dict")
    monkeypatch.setenv("WNHOME", str(tmp_path))
    assert wordnet.find() == tmp_path / "dict"
    monkeypatch.setenv("WNSEARCHDIR", str(tmp_path))  # holds no dictionary
    assert wordnet.find() == tmp_path / "dict"


def test_what_to_install_is_said_where_there_is_none(monkeypatch):
    monkeypatch.setattr(wordnet, "SYSTEM_FOLDERS", ())
    monkeypatch.delenv("WNHOME", raising=False)
    monkeypatch.delenv("WNSEARCHDIR", raising=False)

    class Missing:
        def ensure_loaded(self):
            raise LookupError("a long text\nof many lines")

    monkeypatch.setattr(nltk.corpus, "wordnet", Missing())
    wordnet._load.cache_clear()
    with pytest.raises(wordnet.WordNetMissingError, match="install the package wordnet-base") as error:
        wordnet.load()
    assert "\n" not in str(error.value)


@needs_wordnet
@pytest.mark.slow
def test_gives_the_synonyms_that_nltk_gives(tmp_path, monkeypatch):
    folder = wordnet.find()
    ours = wordnet.Dictionary(folder)
    # nltk reads folders within its data only and wants a list of the lexicographers' files, whatever their names.
    copy = tmp_path / "wordnet"
    copy.mkdir()
    for path in folder.iterdir():
        if path.is_file():
            (copy / path.name).write_bytes(path.read_bytes())
    (copy / "lexnames").write_text("".join(f"{i:02d}\tfile{i}\t1\n" for i in range(45)))
    monkeypatch.setattr(nltk.data, "path", [str(tmp_path)])
    monkeypatch.setattr(WordNetCorpusReader, "map_wn", lambda self: None)  # for other languages only
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = WordNetCorpusReader(nltk.data.FileSystemPathPointer(str(copy)), None)
    # Every three hundredth lemma with what commonly ends words, so that all rules are met.
    lemmas = sorted({lemma for offsets in ours._offsets.values() for lemma in offsets})[::300]
    irregular = sorted({word for words in ours._exceptions.values() for word in words})[::40]
    endings = ["", "s", "es", "ed", "ing", "er", "est"]
    words = [lemma + ending for lemma in lemmas for ending in endings] + irregular + ["wolves", "parties", "firemen"]
    assert len(words) > 3000
    for word in words:
        assert synonyms(ours, word) == synonyms(theirs, word), word
