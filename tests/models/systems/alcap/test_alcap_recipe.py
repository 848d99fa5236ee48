"""From a folder on disk to a trained system: data, configurations, checkpoints, pretrained weights."""

import csv
import json
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from alcap_tiny import MODEL
from transformers import BartConfig, BartForConditionalGeneration

import models
from models.datasets.folder import Folder
from models.errors import ConfigError, DatasetError
from models.systems import tokens
from models.systems.alcap import maps
from models.systems.alcap.data import choose_tags, prepare
from models.systems.alcap.recipe import RECIPE, build
from models.systems.alcap.settings import AlcapSettings
from models.systems.alcap.tagger import save_tagger
from models.trainer.checkpoint import load_system
from models.trainer.config import load_settings
from models.trainer.fit import fit

CONFIGS = Path(models.__file__).parent / "configs"
STAGES = {
    "tagger": {"steps": 2, "batch": 3, "monitor": "loss"},
    "caption": {"steps": 4, "batch": 3, "monitor": "caption", "mode": "min", "learning_rate": 1e-3},
}


def small(**model) -> AlcapSettings:
    return AlcapSettings.model_validate(
        {
            "model": {**MODEL, "bart": {**MODEL["bart"], "positions": 128}, **model},
            "data": {"excerpt": 1.0, "longest": 2.0, "lyrics_tokens": 32, "caption_tokens": 24},
            "evaluation": {"beams": 1, "sentences": None, "batch": 3},
            "stages": STAGES,
        }
    )  # fmt: skip


def write_sound(path: Path, seconds: float, seed: int) -> None:
    samples = (np.random.default_rng(seed).normal(0, 3000, int(16_000 * seconds))).astype(np.int16)[None]
    with av.open(str(path), "w", format="flac") as out:
        stream = out.add_stream("flac", rate=16_000, layout="mono", format="s16")
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = 16_000
        out.mux([*stream.encode(frame), *stream.encode(None)])


@pytest.fixture
def folder(tmp_path) -> Folder:
    """Six records, two a split... of the training ones the third has no lyrics, the fourth no sound."""
    root = tmp_path / "data"
    root.mkdir()
    rows = []
    for i, split in enumerate(["train"] * 4 + ["valid", "test"]):
        if i != 3:
            write_sound(root / f"{i}.flac", 0.5 + 0.5 * i, i)
        rows.append(
            {
                "key": f"r{i}", "split": split, "audio": "" if i == 3 else f"{i}.flac",
                "text": f"A song of kind {i}, about the sea.", "lyrics": "" if i == 2 else f"the sea and the {i} waves",
                "tags": "music:1;" + ("rock:0.9;loud:0.2" if i % 2 else "jazz"),
            }
        )  # fmt: skip
    with (root / "records.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return Folder(root)


def test_examples_of_a_folder(folder, tmp_path, caplog):
    prepared = prepare(small(), folder, tmp_path / "cache")
    assert [len(prepared.splits[split]) for split in ("train", "valid", "test")] == [4, 1, 1]
    assert prepared.state()["tags"] == ["jazz", "rock"] and "music" in caplog.text
    batch = prepared.collate([prepared.splits["train"].example(i, None) for i in range(4)])
    assert batch["has_lyrics"].tolist() == [True, True, False, True]
    assert [None if mel is None else mel.shape[1] for mel in batch["middle"]] == [16, 16, 16, None]
    assert batch["tags"].tolist() == [[1, 0], [0, 1], [1, 0], [0, 1]]
    frames = round(16_000 / 256)
    assert len(batch["middle"][0]) == 0.5 * 16_000 // 256 + 1 and len(batch["middle"][2]) == frames
    first = batch["labels"][0]
    assert tokens.decode(prepared.tokenizer, first[first >= 0]) == "a song of kind 0, about the sea."
    again = prepare(small(), folder, tmp_path / "cache")
    assert again.state() == prepared.state()


def test_excerpts_are_random_in_training_only(folder, tmp_path):
    examples = prepare(small(), folder, tmp_path / "cache").splits["train"]
    found = {examples.example(2, np.random.default_rng(i))["excerpt"].tobytes() for i in range(8)}
    assert len(found) > 1
    fixed = examples.example(2, None)
    assert np.array_equal(fixed["excerpt"], fixed["middle"])
    assert np.array_equal(examples.example(2, np.random.default_rng(1))["middle"], fixed["middle"])


def test_records_that_a_variant_cannot_use_are_left_out(folder, tmp_path):
    prepared = prepare(small(variant="bart"), folder, tmp_path / "cache")
    assert [record.key for record in prepared.splits["train"].records] == ["r0", "r1", "r3"]
    without = small().model_copy(update={"data": small().data.model_copy(update={"lyrics": False})})
    prepared = prepare(without, folder, tmp_path / "cache")
    assert [record.key for record in prepared.splits["train"].records] == ["r0", "r1", "r2"]
    assert not prepared.collate([prepared.splits["train"].example(0, None)])["has_lyrics"].any()


def test_nothing_to_learn_from_is_said(folder, tmp_path):
    settings = small().model_copy(update={"data": small().data.model_copy(update={"text": 3})})
    with pytest.raises(DatasetError, match="no training record has a caption"):
        prepare(settings, folder, tmp_path / "cache")


def test_a_sound_that_cannot_be_read_counts_as_none(folder, tmp_path, caplog):
    (folder.root / "0.flac").write_bytes(b"no music")
    prepared = prepare(small(), folder, tmp_path / "cache")
    assert "1 sounds cannot be read" in caplog.text
    assert prepared.splits["train"].example(0, None)["sound"] is None
    assert len(prepared.splits["train"]) == 4


def test_the_most_frequent_tags_are_taken(folder):
    settings = small(tagger={**MODEL["tagger"], "tags": 1})
    assert choose_tags(folder.records("train"), settings) == ["jazz"]


def train(folder, tmp_path, settings=None):
    settings = settings or small()
    prepared = prepare(settings, folder, tmp_path / "cache")
    torch.manual_seed(0)
    system = build(settings, prepared.state())
    fit(system, prepared, settings, folder=tmp_path / "run", device="cpu", progress=False)
    return system, prepared


def test_both_stages_train_and_the_checkpoint_gives_the_same_captions(folder, tmp_path):
    system, prepared = train(folder, tmp_path)
    loaded, settings, state = load_system(tmp_path / "run")
    assert settings == small() and state == prepared.state()
    batch = prepared.collate([prepared.splits["test"].example(0, None)])
    assert loaded.write(batch) == system.write(batch)
    assert loaded.evaluate(prepared, "test") == system.evaluate(prepared, "test")


def test_attention_is_written_from_the_command_line(folder, tmp_path, capsys):
    train(folder, tmp_path)
    out = tmp_path / "maps"
    assert maps.main([str(tmp_path / "run"), "--data", str(folder.root), "--split", "test", "--out", str(out)]) == 0
    written = json.loads((out / "r5.json").read_text())
    assert written["key"] == "r5" and len(written["focus"]) == len(written["lyrics"])
    assert maps.main([str(tmp_path / "none"), "--data", str(folder.root), "--out", str(out)]) == 2
    assert capsys.readouterr().err.splitlines()[-1].endswith("no such checkpoint")


def test_a_tagger_of_before_is_taken_with_its_tags(folder, tmp_path):
    system, _ = train(folder, tmp_path)
    system.tagger.tags = ("one", "two")
    save_tagger(system.tagger, tmp_path / "tagger.pt")
    settings = small(tagger={**MODEL["tagger"], "weights": tmp_path / "tagger.pt"})
    prepared = prepare(settings, folder, tmp_path / "cache")
    fresh = build(settings, prepared.state())
    assert prepared.state()["tags"] == ["one", "two"] == list(fresh.tagger.tags)
    assert all(
        torch.equal(value, system.tagger.state_dict()[name]) for name, value in fresh.tagger.state_dict().items()
    )
    fit(fresh, prepared, settings, folder=tmp_path / "second", device="cpu", progress=False, stages=["caption"])
    (tmp_path / "tagger.pt").unlink()
    load_system(tmp_path / "second")  # a checkpoint needs nothing beside itself


@pytest.fixture
def checkpoint(tmp_path) -> Path:
    """A BART of a published kind: weights, configuration and tokenizer in a folder."""
    path = tmp_path / "bart"
    tokenizer = tokens.learn_pieces(["A song of kind, about the sea.", "the sea and the waves"], 300)
    config = BartConfig(
        vocab_size=len(tokenizer), d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=32, decoder_ffn_dim=32, max_position_embeddings=64, pad_token_id=0,
        bos_token_id=1, eos_token_id=2, decoder_start_token_id=2, forced_eos_token_id=2,
    )  # fmt: skip
    torch.manual_seed(5)
    BartForConditionalGeneration(config).save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


def test_pretrained_bart_with_its_tokenizer(folder, tmp_path, checkpoint):
    settings = small(bart={"name": str(checkpoint)})
    prepared = prepare(settings, folder, tmp_path / "cache")
    system = build(settings, prepared.state())
    theirs = BartForConditionalGeneration.from_pretrained(checkpoint)
    ours = system.captioner.bart.state_dict()
    assert all(torch.equal(value, ours[name]) for name, value in theirs.state_dict().items())
    original = tokens.of_checkpoint(checkpoint)
    text = "The waves of the sea!"
    assert original(text, add_special_tokens=False)["input_ids"] == prepared.encode([text], 24)[0][0, 1:-1].tolist()
    assert system.captioner.config.dropout == 0.1
    fit(system, prepared, settings, folder=tmp_path / "run", device="cpu", progress=False, stages=["caption"])
    for file in checkpoint.iterdir():
        file.unlink()
    loaded, _, _ = load_system(tmp_path / "run")  # a checkpoint needs nothing beside itself
    batch = prepared.collate([prepared.splits["test"].example(0, None)])
    assert loaded.write(batch) == system.write(batch)


def test_a_bart_that_will_not_do_is_said_in_a_line(folder, tmp_path, checkpoint):
    with pytest.raises(ConfigError, match="no tokenizer there"):
        prepare(small(bart={"name": str(tmp_path / "nowhere")}), folder, tmp_path / "cache")
    long = small(bart={"name": str(checkpoint)})
    long = long.model_copy(update={"data": long.data.model_copy(update={"lyrics_tokens": 65})})
    with pytest.raises(ConfigError, match=r"65 tokens, but .* has 64 positions"):
        prepare(long, folder, tmp_path / "cache")
    config = json.loads((checkpoint / "config.json").read_text())
    (checkpoint / "config.json").write_text(json.dumps({**config, "d_model": 32}))
    settings = small(bart={"name": str(checkpoint)})
    state = prepare(settings, folder, tmp_path / "cache").state()
    with pytest.raises(ConfigError, match="of another BART"):
        build(settings, state)


def test_the_paper_is_the_default():
    assert load_settings(RECIPE, CONFIGS / "alcap.toml", {}) == AlcapSettings() == load_settings(RECIPE, None, {})
    settings = AlcapSettings()
    assert (settings.model.alignment_weight, settings.data.excerpt, settings.data.caption_tokens) == (0.02, 15.0, 512)
    assert (settings.stages.caption.batch, settings.stages.caption.epochs) == (26, 20)
    assert settings.stage_names == ("tagger", "caption")


def test_the_small_configuration_is_small():
    settings = load_settings(RECIPE, CONFIGS / "alcap-small.toml", {})
    assert settings.model.bart.name is None and settings.model.variant == "alcap"


def test_more_tokens_than_positions_are_refused():
    with pytest.raises(ConfigError, match="positions"):
        load_settings(RECIPE, CONFIGS / "alcap-small.toml", {"data.lyrics_tokens": "300"})
