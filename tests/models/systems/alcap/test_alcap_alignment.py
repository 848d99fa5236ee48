"""InfoNCE, masked means, fusion and the joining of memories."""

import numpy as np
import pytest
import torch

from models.systems.alcap.alignment import Alignment, info_nce, masked_mean
from models.systems.alcap.fusion import Fusion, MusicAlone, join


def test_info_nce_is_the_mean_of_both_directions_written_out():
    rng = np.random.default_rng(3)
    music, lyrics = rng.normal(size=(4, 5)), rng.normal(size=(4, 5))

    def direction(queries, keys):
        total = 0.0
        for i in range(4):
            cosines = [q @ queries[i] / np.linalg.norm(q) / np.linalg.norm(queries[i]) for q in keys]
            weights = [np.exp(cosine / 0.3) for cosine in cosines]
            total -= np.log(weights[i] / sum(weights))
        return total / 4

    expected = (direction(music, lyrics) + direction(lyrics, music)) / 2
    found = info_nce(torch.tensor(music), torch.tensor(lyrics), 0.3)
    assert float(found) == pytest.approx(expected, abs=1e-5)
    assert float(info_nce(torch.tensor(lyrics), torch.tensor(music), 0.3)) == pytest.approx(float(found), abs=1e-6)


def test_info_nce_by_hand():
    music = torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    lyrics = torch.tensor([[3.0, 0.0], [0.0, 1.0]])
    # cosines are the identity matrix: -log(e / (e + 1)) both ways
    assert float(info_nce(music, lyrics, 1.0)) == pytest.approx(np.log1p(np.exp(-1.0)), abs=1e-6)


def test_pairs_of_one_group_are_no_negatives():
    torch.manual_seed(0)
    music, lyrics = torch.randn(3, 4, requires_grad=True), torch.randn(3, 4)
    found = info_nce(music, lyrics, 0.3, torch.tensor([5, 7, 7]))
    cosines = torch.nn.functional.cosine_similarity(music[:, None], lyrics[None], dim=-1) / 0.3
    # Row 0 has the negatives 1 and 2; rows 1 and 2 have row 0 alone.
    rows = [(0, [0, 1, 2]), (1, [1, 0]), (2, [2, 0])]
    both = [
        torch.logsumexp(matrix[i, columns], 0) - matrix[i, i] for matrix in (cosines, cosines.T) for i, columns in rows
    ]
    assert found.item() == pytest.approx(torch.stack(both).mean().item(), abs=1e-5)
    found.backward()
    assert music.grad.isfinite().all()


def test_masked_mean_leaves_padding_out():
    x = torch.tensor([[[1.0], [3.0], [100.0]], [[7.0], [7.0], [7.0]]])
    mask = torch.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    assert masked_mean(x, mask).tolist() == [[2.0], [0.0]]


def test_padding_changes_no_latent_code():
    torch.manual_seed(0)
    alignment = Alignment(6, 8, 4)
    music, lyrics = torch.randn(2, 3, 6), torch.randn(2, 5, 8)
    plain = alignment(music, torch.ones(2, 3), lyrics, torch.ones(2, 5))
    longer = torch.cat([music, torch.full((2, 4, 6), 9.0)], 1)
    padded = alignment(longer, torch.tensor([[1.0] * 3 + [0.0] * 4] * 2), lyrics, torch.ones(2, 5))
    assert torch.allclose(plain[0], padded[0]) and torch.allclose(plain[1], padded[1])


@pytest.fixture
def fusion():
    torch.manual_seed(1)
    return Fusion(lyrics=8, music=6, width=12, heads=3, dropout=0.0).eval()


def test_lyrics_are_the_queries(fusion):
    lyrics, music = torch.randn(2, 5, 8), torch.randn(2, 9, 6)
    assert fusion(lyrics, music, torch.ones(2, 9)).shape == (2, 5, 8)
    assert fusion.weights(lyrics, music, torch.ones(2, 9)).shape == (2, 3, 5, 9)


def test_fusion_equals_torchs_own_attention(fusion):
    lyrics, music, mask = torch.randn(2, 5, 8), torch.randn(2, 9, 6), torch.ones(2, 9)
    mask[1, 4:] = 0

    def heads(x):
        return x.view(2, -1, 3, 4).transpose(1, 2)

    attended = torch.nn.functional.scaled_dot_product_attention(
        heads(fusion.query(lyrics)), heads(fusion.key(music)), heads(fusion.value(music)),
        attn_mask=mask[:, None, None].bool(),
    )  # fmt: skip
    expected = fusion.norm(lyrics + fusion.out(attended.transpose(1, 2).reshape(2, 5, 12)))
    assert torch.allclose(fusion(lyrics, music, mask), expected, atol=1e-5)


def test_attention_rows_sum_to_one_and_miss_the_padding(fusion):
    mask = torch.ones(2, 9)
    mask[1, 4:] = 0
    weights = fusion.weights(torch.randn(2, 5, 8), torch.randn(2, 9, 6), mask)
    assert torch.allclose(weights.sum(-1), torch.ones(2, 3, 5), atol=1e-6)
    assert weights[1, ..., 4:].abs().max() == 0


def test_without_music_only_the_lyrics_are_left(fusion):
    lyrics = torch.randn(1, 5, 8)
    found = fusion(lyrics, torch.randn(1, 9, 6), torch.zeros(1, 9))
    assert torch.allclose(found, fusion.norm(lyrics), atol=1e-6)


@pytest.mark.parametrize("steps", [3, 9])
def test_every_example_gets_the_memory_that_is_its_own(steps):
    torch.manual_seed(0)
    alone = MusicAlone(6, 8)(torch.randn(2, steps, 6))
    fused = torch.randn(2, 5, 8)
    fused_mask, alone_mask = torch.ones(2, 5), torch.ones(2, steps)
    fused_mask[0, 4:] = 0
    memory, mask = join(fused, fused_mask, alone, alone_mask, torch.tensor([True, False]))
    assert memory.shape == (2, max(5, steps), 8)
    assert mask.sum(1).tolist() == [4, steps]
    assert torch.equal(memory[0, :4], fused[0, :4])
    assert torch.equal(memory[1, :steps], alone[1])
    whole, whole_mask = join(fused, fused_mask, alone, alone_mask, torch.tensor([True, True]))
    assert torch.equal(whole, fused) and torch.equal(whole_mask, fused_mask)
