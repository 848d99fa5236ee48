from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from models.data.augment import CROP, colour, crop, mix
from models.data.tokenizer import pad
from models.data.voices import sing
from models.nets.music import MusicEncoder
from models.training.checkpoint import load_checkpoint, save_checkpoint
from models.training.finish import thresholds
from models.training.key import START, key_logits, key_score
from models.training.losses import info_nce, tag_loss, teacher_loss
from models.training.music import mean_average_precision
from models.training.text import distillation_loss


def test_average_precision_of_a_perfect_a_reversed_and_a_random_ranking() -> None:
    target = np.zeros((100, 1), np.float32)
    target[:20] = 1.0
    ones = np.ones_like(target)
    assert mean_average_precision(target, target, ones) == pytest.approx((1.0, 0.2))
    assert mean_average_precision(-target, target, ones)[0] < 0.15
    noise = np.random.default_rng(0).random((100, 1))
    assert 0.1 < mean_average_precision(noise, target, ones)[0] < 0.4


def test_info_nce_is_small_for_pairs_and_ignores_those_alike() -> None:
    rows = torch.nn.functional.normalize(torch.randn(8, 16), dim=-1)
    nothing = torch.zeros(8, 8, dtype=torch.bool)
    assert info_nce(rows, rows, nothing) < 0.1 < info_nce(rows, rows.roll(1, 0), nothing)
    twins = rows.repeat(2, 1)
    alike = torch.zeros(16, 16, dtype=torch.bool)
    alike[:8, 8:] = alike[8:, :8] = torch.eye(8, dtype=torch.bool)
    assert info_nce(twins, twins, alike) < 0.1 < info_nce(twins, twins, torch.zeros_like(alike))


def test_tag_loss_leaves_unknown_tags_out() -> None:
    logits, target = torch.tensor([[5.0, -5.0]]), torch.tensor([[1.0, 1.0]])
    assert tag_loss(logits, target, torch.tensor([[1.0, 0.0]])) < 0.01
    assert tag_loss(logits, target, torch.tensor([[1.0, 1.0]])) > 1.0


def test_teacher_loss_is_least_at_the_teacher_and_leaves_unasked_ones_out() -> None:
    scores = torch.tensor([[0.9, 0.2, torch.nan]])
    right, wrong = torch.logit(torch.tensor([[0.9, 0.2, 0.5]])), torch.tensor([[-1.0, 1.0, 0.0]])
    assert teacher_loss(right, scores) < teacher_loss(wrong, scores)
    assert teacher_loss(right, scores) == teacher_loss(right + torch.tensor([[0.0, 0.0, 9.0]]), scores)
    assert teacher_loss(wrong, torch.full((1, 3), torch.nan)) == 0.0


def test_augmentation_keeps_shape_changes_values_and_takes_off_the_mean() -> None:
    rng, mel = np.random.default_rng(0), torch.randn(3, 80, 400)
    section = crop(mel, rng)
    assert section.shape == (3, 80, CROP)
    before = section.clone()
    out = colour(section.clone(), rng)
    assert out.shape == before.shape and torch.isfinite(out).all() and not torch.allclose(out, before)
    assert out.mean(dim=(1, 2)).abs().max() < 1e-5


def test_a_mixture_is_the_sum_of_powers() -> None:
    rng = torch.Generator().manual_seed(0)
    first, second = (torch.rand(2, 80, 20, generator=rng) + 0.1 for _ in range(2))
    log = [torch.log(p) / 4 for p in (first, second)]
    level = torch.tensor([0.0, -10.0])
    together = torch.log(first + second * torch.tensor([1.0, 0.1])[:, None, None]) / 4
    wanted = together - together.mean(dim=(1, 2), keepdim=True)
    assert torch.allclose(mix(*log, level), wanted, atol=1e-5)


def test_distillation_loss_falls_to_zero_at_the_teacher() -> None:
    teacher = torch.nn.functional.normalize(torch.randn(6, 16), dim=-1)
    assert distillation_loss(teacher, teacher) < 1e-5 < distillation_loss(teacher.flip(0), teacher)


def test_pad_fills_on_the_right() -> None:
    assert pad([np.array([3, 4]), np.array([5])]).tolist() == [[3, 4], [5, 0]]
    assert pad([np.array([], np.int64)]).tolist() == [[0]]


def test_checkpoint_comes_back_with_its_minutes(tmp_path: Path) -> None:
    model, other = torch.nn.Linear(3, 2), torch.nn.Linear(3, 2)
    assert load_checkpoint(tmp_path / "none.pt", other) == 0.0
    save_checkpoint(tmp_path / "m.pt", model, 4.5)
    assert load_checkpoint(tmp_path / "m.pt", other) == 4.5
    assert torch.equal(model.weight, other.weight)
    assert [p.name for p in tmp_path.iterdir()] == ["m.pt"]


def test_thresholds_part_positives_from_negatives() -> None:
    score = np.r_[np.full(30, 0.55), np.full(70, 0.33)][:, None].astype(np.float32)
    target = (score > 0.5).astype(np.float32)
    level = thresholds(score, target, np.ones_like(score))[0]
    assert 0.33 < level <= 0.55
    assert thresholds(score, np.zeros_like(score), np.ones_like(score)) == [0.5]


def test_key_score_gives_mirex_credit() -> None:
    c_major, g_major, a_minor, c_minor, d_minor = 0, 7, 21, 12, 14
    for found, expected in ((c_major, 1.0), (g_major, 0.5), (a_minor, 0.3), (c_minor, 0.2), (d_minor, 0.0)):
        assert key_score(np.array([found]), np.array([c_major]))[1] == pytest.approx(expected)


def test_key_profiles_turn_with_the_tonic() -> None:
    profiles = torch.tensor([START["major"], START["minor"]])
    chroma = torch.zeros(1, 12)
    chroma[0, [2, 4, 6, 7, 9, 11, 1]] = torch.tensor([2.0, 1.0, 1.5, 1.0, 1.8, 1.0, 1.0])  # D major
    assert int(key_logits(chroma, profiles).argmax()) == 2


def test_singer_sings_in_tune_and_in_range() -> None:
    notes = np.array([[0.0, 2.0, 81.0, 100.0]])  # A5 comes down to A4 for a woman
    audio = sing(notes, 2.0, rate=16_000, female=True, seed=3)
    spectrum = np.abs(np.fft.rfft(audio[8000:24000] * np.hanning(16000)))
    fundamental = spectrum[420:462].max()
    assert fundamental > 20 * np.median(spectrum)
    assert audio.max() <= 1.0 and len(audio) == 32_000
    assert not sing(np.zeros((0, 4)), 1.0, rate=16_000, female=False, seed=0).any()


@pytest.mark.slow
def test_music_encoder_tells_noise_from_tones_after_a_few_steps() -> None:
    torch.manual_seed(0)
    model = MusicEncoder(1, channels=(4, 8, 8, 8), width=32)
    t = torch.arange(160_000) / 16_000
    audio = torch.cat([torch.randn(6, 160_000) * 0.2, torch.sin(2 * torch.pi * torch.rand(6, 1) * 900 * t) * 0.3])
    mel, target = model.log_mel(audio), torch.tensor([[1.0]] * 6 + [[0.0]] * 6)
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    first = None
    for _ in range(25):
        loss = tag_loss(model.from_mel(mel)[0], target, torch.ones_like(target))
        first = first or loss.item()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss.item() < first / 3
