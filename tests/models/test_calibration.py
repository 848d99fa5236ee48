from __future__ import annotations

import numpy as np
import torch

from models.training.calibration import clip_weights, fit


def test_fit_turns_overconfident_logits_into_probabilities() -> None:
    rng = torch.Generator().manual_seed(0)
    honest = torch.randn(4000, 1, generator=rng) * 1.5
    truth = (torch.rand(4000, 1, generator=rng) < torch.sigmoid(honest)).float()
    slope, offset = fit(honest * 2.5 + 1.0, truth, torch.ones_like(truth))
    assert abs(float(slope) - 0.4) < 0.06 and abs(float(offset) + 0.4) < 0.15


def test_fit_leaves_tags_alone_of_which_little_is_known() -> None:
    logits, truth = torch.randn(5, 1), torch.ones(5, 1)
    slope, offset = fit(logits, truth, torch.zeros_like(truth))
    assert float(slope) == 1.0 and float(offset) == 0.0


def test_recordings_and_made_music_speak_for_half_each() -> None:
    real = np.array([True] * 20 + [False] * 80)
    weight = np.ones((100, 2), np.float32)
    weight[real, 1] = 0.0
    found = clip_weights(np.zeros_like(weight), weight, real)
    assert np.isclose(found[real, 0].sum(), found[~real, 0].sum())
    assert not found[real, 1].any() and np.isclose(found[~real, 1].sum(), 80)
