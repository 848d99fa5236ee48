"""Spectrograms, examples, augmentation and the heuristic baseline."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from synaesthesia_tiny import RATE, SENTENCES, tiny, write_sound, write_tones
from transformers import BertConfig, BertModel

from models.datasets.folder import Folder
from models.errors import ConfigError, DatasetError
from models.systems.synaesthesia.augment import add_noise, mask_stretches, shift_pitch
from models.systems.synaesthesia.data import SynaesthesiaData, prepare
from models.systems.synaesthesia.heuristics import by_group, learn_templates, make_template, write_sentence
from models.systems.synaesthesia.settings import SynaesthesiaSettings
from models.systems.synaesthesia.spectrogram import magnitude
from models.systems.synaesthesia.system import Synaesthesia
from models.systems.synaesthesia.vocabulary import tokenizer_of
from models.systems.tokens import decode
from models.trainer.features import FeatureStore


def test_spectrogram_is_that_of_numpy() -> None:
    rng = np.random.default_rng(0)
    audio = rng.uniform(-1, 1, 4000).astype(np.float32)
    found = magnitude(audio)
    assert found.shape == (1 + 4000 // 255, 256)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(510) / 510)
    padded = np.pad(audio, 255, mode="reflect")
    for frame in (0, 7, 15):
        expected = np.abs(np.fft.rfft(window * padded[frame * 255 : frame * 255 + 510])) / np.sqrt((window**2).sum())
        assert np.allclose(found[frame], expected, atol=1e-4)
    assert np.allclose(magnitude(audio, power=0.5), np.sqrt(found), atol=1e-4)
    assert magnitude(audio[:10]).shape == (2, 256)


def test_examples_and_batches(tones: Path, tmp_path: Path) -> None:
    prepared = prepare(tiny(), Folder(tones), tmp_path)
    train = prepared.splits["train"]
    examples = [train.example(i, None) for i in range(len(train))]
    batch = prepared.collate(examples)
    assert batch["frames"].tolist() == [41, 51, 61, 71]
    assert batch["spectrogram"].shape == (4, 71, 32)
    assert batch["spectrogram"][0, 41:].abs().max() == 0
    peaks = [int(row[5:30].sum(0).argmax()) for row in batch["spectrogram"]]
    assert peaks == [round(pitch * 62 / RATE) for pitch in SENTENCES]
    assert batch["text"] == list(SENTENCES.values())
    assert [decode(prepared.tokenizer, ids) for ids in batch["ids"][:1]] == ["a low hum , slow and sad ."]
    assert prepared.state()["tags"] == ["bells", "viola", "major", "minor", "fast", "slow"]
    assert torch.allclose(batch["tags"][1], torch.tensor([0, 0.9, 0, 0, 0, 0]))
    # The viola's record tells nothing of mode and tempo.
    assert batch["known"][1].tolist() == [True, True, False, False, False, False]
    assert len(set(batch["owner"].tolist())) == 4 and train.name(2) == "train2"
    again = tokenizer_of(prepared.state()["tokenizer"])
    assert again.get_vocab() == prepared.tokenizer.get_vocab() and again.bos_token_id == prepared.tokenizer.bos_token_id


def test_excerpts_are_drawn_by_the_generator_that_is_given(tmp_path: Path) -> None:
    write_tones(tmp_path)
    write_sound(tmp_path / "train3.wav", np.random.default_rng(0).uniform(-0.5, 0.5, 14_000))
    prepared = prepare(tiny(data={"excerpt": 0.5, "store": "int8"}), Folder(tmp_path), tmp_path / "cache")
    train = prepared.splits["train"]
    one, other, again = (train.example(3, np.random.default_rng(seed))["spectrogram"] for seed in (0, 1, 0))
    assert one.shape == (20, 32)
    assert np.array_equal(one, again) and not np.array_equal(one, other)
    whole = prepare(tiny(), Folder(tmp_path), tmp_path / "cache").splits["train"].example(3, None)["spectrogram"]
    assert np.allclose(train.example(3, None)["spectrogram"], whole[:20], atol=0.02)


def test_standardised_spectrograms_have_mean_0_and_deviation_1(tones: Path, tmp_path: Path) -> None:
    settings = tiny(data={"standardise": True})
    prepared = prepare(settings, Folder(tones), tmp_path)
    batch = prepared.collate([prepared.splits["train"].example(i, None) for i in range(4)])
    network = Synaesthesia(settings, prepared.state())
    found = network.music_encoder.standardise(batch["spectrogram"])
    rows = torch.cat([row[:length] for row, length in zip(found, batch["frames"], strict=True)])
    assert rows.mean(0).abs().max() < 1e-3
    assert torch.allclose(rows.std(0), torch.ones(32), atol=0.02)


def test_sentences_of_one_recording_share_its_spectrogram(tmp_path: Path) -> None:
    write_tones(tmp_path, audio="train0.wav", group="one")
    prepared = prepare(tiny(), Folder(tmp_path), tmp_path / "cache")
    assert isinstance(prepared, SynaesthesiaData)
    store = prepared.shared.store
    assert isinstance(store, FeatureStore) and len(store) == 1
    batch = prepared.collate([prepared.splits["train"].example(i, None) for i in range(4)])
    assert len(set(batch["owner"].tolist())) == 1


def test_sentence_encoder(tones: Path, tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = {word: i for i, word in enumerate(["[PAD]", "[UNK]", "A", "low", "hum", "high", "whistle"])}
    backend = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    encoder = tmp_path / "encoder"
    PreTrainedTokenizerFast(tokenizer_object=backend, pad_token="[PAD]", unk_token="[UNK]").save_pretrained(encoder)
    torch.manual_seed(0)
    config = BertConfig(vocab_size=7, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8)
    BertModel(config).save_pretrained(encoder)
    settings = tiny({"similarity": "sentence", "references": 4}, data={"sentence_encoder": str(encoder)})
    prepared = prepare(settings, Folder(tones), tmp_path / "cache")
    batch = prepared.collate([prepared.splits["train"].example(i, None) for i in range(4)])
    assert batch["sentence"].shape == (4, 8) and prepared.state()["sentence_width"] == 8
    assert torch.allclose(batch["sentence"].norm(dim=1), torch.ones(4), atol=1e-5)
    with pytest.raises(ConfigError, match="no encoder there"):
        prepare(tiny(data={"sentence_encoder": str(tmp_path / "none")}), Folder(tones), tmp_path / "cache")


def test_bad_input_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    write_tones(tmp_path / "a", tags="", tag_groups="")
    with pytest.raises(DatasetError, match=r"needs tags, and no tag is on 1 training records"):
        prepare(tiny({"kind": "classification"}), Folder(tmp_path / "a"), tmp_path / "cache")
    (tmp_path / "b").mkdir()
    write_tones(tmp_path / "b", split="train")
    with pytest.raises(DatasetError, match="split valid has no recording with a sentence"):
        prepare(tiny(), Folder(tmp_path / "b"), tmp_path / "cache")
    (tmp_path / "c").mkdir()
    write_tones(tmp_path / "c")
    for path in (tmp_path / "c").glob("train*.wav"):
        path.write_bytes(b"no sound")
    with pytest.raises(DatasetError, match=r"split train .*the first that failed: .*train0\.wav"):
        prepare(tiny(), Folder(tmp_path / "c"), tmp_path / "cache")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": {"n_fft": 512}}, "257 bins are not one after 8"),
        ({"data": {"tokenizer": "bert"}}, "needs model.bert"),
        ({"data": {"store": "int8"}}, "too coarse"),
        ({"model": {"time_strides": (2, 2)}}, "of one length"),
        ({"model": {"width": 770}}, "no multiple of heads"),
        ({"model": {"structure": {"similarity": "sentence"}}}, "needs data.sentence_encoder"),
        ({"model": {"structure": {"kind": "groups"}}}, "kind"),
    ],
)
def test_settings_that_do_not_fit(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SynaesthesiaSettings.model_validate(change)


def test_noise_adds_its_energy() -> None:
    torch.manual_seed(0)
    loud = torch.full((400, 10, 8), 4.0)
    # Mean square: the recording's, and a third of the squared amplitude, itself even in 0..0.4.
    expected = 16 + 0.4**2 / 3 / 3
    assert float(add_noise(loud, 1.0).square().mean()) == pytest.approx(expected, abs=0.02)
    silent = add_noise(torch.zeros(400, 10, 8), 0.5)
    assert float(silent.pow(4).mean()) == pytest.approx(0.4**2 / 9, rel=0.1)


def test_pitch_shift_moves_a_partial_by_at_most_five_percent() -> None:
    torch.manual_seed(0)
    tone = torch.zeros(50, 3, 256)
    tone[:, :, 100] = 1.0
    shifted = shift_pitch(tone)
    places = shifted.sum(1).argmax(1)
    assert places.min() >= 95 and places.max() <= 105 and len(set(places.tolist())) > 5
    assert torch.equal(shifted[:, 0], shifted[:, 2])


def test_masks_silence_stretches_of_five_seconds() -> None:
    torch.manual_seed(0)
    masked = mask_stretches(torch.ones(200, 95, 4), 4.0)
    stretches = list(masked.split(20, 1))
    assert all(bool(((s == s[:, :1, :1]).all(2).all(1)).all()) for s in stretches)
    assert float(torch.stack([s[:, 0, 0] for s in stretches]).mean()) == pytest.approx(0.9, abs=0.03)


def test_templates_are_learnt_and_filled() -> None:
    pairs = [
        ("A slow piece for viola.", {"tempo": ["slow"], "instrument": ["viola"]}),
        ("A fast piece for bells.", {"tempo": ["fast"], "instrument": ["bells"]}),
        ("Bells and viola, {fast}!", {"tempo": ["fast"], "instrument": ["viola", "bells"]}),
        ("Nothing to be said.", {}),
        ("Nothing to be said.", {}),
        ("Nothing to be said.", {}),
    ]
    assert make_template(*pairs[2]) == "{instrument} and {instrument}, ({tempo})!"
    templates = learn_templates(pairs)
    assert templates[:2] == ["Nothing to be said.", "A {tempo} piece for {instrument}."]
    tags = by_group({"viola": 0.9, "slow": 0.2, "fast": 0.8}, {"viola": "instrument", "slow": "tempo", "fast": "tempo"})
    assert tags == {"instrument": ["viola"], "tempo": ["fast", "slow"]}
    assert write_sentence(templates, tags) == "A fast piece for viola."
    assert write_sentence(templates[2:], {"tempo": ["slow"], "instrument": ["a", "b"]}) == "a and b, (slow)!"
    assert write_sentence(templates, {}) == "Nothing to be said."
