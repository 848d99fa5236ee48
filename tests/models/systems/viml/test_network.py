from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from models.systems.viml.loss import info_nce
from models.systems.viml.network import Encoder, make_fusion, positions
from models.systems.viml.settings import ModelSettings

FUSIONS = ("addition", "linear", "mlp", "transformer1", "transformer2")
SMALL = ModelSettings(width=16, heads=4, inner=32)


def test_info_nce_by_hand():
    # Unit vectors at right angles, the second query between both: cosines 1, 0 and 0.6, 0.8.
    query = torch.tensor([[2.0, 0.0], [0.6, 0.8]])
    music = torch.tensor([[1.0, 0.0], [0.0, 3.0]])
    forth, back = info_nce(query, music, 0.5)
    e = math.exp
    first = -math.log(e(2.0) / (e(2.0) + e(0.0)))
    second = -math.log(e(1.6) / (e(1.2) + e(1.6)))
    assert float(forth) == pytest.approx((first + second) / 2, rel=1e-5)
    first = -math.log(e(2.0) / (e(2.0) + e(1.2)))
    second = -math.log(e(1.6) / (e(0.0) + e(1.6)))
    assert float(back) == pytest.approx((first + second) / 2, rel=1e-5)


def test_a_batch_of_one_has_no_negatives():
    assert [float(loss) for loss in info_nce(torch.randn(1, 4), torch.randn(1, 4), 0.03)] == [0.0, 0.0]


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_padding_changes_nothing(pooling):
    torch.manual_seed(0)
    encoder = Encoder(5, SMALL.model_copy(update={"pooling": pooling})).eval()
    short = torch.randn(1, 3, 5)
    alone = encoder(short, torch.ones(1, 3, dtype=torch.bool))
    padded = torch.cat([torch.cat([short, 99 * torch.ones(1, 4, 5)], dim=1), torch.randn(1, 7, 5)])
    valid = torch.tensor([[True] * 3 + [False] * 4, [True] * 7])
    assert torch.allclose(encoder(padded, valid)[:1], alone, atol=1e-5)


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_the_order_of_segments_counts(pooling):
    torch.manual_seed(0)
    encoder = Encoder(5, SMALL.model_copy(update={"pooling": pooling})).eval()
    x, valid = torch.randn(1, 4, 5), torch.ones(1, 4, dtype=torch.bool)
    assert not torch.allclose(encoder(x, valid), encoder(x.flip(1), valid), atol=1e-4)


def test_features_are_scaled_by_mean_and_spread():
    torch.manual_seed(0)
    mean, spread = torch.tensor([1.0, -2.0, 3.0]), torch.tensor([2.0, 0.5, 10.0])
    scaling, plain = Encoder(3, SMALL, mean, spread).eval(), Encoder(3, SMALL).eval()
    plain.load_state_dict(scaling.state_dict())
    x, valid = torch.randn(2, 4, 3), torch.ones(2, 4, dtype=torch.bool)
    assert torch.allclose(scaling(x * spread + mean, valid), plain(x, valid), atol=1e-5)


def test_positions_are_sines_and_cosines_of_falling_rates():
    table = positions(3, 4)
    assert table[2].tolist() == pytest.approx([math.sin(2), math.cos(2), math.sin(0.02), math.cos(0.02)])


@pytest.mark.parametrize("kind", FUSIONS)
def test_fusion_depends_on_both(kind):
    torch.manual_seed(0)
    fusion = make_fusion(kind, SMALL).eval()
    video, text = torch.randn(3, 16), torch.randn(3, 16)
    fused = fusion(video, text)
    assert fused.shape == (3, 16)
    assert not torch.allclose(fused, fusion(video.flip(0), text), atol=1e-3)
    assert not torch.allclose(fused, fusion(video, text.flip(0)), atol=1e-3)


def test_addition_is_a_sum():
    video, text = torch.randn(3, 16), torch.randn(3, 16)
    assert torch.equal(make_fusion("addition", SMALL)(video, text), video + text)


@pytest.mark.parametrize(
    ("kind", "millions"),
    [("addition", 0.0), ("linear", 0.131), ("mlp", 1.6), ("transformer1", 1.4), ("transformer2", 2.8)],
)
def test_fusions_have_the_papers_parameter_counts(kind, millions):
    count = sum(parameter.numel() for parameter in make_fusion(kind, ModelSettings()).parameters())
    assert round(count / 1e6, 3 if kind == "linear" else 1) == millions


def test_settings_of_the_variants():
    assert ModelSettings().tau == ModelSettings(variant="mvpt+").tau == 0.03
    assert ModelSettings(variant="mvpt").tau == 0.3
    assert ModelSettings(variant="mvpt", temperature=0.1).tau == 0.1
    with pytest.raises(ValueError, match="multiple of heads"):
        ModelSettings(width=250)


def test_every_weight_of_an_encoder_learns():
    encoder = Encoder(5, SMALL.model_copy(update={"pooling": "cls"}))
    encoder(torch.randn(2, 3, 5), torch.ones(2, 3, dtype=torch.bool)).square().sum().backward()
    assert all(isinstance(p, nn.Parameter) and p.grad is not None for p in encoder.parameters())
