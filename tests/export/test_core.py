"""Export of a whole tiny pack, its parity checks, and the engine that runs it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from export.core import CoreModels, load_models, write_pack
from export.errors import ParityError
from export.graph import export_graph, round_weights
from export.parity import check_graph
from models.data.tokenizer import train_tokenizer
from models.data.vocabulary import load_vocabulary
from models.nets.captioner import Captioner
from models.nets.music import MusicEncoder
from models.nets.text import TextEncoder
from models.nets.video import VideoEncoder
from models.training.finish import save_final
from models.training.key import START
from plugin.errors import InputError, PackError
from plugin.runtime.engine import Engine

TOKENS = 300


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> CoreModels:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("tokens")
    tokenizer = train_tokenizer(["a warm folk guitar piece", "a calm piano tune"] * 30, TOKENS)
    for name in ("tokenizer.json", "captions.json"):
        tokenizer.save(str(folder / name))
    vocabulary = load_vocabulary()
    tags = [{"name": n, "group": g, "threshold": 0.5} for n, g in zip(vocabulary.names, vocabulary.groups, strict=True)]
    return CoreModels(
        music=MusicEncoder(len(tags), channels=(4, 8, 8, 8), width=32),
        text=TextEncoder(TOKENS, width=24, layers=1, heads=2),
        video=VideoEncoder(3, width=16, picture=8),
        captioner=Captioner(TOKENS, len(tags), music=32, lyrics=24, width=16, heads=2, layers=1),
        tags=tags, moods=["calm", "tense", "happy"], keys={m: list(v) for m, v in START.items()},
        tokenizer=folder / "tokenizer.json", caption_tokenizer=folder / "captions.json", provenance={"test": True},
        audio=torch.randn(2, 160_000) * 0.1,
    )  # fmt: skip


@pytest.fixture(scope="module")
def pack(core: CoreModels, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pack")
    write_pack(core, folder)
    return folder


def test_no_graph_holds_paths_of_the_machine_that_made_it(pack: Path) -> None:
    here = str(Path(__file__).resolve().parents[2]).encode()
    graphs = list(pack.glob("*.onnx"))
    assert len(graphs) == 6
    assert not [path.name for path in graphs if here in path.read_bytes() or b"site-packages" in path.read_bytes()]


def test_engine_hears_as_torch_does(core: CoreModels, pack: Path) -> None:
    engine = Engine(pack, device="cpu")
    windows = (np.random.default_rng(0).normal(0, 0.1, (3, 160_000))).astype(np.float32)
    with torch.inference_mode():
        embedding, tags, sequence = core.music(torch.from_numpy(windows))
    features = engine.music(windows)
    assert np.allclose(features.embedding, embedding.numpy(), atol=1e-4)
    assert np.allclose(features.tags, tags.numpy(), atol=1e-4)
    assert np.allclose(features.sequence, sequence.numpy(), atol=1e-3)
    assert engine.device == "CPU" and engine.provider == "CPUExecutionProvider"


def test_engine_reads_watches_and_writes(pack: Path) -> None:
    engine = Engine(pack, device="cpu")
    words = engine.text(["warm folk guitar", "calm piano"])
    assert words.shape == (2, 256) and np.allclose(np.linalg.norm(words, axis=1), 1.0, atol=1e-4)
    frames = np.random.default_rng(0).integers(0, 255, (55, 96, 96, 3)).astype(np.uint8)
    seen = engine.video(frames)
    assert seen.embedding.shape == (2, 256)
    assert {word for word, _ in seen.moods} == {"calm", "tense", "happy"}
    assert seen.moods == sorted(seen.moods, key=lambda pair: -pair[1])
    features = engine.music(np.random.default_rng(1).normal(0, 0.1, (4, 160_000)).astype(np.float32))
    plain, sung = engine.caption(features), engine.caption(features, lyrics="a warm tune")
    assert plain.endswith((".", "!", "?")) and plain[0] == plain[0].upper()
    assert isinstance(sung, str)


def test_engine_refuses_empty_questions(pack: Path) -> None:
    engine = Engine(pack, device="cpu")
    with pytest.raises(InputError, match="the text is empty"):
        engine.text(["  "])
    with pytest.raises(InputError, match="no frame"):
        engine.video(np.zeros((0, 96, 96, 3), np.uint8))
    features = engine.music(np.zeros((1, 160_000), np.float32))
    with pytest.raises(InputError, match="beams 0"):
        engine.caption(features, beams=0)
    with pytest.raises(InputError, match="device 'tpu'"):
        Engine(pack, device="tpu").music(np.zeros((1, 160_000), np.float32))


def test_manifest_describes_every_file(pack: Path) -> None:
    manifest = json.loads((pack / "manifest.json").read_text())
    files = {path.name for path in pack.iterdir()} - {"manifest.json"}
    assert files == set(manifest["files"])
    assert manifest["graphs"]["caption_decoder"]["greedy_captions_equal"] == 2
    assert all(g["largest_relative_difference_from_torch"] < 1e-3 for g in manifest["graphs"].values())
    assert Engine(pack).pack.problems() == []


def test_space_changes_with_the_weights(core: CoreModels, pack: Path, tmp_path: Path) -> None:
    before = core.music.joint_head.bias.detach().clone()
    with torch.no_grad():
        core.music.joint_head.bias += 0.25
    try:
        assert write_pack(core, tmp_path / "other")["space"] != Engine(pack).space
    finally:
        with torch.no_grad():
            core.music.joint_head.bias.copy_(before)


def test_damaged_graph_stops_the_engine_in_one_line(pack: Path, tmp_path: Path) -> None:
    for path in pack.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "music.onnx").write_bytes((pack / "music.onnx").read_bytes()[:-7] + b"garbage")
    with pytest.raises(PackError, match=r"music\.onnx: wrong checksum"):
        Engine(tmp_path, device="cpu").music(np.zeros((1, 160_000), np.float32))


def test_weights_are_stored_in_half_the_bytes(pack: Path) -> None:
    model = onnx.load(str(pack / "caption_decoder.onnx"))
    large = [t for t in model.graph.initializer if np.prod(t.dims) >= 1024]
    assert large and all(t.data_type == onnx.TensorProto.FLOAT16 for t in large)


def test_parity_check_refuses_another_function(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model, other = torch.nn.Linear(8, 4), torch.nn.Linear(8, 4)
    example = (torch.randn(3, 8),)
    round_weights(model)
    export_graph(model, example, tmp_path / "m.onnx", inputs=["x"], outputs=["y"], dynamic={"x": {0: "batch"}})
    assert check_graph(model, tmp_path / "m.onnx", ["x"], [example, (torch.randn(1, 8),)]) < 1e-5
    with pytest.raises(ParityError, match=r"m\.onnx: output 0 differs"):
        check_graph(other, tmp_path / "m.onnx", ["x"], [example])


def test_checkpoints_come_back_as_models(core: CoreModels, tmp_path: Path) -> None:
    for name in ("music", "text", "video", "captioner"):
        save_final(getattr(core, name), tmp_path / f"{name}-final.pt")
    settings = {"tags": core.tags, "moods": core.moods, "keys": core.keys, "provenance": {}}
    (tmp_path / "pack.json").write_text(json.dumps(settings))
    np.save(tmp_path / "parity_audio.npy", core.audio.numpy())
    loaded = load_models(tmp_path)
    with torch.inference_mode():
        assert torch.equal(loaded.music.eval()(core.audio)[0], core.music.eval()(core.audio)[0])
