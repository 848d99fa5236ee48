from __future__ import annotations

import numpy as np
import pytest

from models.metrics.agreement import agreement


def test_a_tagger_agrees_with_itself_and_with_its_scaled_self_across_tracks() -> None:
    scores = np.random.default_rng(0).random((10, 20))
    assert agreement(scores, scores) == pytest.approx((1.0, 1.0, 1.0))
    scaled = agreement(scores * np.linspace(0.1, 3, 20), scores)
    assert scaled.across_tracks == pytest.approx(1.0) and scaled.within_track < 0.9


def test_unrelated_taggers_do_not_agree() -> None:
    rng = np.random.default_rng(1)
    found = agreement(rng.random((200, 50)), rng.random((200, 50)))
    assert abs(found.across_tracks) < 0.05 and abs(found.within_track) < 0.05
    assert found.top_five == pytest.approx(0.1, abs=0.04)


def test_a_tag_that_never_varies_is_left_out() -> None:
    scores = np.random.default_rng(2).random((10, 6))
    flat = scores.copy()
    flat[:, 0] = 0.3
    assert agreement(flat, scores).across_tracks == pytest.approx(1.0)


def test_shapes_are_checked() -> None:
    with pytest.raises(ValueError, match="of one shape"):
        agreement(np.zeros((3, 6)), np.zeros((3, 7)))
