"""The losses against hand-worked examples and second implementations in numpy."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sacrebleu
import torch

from models.systems.synaesthesia.bleu import hash_text, sentence_bleu, sentence_words
from models.systems.synaesthesia.music import reconstruction_loss
from models.systems.synaesthesia.structure import (
    cosines,
    info_nce,
    pairwise_loss,
    pearson,
    pearson_divergence,
    softmax_divergence,
    tag_loss,
    triplet_loss,
)

SENTENCES = [
    "The finale is an exciting Presto.",
    "The finale, Allegro, is thrusting and powerful.",
    "A lovely but sad Adagio comes next.",
    "the the the the the the",
    "the",
    "A lovely but sad Adagio comes next.",
    "Light-hearted finale: a buoyant Rondo (1.5 minutes), a buoyant Rondo at last!",
    "",
]


def test_sentence_bleu_is_that_of_sacrebleu() -> None:
    words = sentence_words(SENTENCES, 32)
    found = sentence_bleu(words, words)
    for i, hypothesis in enumerate(SENTENCES[:-1]):
        for j, reference in enumerate(SENTENCES[:-1]):
            wanted = sacrebleu.sentence_bleu(hypothesis, [reference]).score / 100
            assert float(found[i, j]) == pytest.approx(wanted, abs=1e-5), (hypothesis, reference)
    assert found[-1].max() == 0 and found[:, -1].max() == 0


def test_sentence_bleu_by_hand() -> None:
    # 4 of 4, 2 of 3, 1 of 2 n-grams and none of 1, smoothed to 1/2; equal lengths.
    words = sentence_words(["a b c d", "a b c x"], 8)
    expected = (3 / 4 * 2 / 3 * 1 / 2 * (1 / 2) / 1) ** (1 / 4)
    assert float(sentence_bleu(words[:1], words[1:])) == pytest.approx(expected, abs=1e-6)


def test_sentence_bleu_does_not_depend_on_the_width_and_on_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    wide, narrow = sentence_words(SENTENCES, 64), sentence_words(SENTENCES, 20)
    whole = sentence_bleu(narrow, narrow)
    monkeypatch.setattr("models.systems.synaesthesia.bleu.MOST", 1)
    assert torch.equal(whole, sentence_bleu(wide, wide))


def test_hashes_are_the_same_in_every_process() -> None:
    assert hash_text("Adagio") == 7114167301183366557
    assert sentence_words(["Adagio"], 2)[0].tolist() == [hash_text("Adagio"), -1]


def test_softmax_divergence_by_hand() -> None:
    # exp(2 x 0.5 ln 3) = 3 and exp(0) = 1 against the other way round: 3/4, 1/4 and 1/4, 3/4.
    half = 0.5 * math.log(3)
    p, q = torch.tensor([[half, 0.0]]), torch.tensor([[0.0, half]])
    assert float(softmax_divergence(p, q, torch.ones(1, 2, dtype=torch.bool), 2.0)) == pytest.approx(0.25)


def numpy_divergence(p: np.ndarray, q: np.ndarray, sharpness: float) -> float:
    made, wanted = np.exp(sharpness * p), np.exp(sharpness * q)
    return float(np.mean((made / made.sum() - wanted / wanted.sum()) ** 2))


def test_divergences_equal_numpy_where_references_are_left_out() -> None:
    rng = np.random.default_rng(0)
    p, q = rng.uniform(-1, 1, (4, 6)), rng.uniform(0, 1, (4, 6))
    mask = np.ones((4, 6), bool)
    mask[0, :2] = mask[1, 5] = False
    mask[3, 1:] = False  # one reference: the row does not count
    tensors = torch.tensor(p), torch.tensor(q), torch.tensor(mask)
    rows = range(3)
    expected = np.mean([numpy_divergence(p[i][mask[i]], q[i][mask[i]], 32.0) for i in rows])
    assert float(softmax_divergence(*tensors, 32.0)) == pytest.approx(expected)
    expected = -np.mean([np.corrcoef(p[i][mask[i]], q[i][mask[i]])[0, 1] for i in rows])
    assert float(pearson_divergence(*tensors)) == pytest.approx(expected)


def test_divergences_without_references_are_zero_and_have_finite_gradients() -> None:
    p = torch.zeros(2, 3, requires_grad=True)
    for mask in (torch.zeros(2, 3, dtype=torch.bool), torch.ones(2, 3, dtype=torch.bool)):
        loss = softmax_divergence(p, torch.zeros(2, 3), mask, 32.0) + pearson_divergence(p, torch.zeros(2, 3), mask)
        loss.backward()
        assert float(loss.detach()) == 0
        assert p.grad is not None and torch.isfinite(p.grad).all()
    empty = torch.zeros(2, 0)
    assert float(softmax_divergence(empty, empty, torch.zeros(2, 0, dtype=torch.bool), 32.0)) == 0


def test_pearson_of_a_line_is_one() -> None:
    p = torch.tensor([[0.1, 0.4, 0.2]])
    mask = torch.ones(1, 3, dtype=torch.bool)
    assert float(pearson(p, 3 * p - 1, mask)) == pytest.approx(1.0)
    assert float(pearson(p, -p, mask)) == pytest.approx(-1.0)


def test_pairwise_by_hand() -> None:
    p = torch.tensor([[1.0, 0.5], [0.5, 1.0]])
    q = torch.tensor([[1.0, 0.1], [0.3, 1.0]])
    other = ~torch.eye(2, dtype=torch.bool)
    assert float(pairwise_loss(p, q, other)) == pytest.approx((0.4**2 + 0.2**2) / 2)
    assert float(pairwise_loss(p, q, torch.zeros(2, 2, dtype=torch.bool))) == 0


def test_triplet_by_hand() -> None:
    # Sentence 1 is nearest to 0, 0 to 1, 0 to 2; the only negative left is the third.
    q = torch.tensor([[1.0, 0.9, 0.1], [0.9, 1.0, 0.2], [0.3, 0.2, 1.0]])
    p = torch.tensor([[1.0, 0.5, 0.7], [0.5, 1.0, 0.1], [0.7, 0.1, 1.0]])
    expected = (max(0, 0.7 - 0.5 + 0.1) + max(0, 0.1 - 0.5 + 0.1) + max(0, 0.1 - 0.7 + 0.1)) / 3
    assert float(triplet_loss(p, q, ~torch.eye(3, dtype=torch.bool), 0.1)) == pytest.approx(expected)
    assert float(triplet_loss(p[:2, :2], q[:2, :2], ~torch.eye(2, dtype=torch.bool), 0.1)) == 0


def test_info_nce_equals_numpy_and_leaves_twins_out() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(3, 5)), rng.normal(size=(3, 5))
    cos = (a / np.linalg.norm(a, axis=1, keepdims=True)) @ (b / np.linalg.norm(b, axis=1, keepdims=True)).T
    scaled = np.exp(cos / 0.1)
    expected = -np.mean(np.log(np.diag(scaled) / scaled.sum(1)))
    other = ~torch.eye(3, dtype=torch.bool)
    assert float(info_nce(torch.tensor(a), torch.tensor(b), other, 0.1)) == pytest.approx(expected, rel=1e-5)
    assert torch.allclose(cosines(torch.tensor(a), torch.tensor(b)).double(), torch.tensor(cos), atol=1e-6)
    other[0, 1] = False  # 0 and 1 are one recording
    without = -np.mean(
        [np.log(scaled[0, 0] / (scaled[0, 0] + scaled[0, 2])), *np.log(np.diag(scaled)[1:] / scaled.sum(1)[1:])]
    )
    assert float(info_nce(torch.tensor(a), torch.tensor(b), other, 0.1)) == pytest.approx(without, rel=1e-5)


def test_unknown_tags_do_not_count() -> None:
    logits, tags = torch.tensor([[0.0, 9.0]]), torch.tensor([[1.0, 0.0]])
    assert float(tag_loss(logits, tags, torch.tensor([[True, False]]))) == pytest.approx(math.log(2))
    assert float(tag_loss(logits, tags, torch.tensor([[False, False]]))) == 0


def test_reconstruction_by_hand_leaves_padding_out() -> None:
    wanted = torch.zeros(1, 3, 2)
    made = torch.tensor([[[1.0, 0.0], [3.0, 0.0], [99.0, 99.0]]])
    # errors 1, 0, 3, 0: mean square 10/4; along time 2, 0: 4/2; along frequency -1, -3: 10/2
    assert float(reconstruction_loss(made, wanted, torch.tensor([2]))) == pytest.approx(2.5 + 2 + 5)
    assert float(reconstruction_loss(made[:, :1], wanted[:, :1], torch.tensor([1]))) == pytest.approx(0.5 + 1)
