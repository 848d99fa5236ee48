from __future__ import annotations

import logging
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from titles_toys import PICTURES, RATE, SOUNDS, TINY, settings, write_picture, write_sound, write_table

from models.datasets.folder import Folder
from models.errors import ConfigError, DatasetError
from models.systems.base import State
from models.systems.titles import transfer
from models.systems.titles.data import PreparedTitles, pieces, prepare
from models.systems.titles.evaluation import encode_split, tiled, titles
from models.systems.titles.recipe import RECIPE
from models.systems.titles.settings import TitlesSettings
from models.systems.titles.system import Titles
from models.systems.titles.timbre import timbre
from models.trainer.checkpoint import Checkpoint, write_checkpoint
from models.trainer.config import load_settings
from models.trainer.fit import fit
from plugin.decode import read_audio

CONFIGS = Path(__file__).resolve().parents[4] / "models" / "configs"


def build(config: TitlesSettings, state: State) -> Titles:
    torch.manual_seed(0)
    return Titles(config, state)


def test_configurations_on_disk_are_valid_and_the_full_one_is_the_defaults() -> None:
    assert load_settings(RECIPE, CONFIGS / "titles.toml", {}) == TitlesSettings()
    small = load_settings(RECIPE, CONFIGS / "titles-small.toml", {})
    assert small.model.depth == 10


def test_music_becomes_spectrograms_with_titles(music: Path, tmp_path: Path) -> None:
    prepared = prepare(settings(), Folder(music), tmp_path)
    assert prepared.kind == "spectrogram"
    train = prepared.splits["train"]
    batch = prepared.collate([train.example(index, np.random.default_rng(0)) for index in range(4)])
    assert batch["pixels"].shape == (4, 1, 128, 7)  # (8000 - 512) // 256 + 1 = 30 windows, by 4
    assert batch["ids"].shape == (4, 5)
    assert batch["mask"].sum(1).tolist() == [4, 4, 5, 5]
    assert train.example(0, None)["references"] == ("low hum",)
    assert train.name(0) == "train0"


def test_a_second_preparation_decodes_nothing_again(
    music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = prepare(settings(), Folder(music), tmp_path)
    monkeypatch.setattr("models.systems.titles.sources.read_sound", lambda *_, **__: pytest.fail("decoded again"))
    second = prepare(settings(), Folder(music), tmp_path)
    np.testing.assert_array_equal(
        first.splits["test"].example(1, None)["pixels"], second.splits["test"].example(1, None)["pixels"]
    )


def test_stereo_is_mixed_and_ranges_are_kept_to(tmp_path: Path) -> None:
    time = np.arange(RATE) / RATE
    low, high = (0.4 * np.sin(2 * np.pi * pitch * time) for pitch in (300, 3000))
    write_sound(tmp_path / "a.wav", np.stack([np.r_[low, high], np.r_[low, high]]))
    row = {"audio": "a.wav", "title": "two tones"}
    rows = [{"key": split, "split": split, **row, "start": start, "end": 2}
            for split, start in (("train", 0), ("valid", 1), ("test", 1.5))]  # fmt: skip
    prepared = prepare(settings(), Folder(write_table(tmp_path, rows)), tmp_path / "cache")
    first, second, short = (
        prepared.splits[split].example(0, None)["pixels"][0] for split in ("train", "valid", "test")
    )
    assert first.mean(1).argmax() > 100 > second.mean(1).argmax()
    assert short[:, 4:].max() == 0.0  # half a second, then silence


@pytest.mark.parametrize("source", ["spectrogram", "timbre"])
def test_short_music_is_kept_and_a_file_without_sound_is_not(
    tmp_path: Path, source: str, caplog: pytest.LogCaptureFixture
) -> None:
    tone = 0.4 * np.sin(2 * np.pi * 300 * np.arange(RATE // 2) / RATE)
    write_sound(tmp_path / "short.wav", tone)
    (tmp_path / "empty.wav").write_bytes((tmp_path / "short.wav").read_bytes()[:44])  # a download that broke off
    row = {"audio": "short.wav", "title": "half a second"}
    rows = [{"key": split, "split": split, **row} for split in ("train", "valid", "test")]
    rows += [{**rows[0], "key": "late", "start": 0.25}, {**rows[0], "key": "stub", "audio": "empty.wav"}]
    config = settings(data={"seconds": 1.0, "source": source})
    prepared = prepare(config, Folder(write_table(tmp_path, [{"start": "", **r} for r in rows])), tmp_path / "cache")
    train = prepared.splits["train"]
    assert [train.name(index) for index in range(len(train))] == ["train", "late"]
    assert "left out" in caplog.text
    assert "empty.wav" in caplog.text
    if source == "spectrogram":
        whole, late = (train.example(index, None)["pixels"][0] for index in range(2))
        assert whole.shape == late.shape == (128, 7)
        assert (whole.max(0) > 0).tolist() == [True] * 3 + [False] * 4  # 4,000 samples: 14 windows, by 4
        assert (late.max(0) > 0).tolist() == [True] + [False] * 6
    else:
        expected = timbre(read_audio(tmp_path / "short.wav", RATE), RATE)
        np.testing.assert_array_equal(train.source.store["train"], expected)  # of the sound, not of silence behind it


def test_pictures_come_as_random_crops_in_training_and_from_the_centre_otherwise(gallery: Path, tmp_path: Path) -> None:
    prepared = prepare(settings(data={"longest": 20}), Folder(gallery), tmp_path)
    assert prepared.kind == "image"
    train = prepared.splits["train"]
    rng = np.random.default_rng(0)
    texts = {train.example(1, rng)["text"] for _ in range(20)}
    assert texts == {"a green field at noon", "a green field at noon again"}
    example = train.example(1, None)
    assert (example["text"], example["pixels"].shape) == ("a green field at noon", (3, 64, 64))
    assert example["pixels"].dtype == np.uint8
    assert prepared.dropped == {}  # captions are not filtered


def test_tiles_cut_a_picture_row_by_row_and_random_ones_serve_training(gallery: Path, tmp_path: Path) -> None:
    prepared = prepare(settings(data={"tile": 32, "tile_training": True}), Folder(gallery), tmp_path)
    train = prepared.splits["train"]
    assert train.example(0, np.random.default_rng(0))["pixels"].shape == (3, 32, 32)
    whole = train.example(0, None)
    cut = tiled(whole, 32)
    assert len(cut) == 4
    np.testing.assert_array_equal(cut[2]["pixels"], whole["pixels"][:, 32:, :32])
    assert tiled(whole, None) == [whole]
    with pytest.raises(DatasetError, match=r"data\.tile: 128 is more than the pictures' 64"):
        tiled(whole, 128)


def test_each_tile_is_captioned_and_scores_are_the_mean_over_tiles(gallery: Path, tmp_path: Path) -> None:
    config = settings(data={"tile": 32}, evaluation={"beams": [1]})
    prepared = prepare(config, Folder(gallery), tmp_path)
    system = build(config, prepared.state()).eval()
    encoded = encode_split(system, prepared, "test")
    assert encoded.memory.shape == (12, 96)
    assert encoded.owners == [0] * 4 + [1] * 4 + [2] * 4
    assert encoded.places == [0, 1, 2, 3] * 3
    # Pictures of one colour: all tiles are alike, so the mean is that of any one place, and of whole pictures of 32.
    metrics = system.evaluate(prepared, "test")
    single = prepare(settings(data={"crop": 32}, evaluation={"beams": [1]}), Folder(gallery), tmp_path)
    alone = system.evaluate(single, "test")
    assert metrics["loss"] == pytest.approx(alone["loss"], rel=1e-4)
    assert metrics["bleu1_k1"] == pytest.approx(alone["bleu1_k1"])


@pytest.mark.parametrize("shipped", [True, False])
def test_timbre_is_read_or_computed_and_standardised(tmp_path: Path, shipped: bool) -> None:
    rng = np.random.default_rng(0)
    rows, values = [], []
    for split in ("train", "train", "train", "valid", "test"):
        name = f"r{len(rows)}"
        row = {"key": name, "split": split, "title": "some words"}
        if shipped:
            values.append(rng.normal(5, 100, 90).astype(np.float32))
            np.save(tmp_path / f"{name}.npy", values[-1])
            rows.append({**row, "f_timbre": f"{name}.npy"})
        else:
            write_sound(tmp_path / f"{name}.wav", rng.normal(0, 0.05 * (1 + len(rows)), RATE))
            values.append(timbre(read_audio(tmp_path / f"{name}.wav", RATE), RATE))
            rows.append({**row, "audio": f"{name}.wav"})
    source = "auto" if shipped else "timbre"
    prepared = prepare(settings(data={"source": source}), Folder(write_table(tmp_path, rows)), tmp_path / "cache")
    assert prepared.kind == "timbre"
    train = np.stack(values[:3])
    expected = (values[4] - train.mean(0)) / train.std(0)
    np.testing.assert_allclose(prepared.splits["test"].example(0, None)["timbre"], expected, rtol=1e-2, atol=1e-2)


def test_timbre_of_another_width_is_one_line(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros(12, np.float32))
    rows = [{"key": split, "split": split, "title": "x", "f_timbre": "a.npy"} for split in ("train", "valid", "test")]
    with pytest.raises(DatasetError, match=r"timbre is \[12\], not the 90 timbre numbers"):
        prepare(settings(), Folder(write_table(tmp_path, rows)), tmp_path / "cache")


def test_titles_with_unknown_words_leave_the_test_and_are_counted(
    music: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lines = (music / "records.csv").read_text().replace("test1.wav,bright bell", "test1.wav,bright trombone")
    (tmp_path / "records.csv").write_text(lines)
    for sound in music.glob("*.wav"):
        (tmp_path / sound.name).symlink_to(sound)
    with caplog.at_level(logging.INFO):
        prepared = prepare(settings(), Folder(tmp_path), tmp_path / "cache")
    assert [prepared.splits["test"].name(index) for index in range(3)] == ["test0", "test2", "test3"]
    assert prepared.dropped == {"unknown word": 1}
    assert "test titles left out by vocabulary: 1 unknown word" in caplog.text
    kept = prepare(settings(data={"filter_titles": False}), Folder(tmp_path), tmp_path / "cache")
    assert len(kept.splits["test"]) == 4


def test_bad_pictures_are_left_out_before_training(gallery: Path, tmp_path: Path) -> None:
    for picture in gallery.iterdir():
        (tmp_path / picture.name).write_bytes(picture.read_bytes())
    (tmp_path / "train1.png").write_bytes(b"<html>gone</html>")
    prepared = prepare(settings(), Folder(tmp_path), tmp_path / "cache")
    assert len(prepared.splits["train"]) == 2
    for name in ("train0.jpg", "train2.png"):
        (tmp_path / name).write_bytes(b"gone")
    with pytest.raises(DatasetError, match=r"cannot be used .*split 'train' is empty") as caught:
        prepare(settings(), Folder(tmp_path), tmp_path / "cache2")
    assert "\n" not in str(caught.value)


def test_a_data_set_without_titles_is_one_line(tmp_path: Path) -> None:
    write_sound(tmp_path / "a.wav", np.zeros(RATE))
    rows = [{"key": split, "split": split, "audio": "a.wav"} for split in ("train", "valid", "test")]
    with pytest.raises(DatasetError, match="no record with a title; split 'train' is empty"):
        prepare(settings(), Folder(write_table(tmp_path, rows)), tmp_path / "cache")


def test_evaluation_names_beams_and_leaves_the_mode_alone(music: Path, tmp_path: Path) -> None:
    prepared = prepare(settings(), Folder(music), tmp_path)
    system = build(settings(), prepared.state()).train()
    metrics = system.evaluate(prepared, "test")
    assert system.training
    for name in ("bleu1", "precision1", "chance1", "bleu", "rougeL", "distinct1", "distinct2", "words", "seconds"):
        assert {f"{name}_k1", f"{name}_k3"} <= set(metrics)
    assert metrics["left_out"] == 0
    assert metrics["perplexity"] == pytest.approx(np.exp(metrics["loss"]))
    valid = system.evaluate(prepared, "valid")
    assert set(valid) & {"bleu1_k1", "bleu1_k3"} == {"bleu1_k1"}
    assert system.evaluate(prepared, "valid") == valid  # no time of the clock goes into the history of a training


def test_the_loss_of_evaluation_is_that_of_the_batches(music: Path, tmp_path: Path) -> None:
    prepared = prepare(settings(), Folder(music), tmp_path)
    system = build(settings(evaluation={"batch": 3}), prepared.state()).eval()
    batch = prepared.collate([prepared.splits["valid"].example(index, None) for index in range(4)])
    with torch.no_grad():
        loss = float(system.losses(batch, "train")["loss"])
    assert system.evaluate(prepared, "valid")["loss"] == pytest.approx(loss, rel=1e-4)


def trained(config: TitlesSettings, folder: Path, cache: Path) -> tuple[Titles, PreparedTitles]:
    prepared = prepare(config, Folder(folder), cache)
    system = build(config, prepared.state())
    fit(system, prepared, config, device="cpu", progress=False)
    return system, prepared


@pytest.mark.slow
@pytest.mark.parametrize("decoder", ["lstm", "transformer"])
def test_four_titles_are_learnt_by_heart(music: Path, tmp_path: Path, decoder: str) -> None:
    config = settings(model={"decoder": decoder})
    system, prepared = trained(config, music, tmp_path)
    encoded = encode_split(system, prepared, "train")
    for beams in (1, 5):
        said, seconds = titles(system, encoded.memory, beams)
        assert said == list(SOUNDS)
        assert seconds > 0
    metrics = system.evaluate(prepared, "test")
    assert (metrics["bleu1_k1"], metrics["rougeL_k3"]) == (pytest.approx(100), pytest.approx(100))
    assert metrics["loss"] < 0.2


@pytest.mark.slow
def test_what_learnt_from_pictures_is_run_on_music(
    gallery: Path, music: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = settings(data={"longest": 10}, stages={"train": {**TINY["stages"]["train"], "steps": 40}})
    system, prepared = trained(config, gallery, tmp_path / "cache")
    said, _ = titles(system, encode_split(system, prepared, "test").memory, 1)
    assert [text.removesuffix(" again") for text in said] == list(PICTURES)
    write_checkpoint(
        tmp_path / "best.pt",
        Checkpoint("titles", config.model_dump(mode="json"), prepared.state(), ["train"], system.state_dict()),
    )
    # None of the music's words is among the pictures': the filter leaves nothing, and says so.
    arguments = [
        "--checkpoint",
        str(tmp_path),
        "--data",
        str(music),
        "--cache",
        str(tmp_path / "cache"),
        "--device",
        "cpu",
    ]
    assert transfer.main(arguments) == 2
    assert "the title filter leaves nothing (4 unknown word)" in capsys.readouterr().err
    assert transfer.main([*arguments, "--set", "data.known_words=false", "--set", "evaluation.beams=[2]"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"4 examples of {music}")
    assert re.search(r"bleu1_k2 0\n", printed)
    assert transfer.main([*arguments, "--set", "model.width=3"]) == 2
    assert "model.width: only keys of data and evaluation" in capsys.readouterr().err


def test_settings_of_a_trained_system_change_only_where_they_may() -> None:
    config = settings(data={"longest": 11})
    assert transfer.changed(config, {"evaluation.beams": [7]}).evaluation.beams == (7,)
    assert transfer.changed(config, {"data.longest": 40}).data.longest == 11
    with pytest.raises(ConfigError, match=r"data\.tile"):
        transfer.changed(config, {"data.tile": -1})
    with pytest.raises(ConfigError, match=r"data\.colour: only keys"):
        transfer.changed(config, {"data.colour": 1})


def test_a_system_without_resnet_refuses_pictures(tmp_path: Path) -> None:
    state = {"tokenizer": None, "resnet": None, "source": "timbre"}
    from models.systems.tokens import learn_words, to_state

    system = Titles(settings(), {**state, "tokenizer": to_state(learn_words(["a b"]))})
    with pytest.raises(DatasetError, match="learnt from timbre and has no ResNet"):
        system.memory({"pixels": torch.zeros(1, 3, 8, 8)})


def test_references_are_divided_as_the_vocabulary_divides_them(music: Path, tmp_path: Path) -> None:
    prepared = prepare(settings(), Folder(music), tmp_path)
    assert pieces(prepared.tokenizer, "Don't STOP, trombone") == ["don", "'", "t", "stop", ",", "trombone"]


def test_a_large_picture_is_not_needed_for_a_small_crop(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", np.full((30, 40, 3), 5, np.uint8))
    rows = [{"key": split, "split": split, "image": "a.png", "text": "dark"} for split in ("train", "valid", "test")]
    prepared = prepare(settings(), Folder(write_table(tmp_path, rows)), tmp_path / "cache")
    assert prepared.splits["train"].example(0, np.random.default_rng(0))["pixels"].shape == (3, 64, 64)
