"""Each part of the evaluation runs on a tiny corpus with random networks and gives numbers that can be."""

from __future__ import annotations

import json
from pathlib import Path

import core_tiny as tiny
import numpy as np
import pytest

from models.data.footage import HELD_OUT_EVERY
from models.data.pieces import TEST_FONT, Piece
from models.evaluation import (
    agreement,
    captions,
    core,
    examples,
    material,
    retrieval,
    rhythm,
    robustness,
    scenes,
    solos,
    stems,
    tagging,
    teachers,
)  # fmt: skip
from models.evaluation.bench import Bench
from models.evaluation.result import Result, Row
from models.training.video import Footage
from plugin.errors import InputError
from plugin.synth.scenes import random_scene


def check(result: Result, *, highest: float = 1.0) -> None:
    """Shares lie in 0..1; counts and ranks are not negative; every row says on what it was measured."""
    assert result.rows
    for row in result.rows:
        assert row.of and np.isfinite(row.measured), row
        if "rank" in row.what or "pairs" in row.what or "ratio" in row.what:
            assert row.measured >= 0, row
        else:
            assert -1.0 <= row.measured <= highest + 1e-6, row
        assert row.chance is None or np.isfinite(row.chance), row
    assert result.markdown().startswith("### ")


def found(result: Result, start: str, of: str = "") -> Row:
    return next(row for row in result.rows if row.what.startswith(start) and of in row.of)


def test_only_items_that_nothing_was_set_on_are_tested(bench: Bench):
    assert len(bench.tested.items) == 25
    assert all(item.held_out and not item.calibrates for item in bench.tested.items)
    assert bench.tested.mel.shape[0] == len(bench.tested.track) == len(bench.tested.truths) == 50
    assert bench.heard.scores.shape == (50, 116) and bench.heard.latents.shape == (50, 20, 256)
    assert {name: len(tracks) for name, tracks in bench.recordings().items()} == {
        "test recordings": 8, "other held-out recordings": 5,
    }  # fmt: skip


def test_the_pool_is_filled_with_new_arrangements_and_kept(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    made = material.pool(bench)
    assert len(made.items) == 16 and made.track.max() == 15 and made.known().shape == (16, 116)
    new = [item for item in made.items if int(item.name.split("#")[1]) >= material.FIRST]
    assert len(new) == 4 and len({item.name.split("#")[0] for item in new}) == 4
    assert not {item.file for item in new} & {path.name for path in (bench.work / "corpus").iterdir()}
    monkeypatch.setattr("models.evaluation.material.make_piece", lambda item: 1 / 0)  # made once: now they are read
    assert np.array_equal(material.pool(bench).mel, made.mel)


def test_tagging(bench: Bench):
    result = tagging.run(bench)
    check(result)
    assert found(result, "genre: ROC-AUC").chance == 0.5
    assert found(result, "tags by musicnn-jamendo's word", "8 test recordings")
    assert found(result, "scores from 0.5 to 0.7", "test recordings")


def test_agreement(bench: Bench):
    result = agreement.run(bench)
    check(result)
    assert found(result, "head of musicnn-mtat", "8 test recordings").note == "tracks shuffled"
    assert found(result, "tags but moods", "5 other held-out recordings")
    assert result.bars["recordings"] == 8
    assert set(result.bars) == {"across_tracks", "within_track", "top_five", "recordings"}
    assert result.markdown().count("| head of musicnn-mtat |") == 2 and "chance |" not in result.markdown()


def test_agreement_says_when_there_are_too_few_recordings(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Bench, "recordings", lambda self: {"test recordings": np.arange(2)})
    result = agreement.run(bench)
    assert not result.rows and not result.bars and "2 test recordings are too few" in result.lines[0]


@pytest.fixture
def few_stems(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = {"trumpet": ("program 56",), "drums": ("kit 0",), "piano": ("program 0", "program 1")}
    monkeypatch.setattr(solos, "INSTRUMENTS", chosen)
    monkeypatch.setattr(stems, "INSTRUMENTS", chosen)
    monkeypatch.setattr(solos, "Panel", type("Panel", (), {"load": staticmethod(lambda folder: tiny.FakePanel())}))
    noise = np.random.default_rng(0).integers(-99, 99, (2, 160_000)).astype(np.int16)
    monkeypatch.setattr(solos, "sing_piece", lambda singer, name, *, female: Piece(noise, [{}, {}]))


@pytest.mark.usefixtures("few_stems")
def test_stems(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(solos, "test_font", lambda: Path("font.sf2"))
    result = stems.run(bench)
    check(result)
    assert found(result, "core pack: in the top three", f"9 stems, {TEST_FONT}").chance is not None
    assert found(result, "musicnn-mtat: in the top three", "12 stems, voices")
    assert found(result, "yamnet: in the top three, instruments that yamnet knows")
    assert 0 <= result.bars["stems"] <= 1 and "stems by Musicnn" in result.bars
    assert sum(line.startswith("| trumpet |") for text in result.lines for line in text.split("\n")) == 1


@pytest.mark.usefixtures("few_stems")
def test_stems_say_that_the_test_soundfont_is_missing(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(solos, "test_font", lambda: None)
    result = stems.run(bench)
    assert not result.bars and TEST_FONT in result.lines[0] and found(result, "core pack", "training soundfonts")


def test_a_voice_sings_the_melody_of_an_arrangement():
    piece = solos.sing_piece(solos.sing, "vowels-female-0", female=True)
    assert piece.audio.shape == (2, 160_000) and np.abs(piece.audio).max() > 3000
    assert piece.truths[0] == {"vocal": "female vocals"}


def test_teachers(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(teachers, "FEWEST_PIECES", 2)
    result = teachers.run(bench)
    check(result)
    assert found(result, "musicnn-mtat: mean ROC-AUC", "arranged").chance == 0.5
    whole = (bench.work / "results/teachers.md").read_text().splitlines()
    assert whole[0].startswith("| tag | teacher | class | stems") and len(whole) > 20


def test_rhythm(bench: Bench):
    result = rhythm.run(bench)
    check(result)
    assert found(result, "tempo within 4 %", "10 held-out arrangements").measured == 1.0  # clicks at the true tempo
    assert found(result, "key exact", "10 held-out pieces").measured == 1.0  # chroma is the profile of A major


def test_retrieval(bench: Bench):
    result = retrieval.run(bench)
    check(result)
    assert found(result, "all its tags, mean of the track: R@10").of == "16 queries, pool of 16 tracks"
    assert found(result, "a sentence, best 30 s as the engine ranks: R@1")
    assert found(result, "three of its tags").of.startswith("1")
    assert result.bars["text R@10 chance"] == 10 / 16


def test_scenes(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    count = HELD_OUT_EVERY + 1
    frames = np.random.default_rng(0).integers(0, 255, (count, 40, 96, 96, 3)).astype(np.uint8)
    truths = [random_scene(seed).truth() for seed in range(count)]
    footage = Footage(frames, np.zeros((count, 2)), np.zeros((count, 2, 128)), truths)
    assert "no scenes" in scenes.run(bench).lines[0]
    (bench.work / "scenes").mkdir(exist_ok=True)
    monkeypatch.setattr(scenes, "load_footage", lambda work: footage)
    result = scenes.run(bench)
    check(result)
    assert found(result, "moods").of == "2 held-out procedural scenes"
    assert found(result, "video and brief: share of the first 10").of == "2 scenes, pool of 14 tracks"


def test_captions(bench: Bench):
    result = captions.run(bench)
    check(result, highest=100.0)
    assert found(result, "tags to a sentence, against its sentences: BLEU-4").of.startswith("4 of 4 evaluation rows")
    assert found(result, "different sentences", "16 captions")
    assert found(result, "tag words that are supported", "8 captions, test recordings").note == "another track's truth"
    assert {"caption words supported", "caption ratio on recordings"} <= set(result.bars)


def test_robustness(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    def mute(seed: int) -> None:
        raise InputError("espeak-ng is not installed")

    monkeypatch.setattr(robustness, "SEGMENTS", 4)
    monkeypatch.setattr("models.evaluation.damage.talk", mute)
    result = robustness.run(bench)
    check(result)
    assert found(result, "6 dB softer: correlation").measured > 0.999  # level does not matter to the front-end
    assert found(result, "6 dB softer: correlation").measured >= found(result, "8 kHz and back: correlation").measured
    assert result.lines == ["Skipped: speech on top, 6 dB below (espeak-ng is not installed)."]


def test_robustness_without_sounds(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(robustness, "segments", lambda bench: np.zeros((0, 0), np.float32))
    assert "Skipped" in robustness.run(bench).lines[0]


def test_examples(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(examples, "Panel", type("Panel", (), {"load": staticmethod(lambda folder: tiny.FakePanel())}))
    audio = np.random.default_rng(0).normal(0, 0.1, 65 * 16_000).astype(np.float32)
    monkeypatch.setattr(examples, "read_audio", lambda path, rate: audio)
    lines = examples.run(bench).lines
    assert sum(line.startswith("- (agrees best") for line in lines) == 4
    assert "0:30 to 0:40. Tags: " in lines[0] and "Caption: " in lines[0] and "wesnoth/" in lines[0]
    monkeypatch.undo()
    monkeypatch.setattr(examples, "Panel", type("Panel", (), {"load": staticmethod(lambda folder: tiny.FakePanel())}))
    assert "skipped: /music/wesnoth/" in examples.run(bench).lines[0]


def test_the_command_measures_a_part_and_writes_the_card(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    data, work = folders
    card = tmp_path / "card.md"
    (work / "graphs.json").write_text(json.dumps({"music.onnx": {"bytes": 9e6, "times_real_time_one_thread": 420.0},
                                                  "vocabulary.json": {"bytes": 1e6}}))  # fmt: skip
    arguments = ["core", "--data", str(data), "--work", str(work), "--card", str(card), "--threads", "1"]
    monkeypatch.setattr("sys.argv", [*arguments, "--only", "rhythm"])
    core.main()
    said, text = capsys.readouterr().out, card.read_text()
    assert "key exact: 1.000" in said and "stems: not measured" in said
    assert (
        "### Tempo and key" in text
        and "| music.onnx | 9.00 | 420 |" in text
        and "{" not in text.split("## Made from")[0]
    )
    assert (
        "| pack, MB | < 30 | 10 | yes |" in text
        and "| words to a track, R@10 of 500 (chance 0.02) | >= 0.6 | - |" in text
    )
    assert "**trained by**: nobody" in text

    networks = work / "video-final.pt"
    kept = networks.read_bytes()
    networks.write_bytes(kept + b"x")
    assert set(core.collect(work)) == {"graphs"}
    assert "rhythm: measured on other networks" in capsys.readouterr().out
    networks.write_bytes(kept)
