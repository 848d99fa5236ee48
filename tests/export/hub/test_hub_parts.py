"""Models of tiny checkpoints as parts: through the engine they answer as transformers and torch do."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import clip_checkpoints
import hub_checkpoints
import numpy as np
import pytest
import tagger_checkpoints
import tiny_checkpoints
import torch
from torch.nn import functional as F

from export import build
from export.hub import clap, sentence
from export.hub.clap import Music, load_extractor
from export.hub.clap_front import log_mel
from export.hub.install import install
from export.hub.musicnn import load_tagger, tags_module
from export.hub.part import write_part
from export.hub.phrases import fitting_phrases
from export.hub.pooling import Pooling
from export.hub.ridge import fit
from export.hub.tag_words import Words
from export.hub.tagger_graph import Tags
from export.material import Material
from models.teachers.known import tag_sets
from plugin.pack import Pack
from plugin.parts.part import Part
from plugin.paths import pack_dir
from plugin.runtime.core import Core
from plugin.runtime.engine import Engine

PHRASES = ["warm piano for a wedding", "dark, tense strings"]
NEAR = 1e-4


def installed(name: str, source: Path, parts: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Part, list[str]]:
    """Install, with fp32 on the CPU: whether int8 is faster is up to what else the machine does."""
    monkeypatch.setattr(build, "_pays", lambda kind, entries: kind != "int8")
    lines: list[str] = []
    folder = install(name, parts, source=str(source), core=pack_dir(), accepted=True, offline=True, say=lines.append)
    assert [each.name for each in parts.iterdir()] == [name]
    part = Part(folder)
    assert part.pack.problems() == [] and part.pack.manifest["provenance"]["licence"]["accepted"] is True
    return part, lines


def only_fp32(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the smaller precisions out, to be quick."""
    monkeypatch.setattr(build, "export_system", partial(build.export_system, precisions=()))
    for module in (clap, sentence):
        monkeypatch.setattr(module, "write_part", partial(write_part, precisions=()))


def opened(part: Part) -> Engine:
    return Engine(device="cpu", threads=1, parts={part.role: part.folder})


def unit(rows: torch.Tensor) -> np.ndarray:
    return F.normalize(rows, dim=-1).detach().numpy()


def heard(model: Any, extractor: Any, sounds: torch.Tensor, rate: int = 48_000) -> np.ndarray:
    made = extractor([sound.numpy() for sound in sounds], sampling_rate=rate, return_tensors="pt")["input_features"]
    with torch.inference_mode():
        found = model.get_audio_features(input_features=made, is_longer=torch.zeros(len(sounds), 1, dtype=torch.bool))
    return unit(found.pooler_output)


def test_clap_hears_and_reads_as_transformers_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import AutoTokenizer, ClapFeatureExtractor, ClapModel

    only_fp32(monkeypatch)
    source = hub_checkpoints.clap(tmp_path / "source")
    (source / "README.md").write_text("---\nlicense: apache-2.0\n---\n# CLAP\n")
    part, lines = installed("my-music", source, tmp_path / "parts", monkeypatch)  # its kind is in config.json
    assert (part.role, part.licence) == ("joint", "apache-2.0") and "apache-2.0" in lines[0]
    engine = opened(part)
    assert engine.rate == 48_000 and engine.space.startswith("clap-")
    model = ClapModel.from_pretrained(source).eval()
    sounds = Material(seed=7).sounds(48_000, 10.0)[:2]  # not those that were compared at install
    wanted = heard(model, ClapFeatureExtractor.from_pretrained(source), sounds)
    assert np.abs(engine.music(sounds.numpy()).embedding - wanted).max() < NEAR
    assert wanted[0] @ wanted[1] < 0.9999  # two sounds, two answers
    tokens = AutoTokenizer.from_pretrained(source)(PHRASES, padding=True, return_tensors="pt")
    with torch.inference_mode():
        read = unit(model.get_text_features(**tokens).pooler_output)
    assert np.abs(engine.text(PHRASES) - read).max() < NEAR


def test_a_clap_with_fusion_hears_ten_seconds_whole(tmp_path: Path) -> None:
    from transformers import ClapModel

    source = hub_checkpoints.clap(tmp_path / "source", fusion=True)
    extractor = load_extractor(source, json.loads((source / "config.json").read_text()))
    model = ClapModel.from_pretrained(source, attn_implementation="eager").eval()
    sounds = Material(seed=7).sounds(48_000, 10.0)[:2]
    with torch.inference_mode():
        found = Music(model, log_mel(extractor)).eval()(sounds).numpy()
    assert np.abs(found - heard(model, extractor, sounds)).max() < NEAR


def test_clip_sees_moods_as_the_zero_shot_softmax_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import AutoTokenizer, CLIPModel
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    from export.hub.clip import NEUTRAL, PROMPTS

    source = clip_checkpoints.clip(tmp_path / "source")
    part, _ = installed("clip", source, tmp_path / "parts", monkeypatch)
    engine = opened(part)
    assert engine.video_size == (32, 32) and engine.space == Engine(parts={}).space
    frames = np.random.default_rng(5).integers(0, 256, (10, 32, 32, 3), np.uint8)
    frames[5:] //= 4
    seen = engine.video(frames)
    model = CLIPModel.from_pretrained(source).eval()
    tokenizer, processor = AutoTokenizer.from_pretrained(source), CLIPImageProcessorPil.from_pretrained(source)

    def ensemble(prompts: list[str]) -> torch.Tensor:
        read = model.get_text_features(**tokenizer(prompts, padding=True, return_tensors="pt")).pooler_output
        return F.normalize(F.normalize(read, dim=-1).mean(0), dim=-1)

    with torch.inference_mode():
        pixels = processor(images=list(frames), return_tensors="pt")["pixel_values"]
        pictures = F.normalize(model.get_image_features(pixel_values=pixels).pooler_output, dim=-1)
        neutral = ensemble(list(NEUTRAL))
        for mood, score in seen.moods:
            both = torch.stack([ensemble([prompt.format(mood) for prompt in PROMPTS]), neutral])
            logits = model.logit_scale.exp() * (pictures @ both.T).mean(0)
            assert score == pytest.approx(float(logits.softmax(0)[0]), abs=NEAR)
    scores = [score for _, score in seen.moods]
    assert {mood for mood, _ in seen.moods} == set(Pack(pack_dir()).manifest["video"]["moods"])
    assert scores == sorted(scores, reverse=True) and scores[0] - scores[-1] > 0.01
    assert np.allclose(np.linalg.norm(seen.embedding, axis=1), 1)


def test_a_sentence_encoder_reads_into_the_packs_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import AutoTokenizer, BertModel

    only_fp32(monkeypatch)
    monkeypatch.setattr(sentence, "TEXTS", 600)
    monkeypatch.setattr(sentence, "LEAST_COSINE", 0.0)  # random weights say little
    monkeypatch.setattr(sentence, "LEAST_TOP_10", 0.0)
    source = hub_checkpoints.sentence(tmp_path / "source")
    part, _ = installed("minilm", source, tmp_path / "parts", monkeypatch)
    engine, core = opened(part), Core(pack_dir(), "cpu", threads=1)
    assert part.settings["for_space"] == core.pack.space == engine.space
    model, tokenizer = BertModel.from_pretrained(source).eval(), AutoTokenizer.from_pretrained(source)

    def mean_of_tokens(texts: list[str]) -> np.ndarray:
        rows = []
        for text in texts:
            made = tokenizer(text, truncation=True, max_length=64, return_tensors="pt")
            with torch.inference_mode():
                rows.append(unit(model(**made).last_hidden_state.mean(1))[0])
        return np.stack(rows)

    texts = fitting_phrases(sentence._tokens(core), 600)
    ridge = fit(mean_of_tokens(texts), core.text(texts))
    assert part.settings["fit"]["cosine"] == pytest.approx(ridge.measured["cosine"], abs=1e-3)
    wanted = unit(torch.from_numpy(mean_of_tokens(PHRASES) @ ridge.weight + ridge.bias))
    assert np.abs(engine.text(PHRASES) - wanted).max() < 1e-3


@pytest.mark.parametrize(("mode", "normalised"), [("mean", False), ("cls", True)])
def test_padding_is_no_part_of_a_sentence(mode: str, normalised: bool, tmp_path: Path) -> None:
    from transformers import BertModel

    source = hub_checkpoints.sentence(tmp_path)
    encoder = sentence.Encoder(BertModel.from_pretrained(source).eval(), Pooling(mode, normalised))
    ids, mask = torch.tensor([[2, 7, 9, 3, 0, 0]]), torch.tensor([[1, 1, 1, 1, 0, 0]])
    with torch.inference_mode():
        padded, alone = encoder(ids, mask), encoder(ids[:, :4], mask[:, :4])
        states = encoder.model(input_ids=ids[:, :4]).last_hidden_state[0]
    wanted = states[0] if mode == "cls" else states.mean(0)
    assert torch.allclose(padded, alone, atol=1e-5)
    assert torch.allclose(alone[0], F.normalize(wanted, dim=0) if normalised else wanted, atol=1e-5)


def test_a_taggers_file_gives_tags_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from models.data.labels import teacher_map

    file = tagger_checkpoints.save("ShortChunkCNN", tmp_path / "best_model.pth")
    (tmp_path / "best_model.txt").write_text("\n".join(tag_sets()["jamendo"]))
    part, _ = installed("my-tags", file, tmp_path / "parts", monkeypatch)  # a file is a tagger's
    engine = opened(part)
    sounds = Material(seed=7).sounds(16_000, 10.0)[:2]
    found = engine.music(sounds.numpy()).tags
    network = tagger_checkpoints.tagger("ShortChunkCNN")
    starts = (0, (160_000 - 59_049 + 1) // 2, 160_000 - 59_049)
    with torch.inference_mode():
        scores = torch.stack([network(sounds[:, start : start + 59_049]) for start in starts]).mean(0)
    chosen = teacher_map()["jamendo"]
    for place, tag in enumerate(engine.vocabulary.tags):
        if tag.name not in chosen:
            continue  # instrumental: what the voices leave
        shares = [scores[:, tag_sets()["jamendo"].index(name)] / sure for name, sure in chosen[tag.name].items()]
        wanted = torch.stack(shares).amax(0).clamp(max=1)
        assert np.abs(found[:, place] - wanted.numpy()).max() < NEAR
    assert found.shape == (2, len(engine.vocabulary.tags)) and len({tag.name for tag in engine.vocabulary.tags}) > 20
    words = json.loads((part.folder / "vocabulary.json").read_text())["tags"]
    assert [word["name"] for word in words] == [tag.name for tag in engine.vocabulary.tags]


@pytest.mark.parametrize("family", tagger_checkpoints.FAMILIES)
def test_every_family_is_known_by_its_weights(family: str, tmp_path: Path) -> None:
    tagger = load_tagger(tagger_checkpoints.save(family, tmp_path / "x.pth"))
    assert tagger.family == family.partition(",")[0] and tagger.classes == 50
    words = Words({f"word {place}": {place: 1.0} for place in range(50)})
    sound = Material(seed=3).sounds(16_000, 10.0)[:1]
    with torch.inference_mode():
        found = tags_module(tagger, words)(sound)
        wanted = Tags(tagger_checkpoints.tagger(family), tagger.chunk, words).eval()(sound)
    assert torch.allclose(found, wanted, atol=NEAR) and found.std() > 1e-4


def test_a_run_of_titles_gives_titles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from titles_toys import RATE, SOUNDS

    only_fp32(monkeypatch)
    run = tiny_checkpoints.titles(tmp_path / "titles")
    part, _ = installed("my-titles", run, tmp_path / "parts", monkeypatch)
    engine = opened(part)
    time = np.arange(RATE) / RATE
    for title, pitch in SOUNDS.items():
        assert engine.title((0.4 * np.sin(2 * np.pi * pitch * time)).astype(np.float32), RATE) == title
    copy = install("titles", tmp_path / "more", source=str(part.folder), core=pack_dir(), accepted=True, say=print)
    assert Part(copy).role == "titles" and Part(copy).pack.problems() == []  # a pack is taken as it is


def test_an_alcap_checkpoint_gives_captions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only_fp32(monkeypatch)
    checkpoint = tiny_checkpoints.alcap(tmp_path / "best.pt")
    part, lines = installed("alcap", checkpoint, tmp_path / "parts", monkeypatch)
    assert part.role == "captions" and any("token for token" in line for line in lines)
    engine = opened(part)
    sounds = Material(seed=2).sounds(16_000, 10.0).numpy()
    keep = engine.excerpt()
    keep.feed(sounds.ravel())
    heard = replace(engine.music(sounds[:1]), excerpt=keep.sound())
    assert "captions" in engine.parts and engine.space == Engine(parts={}).space
    assert heard.excerpt is not None and engine.caption(heard, beams=1)
