"""Weights come back out of exported graphs."""

from __future__ import annotations

from pathlib import Path

import onnx
import pytest
import torch
from onnx.reference import ReferenceEvaluator
from torch import Tensor, nn

from export.graph import export_graph, round_weights
from models.nets.captioner import CaptionEncoder
from models.nets.music import MusicEncoder
from models.nets.video import VideoEncoder
from models.training.from_graph import load_weights
from models.training.from_pack import SHIPPED, FrozenMusic
from plugin.errors import PackError


def settled(module: nn.Module) -> nn.Module:
    """Give a module as after training: nothing in its batch norms is one or zero."""
    generator = torch.Generator().manual_seed(0)
    for part in module.modules():
        if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d):
            for value, low, high in (
                (part.weight.data, 0.5, 1.5), (part.bias.data, -0.5, 0.5),
                (part.running_mean, -0.2, 0.2), (part.running_var, 0.5, 2.0),
            ):  # fmt: skip
                value.uniform_(low, high, generator=generator)
    round_weights(module.eval())
    return module


def video(moods: int = 3) -> VideoEncoder:
    return VideoEncoder(moods, width=16, picture=8)


def frames(count: int) -> Tensor:
    return torch.randint(0, 255, (count, 40, 96, 96, 3), generator=torch.Generator().manual_seed(1)).to(torch.uint8)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[nn.Module, Path]:
    """A small video encoder and its graph."""
    torch.manual_seed(0)
    module, path = settled(video()), tmp_path_factory.mktemp("graph") / "video.onnx"
    export_graph(
        module, (frames(2),), path, inputs=["frames"], outputs=["embedding", "moods"],
        dynamic={"frames": {0: "batch"}},
    )  # fmt: skip
    return module, path


def test_a_video_encoder_comes_back(exported: tuple[nn.Module, Path]) -> None:
    module, path = exported
    torch.manual_seed(9)
    again = video().eval()
    load_weights(again, path)
    with torch.inference_mode():
        for wanted, found in zip(module(frames(3)), again(frames(3)), strict=True):
            assert torch.allclose(wanted, found, atol=1e-3)


def test_a_music_encoder_comes_back_and_runs_frozen(tmp_path: Path) -> None:
    torch.manual_seed(0)
    module = settled(MusicEncoder(5, channels=(4, 8, 8, 8), width=32))
    audio = torch.randn(3, 160_000) * 0.1
    path = tmp_path / "music.onnx"
    outputs = ["embedding", "tags", "sequence"]
    export_graph(module, (audio,), path, inputs=["audio"], outputs=outputs, dynamic={"audio": {0: "batch"}})
    torch.manual_seed(9)
    again = MusicEncoder(5, channels=(4, 8, 8, 8), width=32).eval()
    load_weights(again, path)
    with torch.inference_mode():
        wanted, found = module(audio), again(audio)
    assert all(torch.allclose(one, other, atol=1e-3) for one, other in zip(wanted, found, strict=True))
    assert torch.allclose(torch.from_numpy(FrozenMusic(path)(audio.numpy())), wanted[0], atol=1e-3)


def test_the_shipped_captioner_comes_back_with_the_parameter_that_was_cut_into_rows() -> None:
    encoder = CaptionEncoder(116, music=256, lyrics=192, width=192, heads=4, layers=3).eval()
    path = SHIPPED / "caption_encoder.onnx"
    load_weights(encoder, path)
    generator = torch.Generator().manual_seed(0)
    inputs = [torch.randn(1, 20, 256, generator=generator), torch.rand(1, 116, generator=generator),
              torch.randn(1, 4, 192, generator=generator), torch.ones(1, 4)]  # fmt: skip
    names = ("sequence", "tags", "lyrics", "lyric_mask")
    graph = ReferenceEvaluator(onnx.load(str(path)))
    wanted = graph.run(None, {name: value.numpy() for name, value in zip(names, inputs, strict=True)})
    with torch.inference_mode():
        found = encoder(*inputs)
    assert all(torch.allclose(torch.from_numpy(a), b, atol=1e-3) for a, b in zip(wanted, found, strict=True))


def test_another_network_is_refused_in_one_line(exported: tuple[nn.Module, Path]) -> None:
    _, path = exported
    with pytest.raises(PackError, match=r"video\.onnx: mood_head\.weight is \[3, 32\], here \[4, 32\]; the pack"):
        load_weights(video(4), path)
    more = video()
    more.new_head = nn.Linear(16, 2)
    with pytest.raises(PackError, match=r"video\.onnx: no weights for new_head\.bias and 1 more; the pack is of anoth"):
        load_weights(more, path)
    (path.parent / "text.onnx").write_text("no graph")
    with pytest.raises(PackError, match=r"text\.onnx: not an ONNX graph"):
        load_weights(video(), path.parent / "text.onnx")
