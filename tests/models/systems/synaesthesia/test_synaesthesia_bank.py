"""Memory bank and momentum copies, and the group loss that uses them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from synaesthesia_tiny import batch, system
from torch import nn

from models.systems.synaesthesia.bank import MemoryBank, momentum_copy, momentum_update
from models.systems.synaesthesia.bleu import sentence_bleu


def entries(*owners: int) -> dict[str, torch.Tensor]:
    rows = torch.tensor(owners, dtype=torch.float32)[:, None]
    return {"music": rows.repeat(1, 3), "words": rows.long().repeat(1, 2), "owner": rows[:, 0].long()}


def bank(size: int = 4) -> MemoryBank:
    return MemoryBank(size, {"music": (3, torch.float32), "words": (2, torch.int64)})


def test_bank_is_first_in_first_out_and_keeps_latents_with_their_sentence() -> None:
    held = bank()
    assert len(held.entries()["owner"]) == 0
    for pushed, expected in (((1, 2, 3), [1, 2, 3]), ((4, 5), [2, 3, 4, 5]), ((6,), [3, 4, 5, 6])):
        held.push(entries(*pushed))
        found = held.entries()
        assert found["owner"].tolist() == expected
        assert found["music"][:, 2].tolist() == found["words"][:, 1].tolist() == expected


def test_bank_keeps_the_last_of_more_rows_than_it_has_places() -> None:
    held = bank()
    held.push(entries(1))
    held.push(entries(*range(2, 9)))
    assert held.entries()["owner"].tolist() == [5, 6, 7, 8]
    held.push(entries(9))
    assert held.entries()["owner"].tolist() == [6, 7, 8, 9]


def test_a_resumed_bank_goes_on_where_it_was() -> None:
    held, resumed = bank(), bank()
    held.push(entries(1, 2, 3, 4, 5))
    resumed.load_state_dict(held.state_dict())
    for each in (held, resumed):
        each.push(entries(6))
    assert resumed.entries()["owner"].tolist() == held.entries()["owner"].tolist() == [3, 4, 5, 6]


def test_momentum_update_equation() -> None:
    module = nn.Linear(2, 3)
    copy = momentum_copy(module)
    before = copy.weight.clone()
    with torch.no_grad():
        module.weight.add_(1.0)
    momentum_update(copy, module, 0.9)
    assert torch.allclose(copy.weight, 0.9 * before + 0.1 * module.weight)
    assert not any(p.requires_grad for p in copy.parameters())


def group(**more: Any) -> Any:
    return system({"kind": "group", "references": 6, "momentum": 0.9, **more}, model={"latent_noise": 0.0}).train()


@pytest.mark.parametrize("similarity", ["bleu", "latents"])
def test_no_gradient_reaches_the_copies_and_they_follow(similarity: str) -> None:
    network = group(similarity=similarity)
    network.begin_stage("joint")
    network.losses(batch(seed=1), "joint")
    trained = list(network.trainable("joint"))
    copies = [network.structure.music_copy, *([network.structure.text_copy] if similarity == "latents" else [])]
    assert not {id(p) for copy in copies for p in copy.parameters()} & {id(p) for p in trained}
    network.losses(batch(seed=2), "joint")["structure"]
    network.losses(batch(seed=2), "joint")["loss"].backward()
    assert all(p.grad is None for copy in copies for p in copy.parameters())
    before = copies[0].project.weight.clone()
    with torch.no_grad():
        network.music_encoder.project.weight.add_(0.5)
    network.after_step("joint")
    expected = 0.9 * before + 0.1 * network.music_encoder.project.weight
    assert torch.allclose(copies[0].project.weight, expected)


def test_stage_begins_with_copies_of_the_trained_encoders_and_an_empty_bank() -> None:
    network = group()
    network.losses(batch(), "joint")
    with torch.no_grad():
        network.music_encoder.project.weight.add_(1.0)
    network.begin_stage("joint")
    assert torch.equal(network.structure.music_copy.project.weight, network.music_encoder.project.weight)
    assert len(network.structure.bank.entries()["owner"]) == 0


def numpy_group(p: np.ndarray, q: np.ndarray, divergence: str) -> float:
    if divergence == "pearson":
        return -float(np.corrcoef(p, q)[0, 1])
    made, wanted = np.exp(32 * (p - p.max())), np.exp(32 * (q - q.max()))
    return float(np.mean((made / made.sum() - wanted / wanted.sum()) ** 2))


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("divergence", ["softmax", "pearson"])
@pytest.mark.parametrize("similarity", ["bleu", "latents"])
def test_group_loss_equals_numpy(similarity: str, divergence: str, own: bool) -> None:
    network = group(similarity=similarity, divergence=divergence, own_recording=own)
    network.begin_stage("joint")
    first, second = batch(seed=1), batch(seed=2)
    second["owner"][0] = first["owner"][2]  # a second sentence about a recording of the bank
    network.losses(first, "joint")
    found = float(network.losses(second, "joint")["structure"])

    def latents(data: dict[str, Any]) -> np.ndarray:
        music = network.music_encoder(data["spectrogram"], data["frames"]).flatten(1).detach().numpy()
        return music / np.linalg.norm(music, axis=1, keepdims=True)

    def sentences(a: dict[str, Any], b: dict[str, Any]) -> np.ndarray:
        if similarity == "bleu":
            return sentence_bleu(a["words"], b["words"]).numpy()
        rows = [network.text_encoder(x["ids"], x["mask"]).flatten(1).detach().numpy() for x in (a, b)]
        return (rows[0] / np.linalg.norm(rows[0], axis=1, keepdims=True)) @ (
            rows[1] / np.linalg.norm(rows[1], axis=1, keepdims=True)
        ).T

    # The bank holds 6: with the batch's own recordings the last two of the first batch and the four of this one.
    if own:
        p = np.concatenate([latents(second) @ latents(first)[2:].T, latents(second) @ latents(second).T], 1)
        q = np.concatenate([sentences(second, first)[:, 2:], sentences(second, second)], 1)
        kept = np.ones((4, 6), bool)
    else:
        p, q = latents(second) @ latents(first).T, sentences(second, first)
        kept = np.ones((4, 4), bool)
        kept[0, 2] = False
    expected = np.mean([numpy_group(p[i][kept[i]], q[i][kept[i]], divergence) for i in range(4)])
    assert found == pytest.approx(expected, abs=2e-5)
    assert network.structure.bank.entries()["owner"].tolist() == [102, 103, 102, 201, 202, 203]


def test_evaluation_writes_nothing_into_the_bank() -> None:
    network = group()
    network.losses(batch(), "joint")
    network.eval()
    network.losses(batch(seed=1), "joint")
    assert network.structure.bank.entries()["owner"].tolist() == [0, 1, 2, 3]
    assert not network.structure.music_copy.train(False).training


def test_copies_stay_in_evaluation_mode() -> None:
    network = group(similarity="latents").eval().train()
    assert network.training and network.music_encoder.training
    assert not network.structure.music_copy.training and not network.structure.text_copy.training
