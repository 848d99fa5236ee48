from __future__ import annotations

import pytest
import torch
from viml_data import settings, shelf

from models.metrics import retrieval
from models.systems import registry
from models.systems.viml.evaluation import embed
from models.systems.viml.prepare import prepare
from models.systems.viml.recipe import RECIPE, build
from models.systems.viml.system import ViML
from models.trainer.fit import fit

pytestmark = pytest.mark.usefixtures("word_vectors")
VARIANTS = ("viml", "mvpt", "mvpt+", "mt")


def made(tmp_path, model=None, **data):
    chosen = settings(model, **data)
    prepared = prepare(chosen, shelf(tmp_path), tmp_path)
    torch.manual_seed(0)
    return build(chosen, prepared.state()), prepared


def batch_of(prepared, count=4):
    return prepared.collate([prepared.splits["train"].example(n, None) for n in range(count)])


def test_the_registry_finds_it():
    assert registry.find("viml") is RECIPE


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_learns_with_all_its_weights(tmp_path, variant):
    system, prepared = made(tmp_path, {"variant": variant})
    losses = system(batch_of(prepared), "train")
    assert torch.allclose(losses["loss"], losses["query_to_music"] + losses["music_to_query"])
    losses["loss"].backward()
    assert all(parameter.grad is not None for parameter in system.trainable("train"))


@pytest.mark.parametrize("fusion", ["addition", "linear", "mlp", "transformer1", "transformer2"])
def test_every_fusion_learns(tmp_path, fusion):
    system, prepared = made(tmp_path, {"fusion": fusion})
    system(batch_of(prepared), "train")["loss"].backward()
    assert all(parameter.grad is not None for parameter in system.parameters())


def test_variants_look_at_what_they_should(tmp_path):
    queries = {}
    for variant in VARIANTS:
        system, prepared = made(tmp_path, {"variant": variant})
        queries[variant] = {name.split("/")[1] for name in system.evaluate(prepared, "valid") if name.count("/") == 2}
        assert (system.video is None, system.text is None) == (variant == "mt", variant.startswith("mvpt"))
    assert queries["viml"] == {"video+text", "video", "text"}
    assert queries["mvpt"] == queries["mvpt+"] == {"video"}
    assert queries["mt"] == {"text"}


def test_a_sharper_temperature_is_that_of_the_variant(tmp_path):
    plain, prepared = made(tmp_path, {"variant": "mvpt"})
    plus, _ = made(tmp_path, {"variant": "mvpt+"})
    plus.load_state_dict(plain.state_dict())
    batch = batch_of(prepared)
    plain.eval()
    plus.eval()
    music = plain.embed_music(batch["music"], batch["music_valid"])
    cosine = plain.embed_query(batch["video"], batch["video_valid"]) @ music.T
    for system, tau in ((plain, 0.3), (plus, 0.03)):
        expected = torch.nn.functional.cross_entropy(cosine / tau, torch.arange(4))
        assert torch.allclose(system.losses(batch, "train")["query_to_music"], expected, rtol=1e-4)


def test_evaluation_agrees_with_the_similarities(tmp_path):
    system, prepared = made(tmp_path)
    system.train()
    values = system.evaluate(prepared, "test")
    assert system.training
    vectors = embed(system, prepared, "test", "track")
    similarity = vectors["video+text"] @ vectors["music"].T
    expected = retrieval.evaluate(similarity, torch.arange(6).numpy())
    for metric in ("recall@1", "recall@5", "recall@10", "median_rank", "mrr"):
        assert values[f"track/video+text/{metric}"] == pytest.approx(expected[metric])
    assert values["score"] == pytest.approx(expected["mrr"])
    assert values["track/chance_recall@1"] == pytest.approx(100 / 6)


def test_pools_are_as_large_as_the_settings_say(tmp_path):
    system, prepared = made(tmp_path, track_pool=4, clip_pool=3, clip_segments=2)
    values = system.evaluate(prepared, "test")
    assert (values["track/pool"], values["clip/pool"]) == (4, 3)


def test_tracks_no_longer_than_a_clip_are_evaluated_once(tmp_path):
    system, prepared = made(tmp_path, clip_segments=3)
    assert not any(name.startswith("clip/") for name in system.evaluate(prepared, "test"))
    shorter, prepared = made(tmp_path, clip_segments=2)
    values = shorter.evaluate(prepared, "test")
    assert values["clip/video+text/mrr"] > 0


def test_one_query_of_nothing_is_possible(tmp_path):
    system, _ = made(tmp_path)
    assert system.eval().embed_query().shape == (1, 32)


@pytest.mark.slow
@pytest.mark.parametrize(("variant", "query"), [("viml", "video+text"), ("mt", "text"), ("mvpt+", "video")])
def test_sixteen_pairs_are_learnt_by_heart(tmp_path, variant, query):
    chosen = settings({"variant": variant}, {"epochs": 150, "monitor": "loss", "mode": "min"}, text_dropout=0.4)
    data = shelf(tmp_path)
    data.splits["valid"] = data.splits["train"]
    # Unlike texts, so that text alone can tell all apart.
    data.splits["train"][:] = [
        type(each)(**{**vars(each), "texts": (f"{each.texts[0]} number {n}",)})
        for n, each in enumerate(data.splits["train"])
    ]
    prepared = prepare(chosen, data, tmp_path)
    torch.manual_seed(0)
    system = build(chosen, prepared.state())
    fit(system, prepared, chosen, folder=None, device="cpu", progress=False)
    values = system.evaluate(prepared, "train")
    assert values[f"track/{query}/recall@1"] == 100.0


def test_training_is_repeatable(tmp_path):
    found = []
    for _ in range(2):
        system, prepared = made(tmp_path)
        fit(system, prepared, settings(train={"epochs": 2}), folder=None, device="cpu", progress=False)
        found.append(system.state_dict())
    assert all(torch.equal(found[0][name], found[1][name]) for name in found[0])


def test_a_checkpoint_is_enough_to_query(tmp_path):
    from models.trainer.checkpoint import load_system

    system, prepared = made(tmp_path, standardise=True)
    fit(system, prepared, settings(train={"epochs": 2}, standardise=True), folder=tmp_path / "run", device="cpu",
        progress=False)  # fmt: skip
    again, _, _ = load_system(tmp_path / "run")
    assert isinstance(again, ViML)
    batch = batch_of(prepared)
    with torch.no_grad():
        one, two = (each.eval().embed_query(batch["video"], batch["video_valid"]) for each in (system, again))
    assert torch.equal(one, two)
