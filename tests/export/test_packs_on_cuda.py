"""Packs on a real card: float16, which is made for it, stays near what torch and the CPU give in float32."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiny_checkpoints

from export.build import export_system
from export.material import Material
from export.measure import agreement, captions, least_cosine
from export.systems.base import plan_of
from models.systems import registry
from models.trainer.checkpoint import load_system
from plugin.errors import DeviceError
from plugin.paths import pack_dir
from plugin.runtime.session import Graph
from plugin.runtime.system_pack import SystemPack


def why_none() -> str:
    """Say why there is no card here; empty where there is one."""
    try:
        Graph(pack_dir() / "text.onnx", "cuda")
    except DeviceError as error:
        return str(error)
    return ""


pytestmark = pytest.mark.skipif(bool(why_none()), reason=why_none() or "never")


FLOORS = {"fp32": 0.9999, "fp16": 0.98}
"""Least cosine with the CPU in float32."""
SAME = {"fp32": 1.0, "fp16": 0.5}
"""Share of captions that are the same: weights at random leave many words nearly alike."""


@pytest.mark.parametrize("name", ["titles", "alcap", "synaesthesia", "viml"])
def test_a_system_on_the_card_is_as_on_the_cpu(name: str, tmp_path: Path) -> None:
    checkpoint = getattr(tiny_checkpoints, name)(tmp_path / "best.pt")
    export_system(name, checkpoint, tmp_path / "pack", precisions=tuple(FLOORS), say=lambda line: None)
    plan = plan_of(name, *load_system(checkpoint, registry.find(name)), Material())
    plans = {each.name: each for each in plan.graphs}
    here = SystemPack(tmp_path / "pack", "cpu", "fp32")
    there = {precision: SystemPack(tmp_path / "pack", "cuda", precision) for precision in FLOORS}
    for precision, pack in there.items():
        for graph, each in plans.items():
            assert least_cosine(here.graph(graph), pack.graph(graph), each) > FLOORS[precision], (precision, graph)
            assert str(pack.graph(graph).placement) == "CUDA"
    if plan.captions is not None:
        packs = {"cpu": here, **there}
        found = {
            each: captions({graph: pack.graph(graph) for graph in plans}, plans, plan.captions)["captions"]
            for each, pack in packs.items()
        }
        for precision in there:
            same, of = agreement(found["cpu"], found[precision])
            assert same >= SAME[precision] * of, (precision, same, of)
