"""Every switch trains; checkpoints build the system again; four examples are learnt by heart."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from synaesthesia_tiny import SENTENCES, batch, system, tiny

from models.datasets.folder import Folder
from models.systems.registry import find
from models.systems.synaesthesia.data import prepare
from models.systems.synaesthesia.evaluation import topology, write_captions
from models.systems.synaesthesia.settings import SynaesthesiaSettings
from models.systems.synaesthesia.structure import cosines
from models.systems.synaesthesia.system import Synaesthesia
from models.trainer.checkpoint import load_system
from models.trainer.config import load_settings
from models.trainer.fit import fit

CONFIGS = Path(__file__).resolve().parents[4] / "models" / "configs"
SWITCHES: list[dict[str, Any]] = [
    {"kind": "none"},
    {"kind": "pairwise"},
    {"kind": "pairwise", "similarity": "latents"},
    {"kind": "triplet"},
    {"kind": "contrastive"},
    {"kind": "contrastive", "contrast": "infonce"},
    {"kind": "classification"},
    {"kind": "group"},
    {"kind": "group", "divergence": "pearson", "similarity": "latents"},
]


@pytest.mark.parametrize("switches", SWITCHES, ids=lambda switches: "-".join(switches.values()))
def test_every_switch_trains_a_step(switches: dict[str, Any]) -> None:
    network = system({"references": 4, "margin": 2.0, **switches}).train()
    network.begin_stage("joint")
    network.losses(batch(seed=1), "joint")  # fills the bank
    losses = network.losses(batch(), "joint")
    losses["loss"].backward()
    alone = system({"kind": "none"}).train()
    assert set(losses) == {"loss", "caption", "text", "music", "alignment", "structure"}
    assert not any(part.requires_grad for name, part in losses.items() if name != "loss")
    model = network.settings.model
    total = sum(losses[name] for name in ("caption", "text", "music", "alignment"))
    assert losses["loss"].item() == pytest.approx(float(total + model.structure.factor * losses["structure"]), rel=1e-5)
    assert (float(losses["structure"]) == 0) == (switches["kind"] == "none")
    trained = list(network.trainable("joint"))
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in trained)
    assert len(trained) == len(list(alone.trainable("joint"))) + 4 * (switches["kind"] == "classification")
    before = network.music_encoder.project.weight.clone()
    torch.optim.AdamW(trained, lr=1e-3).step()
    network.after_step("joint")
    assert not torch.equal(before, network.music_encoder.project.weight)


def test_stages_train_their_half() -> None:
    network = system()
    names = {p: name for name, p in network.named_parameters()}
    halves = {stage: {names[p].split("_")[0] for p in network.trainable(stage)} for stage in ("music", "text")}
    assert halves == {"music": {"music"}, "text": {"text"}}
    lean = system(model={"reconstruct_music": 0.0})
    decoder = {id(p) for p in lean.music_decoder.parameters()}
    assert not decoder & {id(p) for p in lean.trainable("joint")}
    assert "music" not in lean.losses(batch(), "joint")


def test_text_noise_is_drawn_in_training_only() -> None:
    network = system().train()
    one, other = (network.losses(batch(), "text")["loss"].item() for _ in range(2))
    assert one != other
    network.eval()
    one, other = (network.losses(batch(), "text")["loss"].item() for _ in range(2))
    assert one == other


def test_topology_is_numpy_s_correlation_over_pairs_of_different_recordings() -> None:
    torch.manual_seed(0)
    p, q, owner = torch.rand(5, 5), torch.rand(5, 5), torch.tensor([0, 1, 1, 2, 3])
    pairs = [(i, j) for i in range(5) for j in range(5) if owner[i] != owner[j]]
    a, b = (torch.tensor([float(matrix[i, j]) for i, j in pairs]) for matrix in (p, q))
    assert topology(p, q, owner) == pytest.approx(float(torch.corrcoef(torch.stack([a, b]))[0, 1]), abs=1e-5)
    assert math.isnan(topology(p, q, torch.zeros(5)))


def test_all_stages_then_the_checkpoint_alone_writes_the_same_captions(tones: Path, tmp_path: Path) -> None:
    settings = tiny({"kind": "classification"})
    prepared = prepare(settings, Folder(tones), tmp_path / "cache")
    torch.manual_seed(0)
    network = Synaesthesia(settings, prepared.state())
    result = fit(network, prepared, settings, folder=tmp_path / "run", device="cpu", progress=False)
    assert set(result.best) == {"music", "text", "joint"}
    assert int(network.music_steps) == 6
    metrics = network.train().evaluate(prepared, "test")
    assert network.training
    wanted = {"bleu4", "rougeL", "cider", "topology_bleu", "topology_latents", "recall@1", "median_rank",
              "chance_median_rank", "tags_roc_auc", "heuristic_bleu4"}  # fmt: skip
    assert wanted <= set(metrics) and metrics["pool"] == 4
    again, found, _ = load_system(tmp_path / "run" / "best.pt")
    assert found == settings
    assert isinstance(again, Synaesthesia)
    latents = torch.randn(3, 4, 32)
    assert write_captions(again.eval(), latents) == write_captions(network.eval(), latents)
    repeated = again.evaluate(prepared, "test")
    assert {name: repeated[name] for name in wanted} == pytest.approx({name: metrics[name] for name in wanted})


def test_bank_and_copies_come_back_with_the_weights() -> None:
    one, other = system().train(), system().train()
    one.losses(batch(seed=1), "joint")
    one.after_step("joint")
    other.load_state_dict(one.state_dict())
    torch.manual_seed(3)
    first = one.losses(batch(seed=2), "joint")
    torch.manual_seed(3)
    second = other.losses(batch(seed=2), "joint")
    assert float(first["structure"]) > 0
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_published_configurations_are_the_defaults_and_a_small_system() -> None:
    recipe = find("synaesthesia")
    assert load_settings(recipe, CONFIGS / "synaesthesia.toml", {}) == SynaesthesiaSettings()
    small = load_settings(recipe, CONFIGS / "synaesthesia-small.toml", {})
    assert small.model.structure.kind == "group" and small.model.width < 200


@pytest.mark.slow
def test_four_recordings_are_learnt_by_heart(tones: Path, tmp_path: Path) -> None:
    steps = {"batch": 4, "learning_rate": 3e-3, "weight_decay": 0.0}
    settings = tiny(
        {"kind": "group", "references": 8, "momentum": 0.9, "weight": 10.0},
        model={"grow_every": 3},
        stages={
            "music": {**steps, "steps": 10},
            "text": {**steps, "steps": 20},
            "joint": {**steps, "steps": 80, "evaluate_every": 40, "monitor": "caption"},
        },
    )
    prepared = prepare(settings, Folder(tones), tmp_path)
    torch.manual_seed(0)
    network = Synaesthesia(settings, prepared.state())
    fit(network, prepared, settings, device="cpu", progress=False)
    data = prepared.collate([prepared.splits["test"].example(i, None) for i in range(4)])
    with torch.no_grad():
        music = network.music_encoder(data["spectrogram"], data["frames"])
        text = network.text_encoder(data["ids"], data["mask"])
    expected = [text.lower() for text in SENTENCES.values()]
    for beams in (1, 3):
        written = write_captions(network, music, beams)
        assert ["".join(caption.split()) for caption in written] == ["".join(text.split()) for text in expected]
    assert cosines(music.flatten(1), text.flatten(1)).argmax(1).tolist() == [0, 1, 2, 3]
