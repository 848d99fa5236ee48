from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from titles_toys import settings
from torch.nn import functional as F
from transformers import BertConfig, ResNetConfig, ResNetModel

from models.errors import ConfigError
from models.generation.search import beam_search, greedy
from models.systems.titles.decoders import LSTMDecoder, TitleDecoder, TransformerDecoder, build_decoder
from models.systems.titles.encoder import MEANS, Encoder, resnet_config
from models.systems.titles.recipe import RECIPE
from models.systems.titles.settings import ModelSettings, TitlesSettings
from models.systems.titles.system import Titles
from models.systems.tokens import learn_words, to_state
from models.trainer.checkpoint import Checkpoint, load_system, write_checkpoint

WORDS, LONGEST, WIDTH = 12, 9, 16
DECODERS = ["lstm", "transformer"]


def decoder(kind: str, **changes: Any) -> TitleDecoder:
    torch.manual_seed(0)
    values = {"decoder": kind, "width": WIDTH, "embedding": WIDTH, "heads": 4, "layers": 2, "dropout": 0.2, **changes}
    return build_decoder(ModelSettings(**values), WORDS, [0, 1, 3], LONGEST).eval()


def state(texts: list[str], kind: str = "spectrogram", config: TitlesSettings | None = None) -> dict[str, Any]:
    resnet = None if kind == "timbre" else resnet_config((config or settings()).model)
    return {"tokenizer": to_state(learn_words(texts)), "resnet": resnet, "source": kind}


@pytest.mark.parametrize("kind", DECODERS)
def test_step_by_step_is_the_same_as_all_at_once(kind: str) -> None:
    net = decoder(kind)
    memory, ids = torch.randn(3, WIDTH), torch.randint(0, WORDS, (3, LONGEST))
    logits = net(memory, ids)
    assert logits.shape == (3, LONGEST, WORDS)
    said, carried = torch.full((WORDS,), 0.0), net.start(memory)
    said[[0, 1, 3]] = -torch.inf
    for place in range(LONGEST):
        log_probs, carried = net.step(ids[:, place], carried)
        torch.testing.assert_close(log_probs, torch.log_softmax(logits[:, place] + said, -1), atol=1e-5, rtol=1e-4)
        order = torch.tensor([0, 1, 2])
        carried = net.select(carried, order)


@pytest.mark.parametrize("kind", DECODERS)
def test_select_repeats_and_reorders_sequences(kind: str) -> None:
    net = decoder(kind)
    memory, rows = torch.randn(3, WIDTH), torch.tensor([2, 2, 0, 1])
    _, carried = net.step(torch.tensor([4, 5, 6]), net.start(memory))
    picked, _ = net.step(torch.tensor([7, 8, 9, 4]), net.select(carried, rows))
    _, apart = net.step(torch.tensor([6, 6, 4, 5]), net.start(memory[rows]))
    expected, _ = net.step(torch.tensor([7, 8, 9, 4]), apart)
    torch.testing.assert_close(picked, expected)


@pytest.mark.parametrize("kind", DECODERS)
def test_words_see_only_what_came_before_them(kind: str) -> None:
    net = decoder(kind)
    memory, ids = torch.randn(2, WIDTH), torch.randint(0, WORDS, (2, LONGEST))
    other = ids.clone()
    other[:, 5:] = (other[:, 5:] + 1) % WORDS
    torch.testing.assert_close(net(memory, ids)[:, :5], net(memory, other)[:, :5])
    assert not torch.allclose(net(memory, ids)[:, 5], net(memory, other)[:, 5])


def test_the_lstm_is_fed_the_image_once_and_before_the_words() -> None:
    net = decoder("lstm")
    assert isinstance(net, LSTMDecoder)
    memory, ids = torch.randn(2, WIDTH), torch.randint(0, WORDS, (2, 4))
    fed: list[torch.Tensor] = []
    handle = net.lstm.register_forward_pre_hook(lambda module, inputs: fed.append(inputs[0]))
    logits = net(memory, ids)
    handle.remove()
    (inputs,) = fed
    torch.testing.assert_close(inputs[:, 0], memory)  # t = -1
    torch.testing.assert_close(inputs[:, 1:], net.embed(ids))  # begin and the words: the image is not among them
    # By hand: a cell, first the image, then the words.
    cell = torch.nn.LSTMCell(WIDTH, WIDTH)
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in net.lstm.state_dict().items()})
    hidden = cell(memory)
    for place in range(4):
        hidden = cell(net.embed(ids[:, place]), hidden)
        torch.testing.assert_close(logits[:, place], net.output(hidden[0]))


@pytest.mark.parametrize("kind", DECODERS)
def test_every_word_depends_on_the_image(kind: str) -> None:
    net = decoder(kind)
    memory = torch.randn(1, WIDTH, requires_grad=True)
    logits = net(memory, torch.randint(0, WORDS, (1, 5)))
    for place in range(5):
        (gradient,) = torch.autograd.grad(logits[0, place].square().sum(), memory, retain_graph=True)
        assert gradient.abs().sum() > 0


@pytest.mark.parametrize("kind", DECODERS)
def test_searches_are_reproducible_scored_and_the_same_for_one_or_many(kind: str) -> None:
    net = decoder(kind)
    memory = torch.randn(5, WIDTH)
    options = {"begin": 1, "end": 2, "longest": LONGEST - 1, "length_penalty": 0.0}
    together = beam_search(net, memory, beams=4, keep=4, **options)
    assert together == beam_search(net, memory, beams=4, keep=4, **options)
    for row, found in enumerate(together):
        alone = beam_search(net, memory[row : row + 1], beams=4, keep=4, **options)[0]
        assert [one.ids for one in found] == [one.ids for one in alone]
        assert not {0, 1, 3} & set(sum((one.ids for one in found), ()))
        best = found[0]
        ids = torch.tensor([[1, *best.ids, *([2] if best.ended else [])]])
        said = torch.zeros(WORDS)
        said[[0, 1, 3]] = -torch.inf
        log_probs = torch.log_softmax(net(memory[row : row + 1], ids[:, :-1]) + said, -1)
        total = log_probs[0].gather(1, ids[0, 1:, None]).sum().item()
        assert best.log_prob == pytest.approx(total, abs=1e-4)
        assert best.log_prob >= greedy(net, memory[row : row + 1], **options)[0].log_prob - 1e-5


def test_glove_of_another_width_goes_through_a_linear_layer() -> None:
    net = decoder("lstm", embedding=6)
    assert net.embedding.weight.shape == (WORDS, 6)
    assert net(torch.randn(2, WIDTH), torch.randint(0, WORDS, (2, 3))).shape == (2, 3, WORDS)


def test_the_transformer_is_causal_with_the_image_as_its_first_place() -> None:
    net = decoder("transformer")
    assert isinstance(net, TransformerDecoder)
    assert net.places.shape == (LONGEST + 1, WIDTH)
    carried = net.start(torch.randn(3, WIDTH))
    assert carried.keys[0].shape == (3, 4, 1, WIDTH // 4)


def test_the_encoder_subtracts_the_means_and_takes_bytes_or_shades() -> None:
    torch.manual_seed(0)
    net = Encoder(resnet_config(settings().model), 8, standardise=False).eval()
    shades = torch.randint(0, 256, (2, 3, 64, 80), dtype=torch.uint8)
    torch.testing.assert_close(net(shades), net(shades.float() / 255))
    one = torch.rand(2, 1, 64, 80)
    torch.testing.assert_close(net(one), net(one.expand(-1, 3, -1, -1)))
    fed: list[torch.Tensor] = []
    net.resnet.register_forward_pre_hook(lambda module, inputs: fed.append(inputs[0]))
    assert net(torch.tensor(MEANS)[None, :, None, None].expand(1, 3, 64, 64)).shape == (1, 8)
    assert fed[0].abs().max() < 1e-6


@pytest.mark.parametrize(
    ("depth", "layers", "channels"), [(18, 18, 512), (34, 34, 512), (50, 50, 2048), (101, 101, 2048), (152, 152, 2048)]
)
def test_published_depths_count_their_layers(depth: int, layers: int, channels: int) -> None:
    config = ResNetConfig.from_dict(resnet_config(ModelSettings(depth=depth)))
    per_block = 3 if config.layer_type == "bottleneck" else 2
    assert 1 + per_block * sum(config.depths) + 1 == layers  # the stem, and the classifier that is stripped off
    assert config.hidden_sizes[-1] == channels


def test_the_papers_network_builds_at_full_size() -> None:
    config = TitlesSettings()
    texts = [f"word{number}" for number in range(51_201 - 4)]
    with torch.device("meta"):
        net = Titles(config, state(texts, config=config))
    encoder = sum(weight.numel() for weight in net.encoder.resnet.parameters())
    assert encoder == 58_143_808  # ResNet-152 without its 1000-way layer (60.19 million with it)
    assert net.decoder.embedding.weight.shape == (51_201, 512)
    assert isinstance(net.decoder, LSTMDecoder)
    assert (net.decoder.lstm.num_layers, net.decoder.lstm.hidden_size, net.decoder.dropout.p) == (1, 512, 0.2)
    logits = net.decoder(
        net.encoder(torch.zeros(2, 1, 256, 2583, device="meta")), torch.zeros(2, 5, device="meta").long()
    )
    assert logits.shape == (2, 5, 51_201)


def tiny_checkpoint(folder: Path) -> ResNetModel:
    torch.manual_seed(5)
    model = ResNetModel(ResNetConfig(embedding_size=4, hidden_sizes=[4, 6], depths=[1, 1], layer_type="basic"))
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_()
    model.save_pretrained(folder)
    return model


def test_a_published_resnet_is_taken_for_training_and_not_needed_afterwards(tmp_path: Path) -> None:
    model = tiny_checkpoint(tmp_path / "resnet").eval()
    config = settings(model={"pretrained": str(tmp_path / "resnet")})
    known = state(["a b"], config=config)
    net = RECIPE.build(config, known)
    pixels = torch.rand(2, 3, 32, 32)
    torch.testing.assert_close(net.encoder.resnet.eval()(pixels).pooler_output, model(pixels).pooler_output)
    write_checkpoint(
        tmp_path / "best.pt", Checkpoint("titles", config.model_dump(mode="json"), known, ["train"], net.state_dict())
    )
    (tmp_path / "resnet").rename(tmp_path / "gone")
    again, _, _ = load_system(tmp_path)
    torch.testing.assert_close(again.encoder.resnet(pixels).pooler_output, model(pixels).pooler_output)


def test_what_is_no_resnet_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"model\.pretrained: no ResNet at"):
        resnet_config(ModelSettings(pretrained=str(tmp_path / "nothing")))
    BertConfig().save_pretrained(tmp_path / "bert")
    with pytest.raises(ConfigError, match="is a bert, not a resnet"):
        resnet_config(ModelSettings(pretrained=str(tmp_path / "bert")))
    tiny_checkpoint(tmp_path / "resnet")
    (tmp_path / "resnet" / "model.safetensors").unlink()
    config = settings(model={"pretrained": str(tmp_path / "resnet")})
    with pytest.raises(ConfigError, match="cannot be loaded") as caught:
        RECIPE.build(config, state(["a"], config=config))
    assert "\n" not in str(caught.value)


def test_glove_vectors_begin_in_the_decoder(tmp_path: Path) -> None:
    path = tmp_path / "glove.txt"
    path.write_text("blue 1 2 3 4\nsea -1 -2 -3 -4\n")
    config = settings(model={"glove": str(path), "embedding": 4})
    net = RECIPE.build(config, state(["blue sea waves"], "timbre"))
    row = net.tokenizer.get_vocab()["blue"]
    assert net.decoder.embedding.weight[row].tolist() == [1, 2, 3, 4]


def test_timbre_goes_past_the_resnet() -> None:
    net = Titles(settings(), state(["a b"], "timbre"))
    assert net.encoder is None
    timbre = torch.randn(2, 90)
    memory = net.memory({"timbre": timbre})
    assert memory.shape == (2, 96)
    np.testing.assert_array_equal(memory, timbre[:, net.replicas])


def test_the_loss_is_the_mean_over_words_and_ends_without_padding() -> None:
    torch.manual_seed(0)
    net = Titles(settings(), state(["a b c"], "timbre")).eval()
    ids = torch.tensor([[1, 4, 5, 6, 2], [1, 5, 2, 0, 0]])
    batch = {"timbre": torch.randn(2, 90), "ids": ids, "mask": (ids != 0).float()}
    logits = net.decoder(net.memory(batch), ids[:, :-1])
    picked = [
        F.cross_entropy(logits[row, :end], ids[row, 1 : end + 1], reduction="sum") for row, end in ((0, 4), (1, 2))
    ]
    torch.testing.assert_close(net.losses(batch, "train")["loss"], sum(picked) / 6)
    longer = {**batch, "ids": F.pad(ids, (0, 3)), "mask": F.pad(batch["mask"], (0, 3))}
    torch.testing.assert_close(net.losses(longer, "train")["loss"], net.losses(batch, "train")["loss"])
