from __future__ import annotations

import numpy as np
import pytest
import torch
from viml_data import Shelf, record, settings, shelf

from models.errors import ConfigError, DatasetError
from models.systems.viml.data import pad
from models.systems.viml.prepare import prepare
from models.systems.viml.recipe import build
from models.systems.viml.texts import query_texts, training_texts

pytestmark = pytest.mark.usefixtures("word_vectors")


def test_padding_is_marked():
    padded, valid = pad([np.ones((2, 3), np.float32), np.ones((4, 3), np.float32)])
    assert padded.shape == (2, 4, 3)
    assert valid.tolist() == [[True, True, False, False], [True] * 4]
    assert float(padded[0, 2:].abs().sum()) == 0


@pytest.mark.parametrize("rate", [0.0, 0.4, 0.8, 0.95, 1.0])
def test_texts_are_dropped_at_their_rate(tmp_path, rate):
    prepared = prepare(settings(text_dropout=rate), shelf(tmp_path), tmp_path)
    rng = np.random.default_rng(0)
    dropped = [not prepared.splits["train"].example(n % 16, rng)["has_text"] for n in range(2000)]
    assert np.mean(dropped) == pytest.approx(rate, abs=0.03)
    assert all(prepared.splits["train"].example(n, None)["has_text"] for n in range(16))


def test_a_dropped_text_gives_way_to_exactly_the_empty_strings_vector(tmp_path, word_vectors):
    chosen = settings(text_dropout=1.0)
    prepared = prepare(chosen, shelf(tmp_path), tmp_path)
    torch.manual_seed(0)
    system = build(chosen, prepared.state()).eval()
    batch = prepared.collate([prepared.splits["train"].example(n, np.random.default_rng(n)) for n in range(4)])
    assert not batch["has_text"].any()
    empty = torch.from_numpy(word_vectors([""]))
    assert float(empty.abs().sum()) > 0
    assert torch.equal(system.empty_text, empty[0])
    with torch.no_grad():
        dropped = system.embed_query(batch["video"], batch["video_valid"], batch["text"], batch["has_text"])
        written = system.embed_query(batch["video"], batch["video_valid"], empty.expand(4, -1))
        without = system.embed_query(batch["video"], batch["video_valid"])
        zeros = system.embed_query(batch["video"], batch["video_valid"], torch.zeros(4, 16))
    assert torch.equal(dropped, written)
    assert torch.equal(without, written)
    assert not torch.allclose(zeros, written, atol=1e-3)


def test_only_the_dropped_rows_change(tmp_path):
    chosen = settings()
    prepared = prepare(chosen, shelf(tmp_path), tmp_path)
    system = build(chosen, prepared.state()).eval()
    batch = prepared.collate([prepared.splits["train"].example(n, None) for n in range(3)])
    with torch.no_grad():
        video = (batch["video"], batch["video_valid"])
        all_texts = system.embed_query(*video, batch["text"], torch.ones(3, dtype=torch.bool))
        mixed = system.embed_query(*video, batch["text"], torch.tensor([True, False, True]))
        none = system.embed_query(*video)
    assert torch.equal(mixed[[0, 2]], all_texts[[0, 2]])
    assert torch.allclose(mixed[1], none[1], atol=1e-6)
    assert not torch.allclose(mixed[1], all_texts[1], atol=1e-3)


def test_music_and_text_alone_are_never_dropped(tmp_path):
    prepared = prepare(settings({"variant": "mt"}, text_dropout=1.0), shelf(tmp_path), tmp_path)
    example = prepared.splits["train"].example(0, np.random.default_rng(0))
    assert example["has_text"]
    assert "video" not in example


def test_video_alone_reads_nothing(tmp_path):
    prepared = prepare(settings({"variant": "mvpt+"}), shelf(tmp_path), tmp_path)
    assert set(prepared.splits["train"].example(0, None)) == {"video", "music"}


def test_each_epoch_draws_one_of_the_texts(tmp_path, word_vectors):
    prepared = prepare(settings(text_dropout=0.0), shelf(tmp_path), tmp_path)
    rng = np.random.default_rng(0)
    drawn = {prepared.splits["train"].example(3, rng)["text"].tobytes() for _ in range(40)}
    assert drawn == {row.tobytes() for row in word_vectors(list(record(3).texts))}


def test_a_clip_is_the_same_seconds_of_video_and_music(tmp_path):
    def numbered(count):
        rows = np.arange(count, dtype=np.float32)[:, None]
        return {"video": rows, "music": rows.repeat(2, 1)}

    data = shelf(tmp_path)
    data.splits["train"][0] = record(0, features=numbered(9))
    for other in range(1, 16):
        data.splits["train"][other] = record(other, features=numbered(3))
    for split in ("valid", "test"):
        data.splits[split] = [record(900, features=numbered(3))]
    examples = prepare(settings({"variant": "mvpt+"}, level="clip"), data, tmp_path).splits["train"]
    rng = np.random.default_rng(0)
    firsts = set()
    for _ in range(60):
        example = examples.example(0, rng)
        assert example["video"][:, 0].tolist() == example["music"][:, 0].tolist()
        assert len(example["video"]) == 3
        firsts.add(int(example["video"][0, 0]))
    assert firsts == set(range(7))
    assert examples.at(0, "clip")["music"][:, 0].tolist() == [3, 4, 5]
    assert len(examples.at(0, "track")["music"]) == 9


def test_state_is_json_and_standardises(tmp_path):
    import json

    prepared = prepare(settings({"variant": "mvpt+"}, standardise=True), shelf(tmp_path), tmp_path)
    state = json.loads(json.dumps(prepared.state()))
    rows = np.concatenate([prepared.splits["train"].at(n, "track")["music"] for n in range(16)])
    assert state["music_mean"] == pytest.approx(rows.mean(0), abs=1e-3)
    assert state["music_spread"] == pytest.approx(rows.std(0), rel=1e-2)
    assert len(state["usual_video"]) == 6


def test_text_vectors_are_standardised_over_the_training_texts(tmp_path, word_vectors):
    prepared = prepare(settings(standardise=True), shelf(tmp_path), tmp_path)
    rows = word_vectors([text for n in range(16) for text in record(n).texts])
    assert prepared.state()["text_mean"] == pytest.approx(rows.mean(0), abs=1e-3)
    assert prepared.state()["text_spread"] == pytest.approx(rows.std(0), rel=1e-2)
    assert prepared.state()["empty_text"] == pytest.approx(word_vectors([""])[0])


def test_training_texts_come_from_the_confident_tags(tmp_path):
    records = [record(0), record(1, tags={}), record(2, tags={"faint": 0.1}, texts=())]
    for kind in ("tags", "data2text"):
        found = training_texts(records, settings(text=kind, texts_per_record=4).data, tmp_path)
        assert set(found) == {"piece 0", "piece 1"}
        assert found["piece 1"] == records[1].texts
        assert 1 <= len(found["piece 0"]) <= 4
        assert all("piano" in text.lower() and "noise" not in text for text in found["piece 0"])
        assert found == training_texts(records, settings(text=kind, texts_per_record=4).data, tmp_path)


def test_a_query_without_text_of_its_kind_takes_the_training_kind(tmp_path):
    records = [record(0), record(1, texts=())]
    found = query_texts(records, settings(text="tags").data, tmp_path)
    assert found["piece 0"] == (records[0].texts[0],)
    assert "guitar" in found["piece 1"][0]


def test_records_that_cannot_be_read_are_left_out_and_named(tmp_path, caplog):
    data = shelf(tmp_path)
    data.splits["train"][2] = record(2, features={"music": np.ones((3, 12), np.float32)})
    prepared = prepare(settings(), data, tmp_path)
    assert len(prepared.splits["train"]) == 15
    assert "no video features" in prepared.failed["piece 2"]
    assert "piece 2" in caplog.text


def test_records_without_texts_learn_from_video(tmp_path, caplog):
    prepared = prepare(settings(), shelf(tmp_path, texts=()), tmp_path)
    assert "learns from video alone" in caplog.text
    assert not prepared.splits["train"].example(0, None)["has_text"]
    with pytest.raises(DatasetError, match="the variant mt needs text"):
        prepare(settings({"variant": "mt"}), shelf(tmp_path, texts=()), tmp_path)


def test_too_few_records_are_one_line(tmp_path):
    with pytest.raises(DatasetError, match="the train split holds too few usable records"):
        prepare(settings(), shelf(tmp_path, train=1), tmp_path)
    with pytest.raises(DatasetError, match="the valid split holds too few usable records"):
        prepare(settings(), shelf(tmp_path, valid=0), tmp_path)


def test_features_of_unlike_widths_are_one_line(tmp_path):
    data = shelf(tmp_path)
    data.splits["train"][2] = record(2, features={"music": np.ones((3, 5)), "video": np.ones((3, 6))})
    with pytest.raises(DatasetError, match="unlike widths"):
        prepare(settings(), data, tmp_path)


def test_an_unknown_option_of_the_synthesis_is_one_line(tmp_path):
    with pytest.raises(ConfigError, match="tags"):
        prepare(settings(text="tags", synthesis={"treshold": 0.5}), shelf(tmp_path), tmp_path)


def test_another_data_set_does_not_take_its_features(tmp_path):
    for name, value in (("one", 1.0), ("two", 2.0)):
        folder = tmp_path / name
        folder.mkdir()
        splits = shelf(folder).splits
        splits["train"][0] = record(0, features={"video": np.ones((1, 6)), "music": np.full((1, 12), value)})
        prepared = prepare(settings(), Shelf(folder, splits), tmp_path / "cache")
        assert float(prepared.splits["train"].at(0, "track")["music"][0, 0]) == value
