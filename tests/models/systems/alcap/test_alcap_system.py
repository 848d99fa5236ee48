"""The system: variants, missing lyrics and audio, stages, captions, attention."""

import json

import numpy as np
import pytest
import torch
from alcap_tiny import CAPTIONS, LYRICS, TAGS, batch_of, make_tiny
from transformers import BartConfig, BartForConditionalGeneration

from models.errors import DatasetError
from models.generation.huggingface import Memory
from models.systems import tokens
from models.systems.alcap.evaluation import evaluate_retrieval, sentences_of, write_captions
from models.systems.alcap.maps import attention_maps, write_maps
from models.systems.alcap.network import Captioner
from models.systems.alcap.settings import ModelSettings

VARIANTS = ["alcap", "bart-fusion", "bart"]


def enliven(system):
    """Give BART larger weights: fresh ones repeat one word for ever."""
    for parameter in system.captioner.bart.parameters():
        if parameter.dim() > 1:
            torch.nn.init.normal_(parameter, std=0.4)


@pytest.mark.parametrize("variant", VARIANTS)
def test_losses_by_variant(variant):
    system, prepared = make_tiny(model__variant=variant)
    losses = system(batch_of(prepared), "caption")
    if variant == "alcap":
        expected = losses["caption"] + 0.02 * losses["alignment"]
        assert torch.isclose(losses["loss"], expected)
    else:
        assert "alignment" not in losses and losses["loss"] is losses["caption"]
    names = dict(system.captioner.named_children())
    assert ("fusion" in names, "alignment" in names) == (variant != "bart", variant == "alcap")


def test_only_pairs_of_music_and_lyrics_are_aligned():
    system, prepared = make_tiny()
    # Of all four, records 0 and 2 have both; they alone give the same loss.
    everything, pairs = system(batch_of(prepared), "caption"), system(batch_of(prepared, 0, 2), "caption")
    assert torch.isclose(everything["alignment"], pairs["alignment"], atol=1e-5)
    assert system(batch_of(prepared, 0, 1), "caption")["alignment"] == 0


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_mixed_batch_gives_what_each_record_gives_alone(variant):
    system, prepared = make_tiny(model__variant=variant)
    together, _, _ = system.encode(batch_of(prepared))
    for row in range(4):
        alone, _, _ = system.encode(batch_of(prepared, row))
        steps = int(alone.mask[0].sum())
        assert int(together.mask[row].sum()) == steps
        assert torch.allclose(together.states[row, :steps], alone.states[0, :steps], atol=1e-5)
        labels = batch_of(prepared, row)["labels"]
        logits = system.captioner.logits(labels, alone)
        padded = system.captioner.logits(labels, Memory(together.states[[row]], together.mask[[row]]))
        assert torch.allclose(logits, padded, atol=1e-4)


def test_what_the_memory_is_made_of():
    system, prepared = make_tiny()
    batch = batch_of(prepared)
    memory, lyrics, music = system.encode(batch)
    read = batch["lyrics_mask"].sum(1).tolist()
    heard = music.mask.sum(1).tolist()
    assert memory.mask.sum(1).tolist() == [read[0], heard[1], read[2], read[3]]
    captioner = system.captioner
    assert torch.allclose(memory.states[1, : int(heard[1])], captioner.alone(music.sequence)[1, : int(heard[1])])
    assert torch.allclose(memory.states[3, : int(read[3])], captioner.fusion.norm(lyrics)[3, : int(read[3])], atol=1e-5)


def test_lyrics_can_be_left_out():
    system, prepared = make_tiny()
    without = batch_of(prepared, 0)
    without["has_lyrics"] = torch.tensor([False])
    memory, _, music = system.encode(without)
    assert memory.mask.sum() == music.mask.sum()
    without["lyrics"] = torch.full_like(without["lyrics"], 5)
    assert torch.allclose(system.encode(without)[0].states[0, : int(music.mask.sum())],
                          memory.states[0, : int(music.mask.sum())])  # fmt: skip


def test_captions_depend_on_the_music_only_where_it_is_heard():
    for variant in VARIANTS:
        system, prepared = make_tiny(model__variant=variant, model__music="live")
        batch = batch_of(prepared, 0)
        before = system(batch, "caption")["caption"]
        batch["excerpt"] = [batch["excerpt"][0][::-1] * np.float16(0.3)]
        assert torch.equal(before, system(batch, "caption")["caption"]) == (variant == "bart")


def test_the_music_encoder_is_frozen_and_its_batch_statistics_stay():
    system, prepared = make_tiny(model__music="live")
    system.train()
    system.begin_stage("caption")
    before = {name: value.clone() for name, value in system.tagger.state_dict().items()}
    optimizer = torch.optim.Adam(system.trainable("caption"), 1e-2)
    for _ in range(2):
        system(batch_of(prepared), "caption")["loss"].backward()
        optimizer.step()
    assert all(parameter.grad is None for parameter in system.tagger.parameters())
    assert all(torch.equal(value, before[name]) for name, value in system.tagger.state_dict().items())
    assert not system.tagger.training and system.captioner.training
    missing = [name for name, parameter in system.captioner.named_parameters() if parameter.grad is None]
    assert missing == []  # what distributed training would stumble over


def test_the_stage_tagger_trains_the_tagger_alone():
    system, prepared = make_tiny()
    system.train()
    system.begin_stage("tagger")
    system(batch_of(prepared), "tagger")["loss"].backward()
    assert all(parameter.grad is not None for parameter in system.tagger.parameters())
    assert all(parameter.grad is None for parameter in system.captioner.parameters())
    assert system.tagger.training and not system.captioner.training


def test_each_excerpt_is_heard_once_until_the_weights_change():
    system, prepared = make_tiny()
    first = system.music(batch_of(prepared)).sequence
    assert len(system.heard) == 3
    calls = []
    system.tagger.register_forward_pre_hook(lambda *_: calls.append(1))
    original, system.tagger.hear = system.tagger.hear, lambda *a: (calls.append(1), original(*a))[1]
    assert torch.equal(system.music(batch_of(prepared)).sequence, first) and calls == []
    assert torch.equal(system.music(batch_of(prepared, 2, 0)).sequence, first[[2, 0]])
    system.load_state_dict({name: value * 0.5 for name, value in system.state_dict().items()})
    assert not torch.equal(system.music(batch_of(prepared)).sequence, first) and len(calls) == 3


def test_without_tags_the_stage_tagger_says_so():
    system, _ = make_tiny()
    system.tagger.tags = ()
    with pytest.raises(DatasetError, match="no tags to learn from"):
        system.begin_stage("tagger")


def test_labels_of_padding_are_ignored():
    system, prepared = make_tiny()
    batch = batch_of(prepared, 0)
    loss = system(batch, "caption")["caption"]
    batch["labels"] = torch.cat([batch["labels"], torch.full((1, 7), -100)], 1)
    assert torch.isclose(system(batch, "caption")["caption"], loss, atol=1e-6)


def test_teacher_forcing_is_that_of_transformers():
    system, prepared = make_tiny(model__variant="bart")
    batch = batch_of(prepared)
    theirs = system.captioner.bart(
        input_ids=batch["lyrics"], attention_mask=batch["lyrics_mask"].long(), labels=batch["labels"]
    )
    assert torch.isclose(system(batch, "caption")["loss"], theirs.loss, atol=1e-5)


@pytest.mark.parametrize("beams", [1, 3])
def test_captions_are_those_of_transformers(beams):
    system, prepared = make_tiny(
        seed=3, model__variant="bart", evaluation__beams=beams, evaluation__length_penalty=0.0, data__caption_tokens=20
    )
    enliven(system)
    batch, config = batch_of(prepared), system.captioner.config
    ours = [list(found.ids) for found in system.write(batch)]
    theirs = system.captioner.bart.generate(
        input_ids=batch["lyrics"], attention_mask=batch["lyrics_mask"].long(), max_length=21, do_sample=False,
        forced_bos_token_id=config.bos_token_id, forced_eos_token_id=None, suppress_tokens=[config.pad_token_id],
        **({"num_beams": beams, "length_penalty": 0.0, "early_stopping": "never"} if beams > 1 else {}),
    )  # fmt: skip
    assert len({tuple(words) for words in ours}) > 1
    for mine, row in zip(ours, theirs.tolist(), strict=True):
        assert row[:2] == [config.decoder_start_token_id, config.bos_token_id]
        words = row[2:]
        words = words[: words.index(config.eos_token_id)] if config.eos_token_id in words else words
        assert mine == [word for word in words if word != config.pad_token_id]


def test_captions_of_a_batch_are_those_of_its_records():
    system, prepared = make_tiny(seed=3, evaluation__beams=2, data__caption_tokens=16)
    torch.nn.init.normal_(system.captioner.bart.model.shared.weight, std=1.0)
    together = system.write(batch_of(prepared))
    assert [found.ids for found in together] == [system.write(batch_of(prepared, i))[0].ids for i in range(4)]


def test_evaluation_leaves_the_system_as_it_was():
    system, prepared = make_tiny(data__caption_tokens=12)
    system.train()
    system.begin_stage("caption")
    values = system.evaluate(prepared, "valid")
    assert system.training and system.captioner.training and not system.tagger.training
    assert {"rouge1", "rougeL", "bleu4", "lyrics_by_music_recall@1", "music_by_lyrics_chance_recall@1"} <= set(values)
    assert values["lyrics_by_music_chance_recall@1"] == 50.0  # two records have both
    assert values == system.evaluate(prepared, "valid")
    system.begin_stage("tagger")
    tagged = system.evaluate(prepared, "valid")
    assert 0 <= tagged["roc_auc"] <= 1 and tagged["tags"] == 3


def test_captions_come_with_their_references():
    system, prepared = make_tiny(data__caption_tokens=12)
    written = write_captions(system, prepared, "test")
    assert [references for _, references in written.values()] == [(caption,) for caption in CAPTIONS]


def test_retrieval_finds_captions_that_say_the_same():
    vectors = {"a": [1, 0, 0], "b": [0, 1, 0], "c": [0, 0, 1], "A.": [1, 0.1, 0], "B.": [0, 1, 0.1], "C.": [0, 0.2, 1]}

    def encode(texts):
        return np.array([vectors[text] for text in texts], np.float32)

    found = evaluate_retrieval(["a", "b", "c"], [["A."], ["B."], ["C."]], encode, seed=0)
    assert found["retrieval_recall@5"] == 100 and found["retrieval_mrr"] == 1
    assert sentences_of("One. Two! Three") == ["One.", "Two!", "Three"]


def test_attention_maps_have_the_tokens_and_sum_to_one(tmp_path):
    system, prepared = make_tiny()
    maps = attention_maps(system, batch_of(prepared))
    assert system.captioner.config._attn_implementation != "eager"
    for each, lyrics, caption in zip(maps, LYRICS, CAPTIONS, strict=True):
        ids = system.tokenizer.convert_tokens_to_ids(each.caption)
        assert tokens.decode(system.tokenizer, ids) == caption.lower()
        assert len(each.lyrics) == len(each.focus) == (len(each.caption_on_lyrics[0]) if lyrics else 0)
        if lyrics:
            assert np.allclose(np.sum(each.caption_on_lyrics, axis=1), 1, atol=1e-5)
            assert sum(each.focus) == pytest.approx(1, abs=1e-5)
    assert [len(each.lyrics_on_music) for each in maps] == [len(maps[0].lyrics), 0, len(maps[2].lyrics), 0]
    assert np.allclose(np.sum(maps[0].lyrics_on_music, axis=1), 1, atol=1e-5)
    paths = write_maps(maps, tmp_path)
    assert [path.name for path in paths] == [f"record_{i}.json" for i in range(4)]
    assert json.loads(paths[0].read_text())["lyrics"] == maps[0].lyrics


def test_the_full_size():
    config = BartConfig(
        vocab_size=50_265, d_model=768, encoder_layers=6, decoder_layers=6, encoder_attention_heads=12,
        decoder_attention_heads=12, encoder_ffn_dim=3072, decoder_ffn_dim=3072,
    )  # fmt: skip
    with torch.device("meta"):
        captioner = Captioner(ModelSettings(), BartForConditionalGeneration(config))
    bart = sum(parameter.numel() for parameter in captioner.bart.parameters())
    assert bart == 139_420_416  # as published
    fusion = 768 * 769 * 2 + 2 * 768 * 257 + 2 * 768
    alone, alignment = 768 * 257 + 2 * 768, 256 * 257 + 256 * 769
    assert sum(parameter.numel() for parameter in captioner.parameters()) == bart + fusion + alone + alignment


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["alcap", "bart-fusion"])
def test_learns_four_examples_by_heart(variant):
    system, prepared = make_tiny(model__variant=variant, model__bart__dropout=0.0, model__bart__attention_dropout=0.0)
    system.train()
    system.begin_stage("caption")
    optimizer = torch.optim.Adam(system.trainable("caption"), 3e-3)
    batch = batch_of(prepared)
    for _ in range(150):
        optimizer.zero_grad()
        losses = system(batch, "caption")
        losses["loss"].backward()
        optimizer.step()
    assert losses["caption"].item() < 0.05
    if variant == "alcap":
        assert losses["alignment"].item() < 0.2
    system.eval()
    written = write_captions(system, prepared, "test")
    assert [caption for caption, _ in written.values()] == [caption.lower() for caption in CAPTIONS]


@pytest.mark.slow
def test_the_tagger_learns_its_tags():
    system, prepared = make_tiny()
    system.train()
    system.begin_stage("tagger")
    optimizer = torch.optim.Adam(system.trainable("tagger"), 3e-3)
    for _ in range(60):
        optimizer.zero_grad()
        system(batch_of(prepared), "tagger")["loss"].backward()
        optimizer.step()
    assert system.evaluate(prepared, "valid")["roc_auc"] == 1.0
    assert len(TAGS) == len(system.tagger.tags)
