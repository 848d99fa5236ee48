"""What cannot be installed is said in one line, and nothing of it stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import clip_checkpoints
import fake_hub
import hub_checkpoints
import pytest
import tagger_checkpoints
import tiny_checkpoints
import torch

from export.errors import FitError
from export.hub.install import install
from plugin.errors import CuefinderError
from plugin.parts.part import Part
from plugin.paths import pack_dir

ROOT = Path(__file__).resolve().parents[3]


def refused(name: str, source: Path | str, parts: Path, *, accepted: bool = True) -> str:
    """Try to install; give the error's line, after looking that nothing was left."""
    with pytest.raises((CuefinderError, FitError)) as caught:
        install(
            name, parts, source=str(source), core=pack_dir(), accepted=accepted, offline=True, say=lambda line: None
        )
    assert not parts.exists() or list(parts.iterdir()) == []
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_without_its_licence_nothing_is_made(tmp_path: Path) -> None:
    source = tmp_path / "clip"
    source.mkdir()
    (source / "LICENSE").write_text("Licence of Somebody\n\nAll rights are theirs.\n")
    line = refused("clip", source, tmp_path / "parts", accepted=False)
    assert line.startswith("clip: its licence (Licence of Somebody) is not accepted; read it with")


def test_offline_with_nothing_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    line = refused("clap", "", tmp_path / "parts")
    assert line.startswith("laion/clap-htsat-unfused: offline, and the cache does not have it; connect, or")
    assert "not in the catalogue" in refused("mine", "", tmp_path / "parts")
    assert "no such folder or file" in refused("mine", "/nowhere/at/all", tmp_path / "parts")
    assert "--from" in refused("musicnn", "", tmp_path / "parts")


def test_a_poor_fit_is_refused_with_its_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("export.hub.sentence.TEXTS", 400)
    line = refused("minilm", hub_checkpoints.sentence(tmp_path / "source"), tmp_path / "parts")
    assert line.startswith("its words do not go into the pack's space well enough: on 60 held-out phrases cosine 0.")


def lose(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


def cut(name: str) -> Callable[[Path], object]:
    return lambda folder: os.truncate(folder / name, (folder / name).stat().st_size // 2)


def write(name: str, text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text(text)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lose("config.json"), "config.json is missing"),
        (write("config.json", "[]"), "holds no settings"),
        (write("config.json", '{"model_type": "bert"}'), "a checkpoint of 'bert', not of a CLIP model"),
        (lose("model.safetensors"), "no weights"),
        (cut("model.safetensors"), "model.safetensors: cannot be loaded"),
        (lose("tokenizer.json"), "its tokenizer"),
        (cut("tokenizer.json"), "its tokenizer"),
        (lose("preprocessor_config.json"), "preprocessor_config.json is missing, which says how pictures are prepared"),
        (write("preprocessor_config.json", "{"), "preprocessor_config.json: cannot be read"),
        (write("preprocessor_config.json", '{"feature_extractor_type": "ClapFeatureExtractor"}'), "is of ClapFeature"),
    ],
)
def test_a_checkpoint_that_is_not_whole(damage: Callable[[Path], object], says: str, tmp_path: Path) -> None:
    source = clip_checkpoints.clip(tmp_path / "source")
    damage(source)
    assert says in refused("clip", source, tmp_path / "parts")


def test_weights_of_another_size_are_not_taken(tmp_path: Path) -> None:
    source = clip_checkpoints.clip(tmp_path / "source")
    config = json.loads((source / "config.json").read_text())
    config["vision_config"]["num_hidden_layers"] = 3
    (source / "config.json").write_text(json.dumps(config))
    assert "of the model's weights" in refused("clip", source, tmp_path / "parts")


def test_pooling_that_no_graph_does(tmp_path: Path) -> None:
    source = hub_checkpoints.sentence(tmp_path / "source", pooling="max")
    assert "pools by max, which is not supported; only by mean or cls" in refused("mine", source, tmp_path / "parts")


def test_a_tagger_that_is_none(tmp_path: Path) -> None:
    parts, file = tmp_path / "parts", tmp_path / "some.pth"
    file.write_bytes(b"")
    assert "some.pth" in refused("mine", file, parts)
    torch.save([1, 2], file)
    assert "holds no state dict" in refused("mine", file, parts)
    torch.save({"a": torch.zeros(3)}, file)
    assert "weights of no tagger that is known" in refused("mine", file, parts)
    state = tagger_checkpoints.tagger("ShortChunkCNN").state_dict()
    torch.save({name: weight for name, weight in state.items() if name != "dense2.weight"}, file)
    assert "weights like those of ShortChunkCNN, but not all of them (dense2.weight" in refused("mine", file, parts)
    torch.save({name: weight for name, weight in state.items() if name != "layer3.bn.weight"}, file)
    assert "weights like those of ShortChunkCNN, but not all of them" in refused("mine", file, parts)
    torch.save(state, file)
    assert "50 classes, but not which: write them into some.txt beside it" in refused("mine", file, parts)
    (tmp_path / "some.txt").write_text("piano\nrock\n")
    assert "50 classes, but " in (line := refused("mine", file, parts)) and "some.txt names 2;" in line
    (tmp_path / "some.txt").write_text("piano\npiano\n")
    assert "names 'piano' twice" in refused("mine", file, parts)


def test_what_is_no_checkpoint_at_all(tmp_path: Path) -> None:
    (tmp_path / "holiday").mkdir()
    assert "neither config.json" in refused("mine", tmp_path / "holiday", tmp_path / "parts")
    checkpoint = tiny_checkpoints.viml(tmp_path / "best.pt")
    assert "a checkpoint of viml, which writes nothing" in refused("mine", checkpoint, tmp_path / "parts")


def process(*arguments: str, cache: Path, **variables: str) -> tuple[int, list[dict[str, str]]]:
    """Run the real command; give its status and its JSON lines."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    done = subprocess.run(
        [sys.executable, "-m", "export.hub", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=240,
        env=environment | {"HF_HOME": str(cache), "OMP_NUM_THREADS": "1"} | variables,
    )  # fmt: skip
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_the_process_shows_the_licence_and_installs_from_the_cache(tmp_path: Path) -> None:
    source, cache, parts = clip_checkpoints.clip(tmp_path / "source"), tmp_path / "cache", tmp_path / "parts"
    (source / "README.md").write_text("---\nlicense: mit\n---\n")
    asked: list[str] = []
    with fake_hub.hub(source, "some/clip", asked) as address:
        status, lines = process("licence", "mine", "--from", "some/clip", cache=cache, HF_ENDPOINT=address)
        assert status == 0 and lines[-1] == {"licence": "mit", "url": ""}
        assert not any("safetensors" in each for each in asked)
        offline = ("install", "mine", "--from", "some/clip", "--out", str(parts), "--licence-accepted", "--offline")
        status, lines = process(*offline, cache=cache)
        assert status == 1 and "offline, and the cache does not have it" in lines[-1]["error"]  # but for the licence
        fetching = "from export.hub.fetch import fetch; fetch('some/clip', say=print, offline=False)"
        environment = os.environ | {"HF_HOME": str(cache), "HF_ENDPOINT": address, "HF_HUB_OFFLINE": "0"}
        subprocess.run([sys.executable, "-c", fetching], cwd=ROOT, env=environment, check=True, timeout=120)
    status, lines = process(*offline, cache=cache)
    assert (status, lines[-1]) == (0, {"done": str(parts / "mine")})
    assert all(line.keys() == {"line"} for line in lines[:-1]) and lines[0]["line"].startswith("licence: mit")
    part = Part(parts / "mine")
    assert part.role == "video" and part.licence == "mit" and part.pack.problems() == []
    assert part.pack.manifest["provenance"]["source"] == "some/clip"
