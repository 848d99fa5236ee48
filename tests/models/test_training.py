from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from models.data.corpus import Item, cut, plan, read_key, to_model_rate
from models.data.voices import sing
from models.nets.music import MusicEncoder
from models.training.checkpoint import load_checkpoint, save_checkpoint
from models.training.finish import thresholds
from models.training.key import START, key_logits, key_score
from models.training.music import augment, info_nce, mean_average_precision, tag_loss
from models.training.text import distillation_loss, pad


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


def test_augment_keeps_shape_and_changes_values() -> None:
    mel = torch.randn(3, 80, 400)
    out = augment(mel, np.random.default_rng(0))
    assert out.shape == (3, 80, 200) and torch.isfinite(out).all()


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
    score = np.r_[np.full(30, 0.65), np.full(70, 0.33)][:, None].astype(np.float32)
    target = (score > 0.5).astype(np.float32)
    level = thresholds(score, target, np.ones_like(score))[0]
    assert 0.33 < level <= 0.65
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


def test_held_out_items_are_chosen_by_name(tmp_path: Path) -> None:
    (tmp_path / "midi/freedoom").mkdir(parents=True)
    (tmp_path / "midi/pop909").mkdir()
    for number in range(60):
        (tmp_path / f"midi/pop909/{number:03d}.mid").touch()
    items = plan(tmp_path, [], per_style=4)
    share = np.mean([item.held_out for item in items])
    assert 0.05 < share < 0.25
    assert Item("recording", "Kevin_MacLeod_-_Vibe_Ace.ogg").held_out
    assert len({item.file for item in items}) == len(items)


def test_key_annotation_of_pop909(tmp_path: Path) -> None:
    for text, expected in (("0.1\t9.0\tGb:maj", 6), ("0.1\t9.0\tA:min", 21), ("0 1 C:maj\n1 2 D:maj", -1)):
        (tmp_path / "x.key.txt").write_text(text)
        assert read_key(tmp_path / "x.mid") == expected
    assert read_key(tmp_path / "y.mid") == -1


def test_cut_and_resample() -> None:
    stereo = np.tile(np.sin(2 * np.pi * 440 * np.arange(32_000) / 32_000), (2, 1)).astype(np.float32)
    mono = to_model_rate(stereo)
    assert abs(len(mono) - 16_000) < 64
    assert cut(mono).shape == (1, 160_000)


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
