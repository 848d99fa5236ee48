"""WordNet's synonyms by our reader against nltk's and by hand."""

from __future__ import annotations

import warnings

import nltk
import pytest
from nltk.corpus.reader.wordnet import WordNetCorpusReader

from models.data.wordnet import Database, find, load
from models.metrics import wordnet

needs_wordnet = pytest.mark.skipif(find() is None or not find().is_dir(), reason="needs WordNet (package wordnet-base)")


def synonyms(reader, word: str) -> list[list[str]]:
    return sorted(sorted(lemma.name() for lemma in synset.lemmas()) for synset in reader.synsets(word))


def test_synonyms_of_words_in_all_their_forms(tmp_path):
    licence = "  1 This line stands for the licence.\n"
    for part in ("noun", "verb", "adj", "adv"):
        for kind in ("index", "data"):
            (tmp_path / f"{kind}.{part}").write_text(licence)
    nouns = {"car": "02 car 0 auto 0", "vehicle": "01 wheeled_vehicle 0", "wolf": "01 wolf 0"}
    data, places = licence, {}
    for name, words in nouns.items():
        places[name] = f"{len(data):08d}"
        data += f"{places[name]} 06 n {words} 000 | a meaning\n"
    (tmp_path / "data.noun").write_text(data)
    (tmp_path / "index.noun").write_text(
        licence
        + f"auto n 1 0 1 0 {places['car']}\n"
        + f"car n 2 1 @ 2 1 {places['car']} {places['vehicle']}\n"
        + f"wolf n 1 0 1 0 {places['wolf']}\n"
    )
    (tmp_path / "data.adj").write_text(f"{licence}{len(licence):08d} 00 s 02 alone(p) 0 lone 0 000 | by itself\n")
    (tmp_path / "index.adj").write_text(f"{licence}alone a 1 0 1 0 {len(licence):08d}\n")
    (tmp_path / "noun.exc").write_text("autoes auto\n")
    reader = wordnet.Dictionary(Database(tmp_path))
    assert synonyms(reader, "car") == [["auto", "car"], ["wheeled_vehicle"]]
    assert synonyms(reader, "Cars") == synonyms(reader, "car")
    assert synonyms(reader, "autoes") == [["auto", "car"]]
    assert synonyms(reader, "wolves") == [["wolf"]]  # nltk's ending
    assert synonyms(reader, "alone") == [["alone", "lone"]]
    assert synonyms(reader, "boat") == []


def test_what_to_install_is_said_where_there_is_none(monkeypatch):
    monkeypatch.setattr(wordnet, "load_database", lambda: None)
    with pytest.raises(wordnet.WordNetMissingError, match="install the package wordnet-base") as error:
        wordnet.load()
    assert "\n" not in str(error.value)


@needs_wordnet
@pytest.mark.slow
def test_gives_the_synonyms_that_nltk_gives(tmp_path, monkeypatch):
    folder, database = find(), load()
    ours = wordnet.Dictionary(database)
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
    lemmas = sorted({lemma for senses in database.senses.values() for lemma in senses})[::300]
    irregular = sorted({word for words in database.exceptions.values() for word in words})[::40]
    endings = ["", "s", "es", "ed", "ing", "er", "est"]
    words = [lemma + ending for lemma in lemmas for ending in endings] + irregular + ["wolves", "parties", "firemen"]
    assert len(words) > 3000
    for word in words:
        assert synonyms(ours, word) == synonyms(theirs, word), word
