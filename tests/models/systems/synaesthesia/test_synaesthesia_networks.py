"""Shapes, masks, full size, and the caption decoder's door to the search."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
import torch
from synaesthesia_tiny import batch, state, system, tiny
from torch.nn import functional as F
from transformers import BertConfig, BertLMHeadModel, BertModel

from models.errors import ConfigError
from models.systems.synaesthesia.music import MusicDecoder, MusicEncoder, mean_pool
from models.systems.synaesthesia.settings import SynaesthesiaSettings
from models.systems.synaesthesia.system import Synaesthesia
from models.systems.synaesthesia.text import CaptionDecoder, TextEncoder


@pytest.mark.parametrize("norm", ["none", "frame"])
def test_padding_does_not_change_music_latents(norm: str) -> None:
    torch.manual_seed(0)
    encoder = MusicEncoder(tiny(model={"norm": norm}).model).eval()
    data = batch()
    together = encoder(data["spectrogram"], data["frames"])
    assert together.shape == (4, 4, 32)
    for row, frames, latents in zip(data["spectrogram"], data["frames"], together, strict=True):
        alone = encoder(row[None, :frames], frames[None])[0]
        longer = encoder(F.pad(row[None], (0, 0, 0, 25), value=9.0), frames[None])[0]
        assert torch.allclose(alone, latents, atol=1e-5)
        assert torch.allclose(longer, latents, atol=1e-5)


def test_padding_does_not_change_text_latents() -> None:
    torch.manual_seed(0)
    encoder = TextEncoder(tiny().model, 20, 0).eval()
    data = batch()
    together = encoder(data["ids"], data["mask"])
    assert together.shape == (4, 4, 32)
    alone = encoder(data["ids"][1:2, :6], data["mask"][1:2, :6])
    assert torch.allclose(together[1:2], alone, atol=1e-5)


@pytest.mark.parametrize("length", [1, 3, 20, 23, 57])
def test_mean_pool_is_adaptive_pooling_of_what_is_there(length: int) -> None:
    x = torch.randn(2, 57, 5)
    expected = F.adaptive_avg_pool1d(x[:1, :length].transpose(1, 2), 20).transpose(1, 2)
    assert torch.allclose(mean_pool(x, torch.tensor([length, 57]), 20)[:1], expected, atol=1e-6)


@pytest.mark.parametrize("depth", range(6))
def test_every_depth_of_the_decoder_gives_the_spectrogram_s_shape_back(depth: int) -> None:
    settings = tiny()
    encoder, decoder = MusicEncoder(settings.model), MusicDecoder(settings.model, 32)
    data = batch()
    spectrogram = data["spectrogram"][:, :39]  # no multiple of any stride
    frames = data["frames"].clamp(max=39)
    x, lengths = encoder.convolve(spectrogram, frames, depth)
    made = decoder(x, lengths, 39)
    assert made.shape == spectrogram.shape
    assert made[3, 7:].abs().max() == 0
    assert x.shape[3] == 32 >> depth


def test_music_auto_encoder_grows_and_evaluates_at_full_depth() -> None:
    network = system(model={"start_depth": 2, "grow_every": 2})
    seen = []
    for _ in range(10):
        seen.append(network.depth())
        network.zero_grad()
        network.losses(batch(), "music")["loss"].backward()
        trained = [layer[0].weight.grad is not None for layer in network.music_encoder.layers]
        assert trained == [i < seen[-1] for i in range(5)]
        assert (network.music_encoder.project.weight.grad is not None) == (seen[-1] == 6)
        network.after_step("music")
    assert seen == [2, 2, 3, 3, 4, 4, 5, 5, 6, 6]
    fresh = system().eval()
    assert fresh.depth() == fresh.music_encoder.depth == 6


def test_checkpointing_changes_no_gradient() -> None:
    gradients = []
    for keep in (False, True):
        network = system(model={"checkpointing": keep, "latent_noise": 0.0})
        network.losses(batch(), "joint")["loss"].backward()
        gradients.append([p.grad for p in network.music_encoder.parameters() if p.grad is not None])
    assert len(gradients[0]) == len(gradients[1]) > 10
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(*gradients, strict=True))


def test_caption_decoder_steps_equal_one_pass_and_follow_their_rows() -> None:
    network = system().eval()
    data = batch()
    latents = torch.randn(4, 4, 32)
    expected = network.text_decoder(data["ids"][:, :6], latents).log_softmax(-1)
    decoder = CaptionDecoder(network.text_decoder)
    rows = torch.tensor([2, 0, 0, 3, 1])
    with torch.no_grad():
        values = decoder.start(latents)
        for position in range(3):
            found, values = decoder.step(data["ids"][:, position], values)
            assert torch.allclose(found, expected[:, position], atol=1e-5)
        values = decoder.select(values, rows)
        for position in range(3, 6):
            found, values = decoder.step(data["ids"][rows, position], values)
            assert torch.allclose(found, expected[rows, position], atol=1e-5)


def test_full_size_on_the_meta_device() -> None:
    with torch.device("meta"):
        network = Synaesthesia(SynaesthesiaSettings(), state())
    channels = (1, 64, 128, 128, 128, 256, 512, 768, 768)
    convolutions = sum((9 * a + 1) * b for a, b in pairwise(channels))
    d, words = 768, len(network.tokenizer)
    layer, cross = 12 * d * d + 13 * d, 4 * d * d + 6 * d
    embeddings = words * d + 512 * d + 2 * d + 2 * d
    expected = {
        "music_encoder": convolutions + (d * d + d) + 2 * layer + (1 + 2048 + 2) * d + 2 * d,
        "music_decoder": (d * d + d) + convolutions - sum(channels[1:]) + sum(channels[:-1]),
        "text_encoder": embeddings + 5 * layer + 20 * d + 4 * d * d + 4 * d,
        "text_decoder": embeddings + 5 * (layer + cross) + (d * d + d) + 2 * d + words,
    }
    count = {name: sum(p.numel() for p in module.parameters()) for name, module in network.named_children()}
    assert count.pop("structure") == expected["music_encoder"]  # the momentum copy
    assert count == expected
    # 137 million with the vocabulary of 8,000, and 27 million of the copy.
    assert sum(count.values()) + 2 * (8000 - words) * d + 8000 - words == 137077313
    with torch.device("meta"):
        x, _ = network.music_encoder.convolve(torch.empty(2, 15_060, 256), torch.empty(2, dtype=torch.int64), 8)
    assert x.shape == (2, 768, 236, 1)  # four minutes: a step a second


def test_bert_checkpoint_gives_its_first_layers(tmp_path: Path) -> None:
    config = BertConfig(vocab_size=40, hidden_size=32, num_hidden_layers=3, num_attention_heads=2, intermediate_size=64)
    torch.manual_seed(1)
    BertLMHeadModel(BertConfig(**{**config.to_dict(), "is_decoder": True})).save_pretrained(tmp_path)
    network = system(model={"bert": str(tmp_path)})
    published = BertModel.from_pretrained(tmp_path)
    for ours in (network.text_encoder.bert, network.text_decoder.bert.bert):
        for i, layer in enumerate(ours.encoder.layer):
            theirs = published.encoder.layer[i].attention.self.query.weight
            assert torch.equal(layer.attention.self.query.weight, theirs)
    assert len(network.text_encoder.bert.encoder.layer) == 1
    network.losses(batch(), "joint")["loss"].backward()


def test_unusable_bert_checkpoints_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no BERT there"):
        system(model={"bert": str(tmp_path / "nothing")})
    BertModel(BertConfig(vocab_size=40, hidden_size=16, num_hidden_layers=1, num_attention_heads=2)).save_pretrained(
        tmp_path / "narrow"
    )
    with pytest.raises(ConfigError, match=r"width 16 .* model.width is 32"):
        system(model={"bert": str(tmp_path / "narrow")})
