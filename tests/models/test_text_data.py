from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from models.data.captions import CaptionTargets, Frame, fill, frame_from_sentence, own_frames, rewrite, swap_gender
from models.data.lyrics import make_lyrics, telling, themes
from models.data.musiccaps import read_musiccaps
from models.data.phrases import read_briefs, sentences, tag_phrase
from models.data.synaesthesia import read_sentences
from models.data.tokenizer import BEGIN, END, PAD, load_tokenizer, train_tokenizer
from models.data.vocabulary import load_vocabulary

HEADER = "ytid,start_s,end_s,audioset_positive_labels,aspect_list,caption,author_id,is_balanced_subset,is_audioset_eval"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a few rows in the real formats."""
    (tmp_path / "captions").mkdir()
    rows = [
        "a1,0,10,/m/1,\"['piano', 'sad']\",\"The low quality recording features a sad piano melody. It sounds calm and "
        'emotional.",1,False,False',
        'b2,0,10,/m/1,"[\'rock\']","This rock song features an electric guitar and drums.",1,False,False',
        'c3,0,10,/m/1,"[\'jazz\']","For evaluation only.",1,False,True',
    ]
    (tmp_path / "captions/musiccaps.csv").write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    (tmp_path / "captions/synaesthesia_pairs.jsonl").write_text(
        json.dumps({"sent_text": "4. light-hearted finale, a buoyant Rondo."}) + "\n"
    )
    return tmp_path


def test_musiccaps_keeps_evaluation_rows_apart(data: Path) -> None:
    train = read_musiccaps(data / "captions/musiccaps.csv", train=True)
    assert [row.clip for row in train] == ["a1", "b2"]
    assert train[0].aspects == ("piano", "sad")
    assert [row.clip for row in read_musiccaps(data / "captions/musiccaps.csv", train=False)] == ["c3"]


def test_musiccaps_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"download musiccaps-public\.csv"):
        read_musiccaps(tmp_path / "none.csv", train=True)
    (tmp_path / "bad.csv").write_text("ytid,caption\nx,y\n")
    with pytest.raises(ValueError, match="aspect_list"):
        read_musiccaps(tmp_path / "bad.csv", train=True)


def test_synaesthesia_sentences_lose_their_numbers(data: Path) -> None:
    assert read_sentences(data / "captions/synaesthesia_pairs.jsonl") == ["light-hearted finale, a buoyant Rondo."]
    with pytest.raises(FileNotFoundError):
        read_sentences(data / "none.jsonl")


def test_frame_takes_only_what_tags_can_vouch_for() -> None:
    vocabulary = load_vocabulary()
    frame = frame_from_sentence("This rock song features an electric guitar and drums.", vocabulary)
    assert frame is not None
    assert frame.groups == ("genre", "instrument", "instrument") and frame.plural == (False, False, True)
    tags = [vocabulary.index(word) for word in ("jazz", "piano", "congas")]
    assert fill(frame, tags, vocabulary) == "this jazz song features a piano and congas."
    assert frame_from_sentence("This rock song reminds me of Paris.", vocabulary) is None
    assert frame_from_sentence("This rock song features a drums and a piano.", vocabulary) is None


def test_fill_mends_articles() -> None:
    vocabulary = load_vocabulary()
    frame = Frame(("a ", " piece with a ", "."), ("mood", "instrument"), (False, False))
    tags = [vocabulary.index(word) for word in ("epic", "organ")]
    assert fill(frame, tags, vocabulary) == "an epic piece with an organ."


def test_targets_name_only_true_tags(data: Path) -> None:
    vocabulary = load_vocabulary()
    targets = CaptionTargets(data)
    true = ["folk", "warm", "hopeful", "acoustic guitar", "flute", "drums", "instrumental"]
    levels = {vocabulary.index(name): 0.9 for name in true}
    rng = random.Random(1)
    texts = [text for _ in range(300) if (text := targets.write(levels, rng))]
    assert len(set(texts)) > 60
    for text in texts:
        named = {vocabulary.names[i] for i in vocabulary.find(text) if vocabulary.names[i] in text}
        assert named <= {*true, "guitar"}, text
        assert "vocal" not in text and " sings" not in text


def test_targets_of_a_song_agree_with_the_singer(data: Path) -> None:
    vocabulary = load_vocabulary()
    targets, rng = CaptionTargets(data), random.Random(1)
    levels = {vocabulary.index(name): 0.9 for name in ("pop", "happy", "calm", "piano", "strings", "female vocals")}
    texts = [text for _ in range(200) if (text := targets.write(levels, rng))]
    assert sum("female vocal" in text for text in texts) > len(texts) / 3
    assert not any("instrumental" in text for text in texts)
    assert swap_gender("he lends his voice", "female vocals") == "she lends her voice"


def test_no_frame_fits_a_clip_without_tags(data: Path) -> None:
    assert CaptionTargets(data).write({}, random.Random(0)) is None


def test_own_frames_are_balanced() -> None:
    for frame in own_frames():
        assert len(frame.parts) == len(frame.groups) + 1
        assert set(frame.groups) <= {"genre", "mood", "instrument", "vocal"}


def test_rewrite_and_sentences() -> None:
    assert rewrite("The low quality recording features a harp.") == "The recording features a harp."
    assert sentences("One. Two! Three") == ["One.", "Two!", "Three"]


def test_lyrics_are_on_their_theme() -> None:
    rng = random.Random(0)
    assert len(themes()) >= 12
    text = " ".join(make_lyrics("fishing and the outdoors", rng) for _ in range(20))
    assert text.count("lake") + text.count("fishing") + text.count("boat") > text.count("whiskey")
    assert "faith" in telling("faith", rng)


def test_tag_phrase_keeps_every_tag() -> None:
    vocabulary = load_vocabulary()
    phrase = tag_phrase(["banjo", "tuba", "oboe"], vocabulary, random.Random(0))
    assert sorted(phrase.replace(",", "").split()) == ["banjo", "oboe", "tuba"] or "english horn" in phrase
    assert "rainy night chase" in read_briefs()


def test_tokenizer_knows_every_word_and_comes_back(tmp_path: Path) -> None:
    tokenizer = train_tokenizer(["a warm folk guitar", "a calm piano"] * 20, 300)
    tokenizer.save(str(tmp_path / "t.json"))
    loaded = load_tokenizer(tmp_path / "t.json")
    ids = loaded.encode("A Naïve 鼓 guitar").ids
    assert not {PAD, BEGIN, END} & set(ids)
    assert loaded.decode(ids).strip().startswith("a naive")
