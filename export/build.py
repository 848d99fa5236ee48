"""From a checkpoint to a pack: export, compare with torch, make the smaller precisions, measure them, write."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from export import measure, precision
from export.checks import bytes_of, check_captions, check_fronts, check_graph, files_of, measured
from export.graph import EXTERNAL, OPSET, export_graph
from export.material import Material
from export.pack import checksum, describe_files, write_pack
from export.parity import TOLERANCE
from export.systems.base import GraphPlan, SystemPlan, plan_of
from models.systems import registry
from models.trainer.checkpoint import BEST, load_system
from plugin.pack import FORMAT
from plugin.runtime.session import Graph

PRECISIONS = ("fp32", "fp16", "int8")
DEVICES = {"fp16": "cuda", "int8": "cpu"}
VERSION = "1"
Say = Callable[[str], None]


def export_system(
    name: str, checkpoint: Path, out: Path, *, precisions: Sequence[str] = PRECISIONS,
    material: Material | None = None, licence: str = "not stated", provenance: str = "not stated",
    external: int = EXTERNAL, say: Say = print,
) -> dict[str, Any]:  # fmt: skip
    """Write the pack of a trained system.

    Parameters
    ----------
    name : str
        Of the system; the checkpoint must be of it.
    checkpoint : Path
        File, or the folder of a run.
    precisions : sequence of str
        Beside fp32, which there always is.
    external : int
        Bytes of weights from which they lie beside their graph.

    Returns
    -------
    dict
        The manifest.

    Raises
    ------
    CuefinderError
        What the user can put right: checkpoint, place, material.
    ParityError
        A graph, a front-end or a caption differs from torch; nothing is written.
    OSError
        The disk does not take it.
    """
    material = material or Material()
    system, settings, state = load_system(checkpoint, registry.find(name))
    file = checkpoint / BEST if checkpoint.is_dir() else checkpoint
    digest = checksum(file)
    with traceable(material.seed):
        plan = plan_of(name, system, settings, state, material)
        about: dict[str, Any] = {
            "checkpoint_sha256": digest, "system": name, "stated": provenance, "checked_with": material.about,
            "configuration": settings.model_dump(mode="json"),
        }  # fmt: skip

        def fill(folder: Path) -> dict[str, Any]:
            made = write_graphs(plan, folder, precisions, external, say)
            for key, content in plan.files.items():
                (folder / key).write_bytes(content)
            files = describe_files(folder)
            return {
                "format": FORMAT, "id": name, "version": VERSION, "licence": licence,
                "space": f"{name}-{digest[:12]}", "settings": plan.settings,
                "outside": list(plan.outside), **made, "files": files, "provenance": about,
            }  # fmt: skip

        return write_pack(out, fill)


def write_graphs(plan: SystemPlan, folder: Path, precisions: Sequence[str], external: int, say: Say) -> dict[str, Any]:
    """Write the graphs and `parity.json`; give `graphs`, `precisions` and `devices` of the manifest."""
    report: dict[str, Any] = {"tolerance": TOLERANCE, "front_ends": check_fronts(plan.fronts), "graphs": {}}
    plans = {each.name: each for each in plan.graphs}
    graphs: dict[str, Any] = {}
    paths = {"fp32": {name: folder / f"{name}.onnx" for name in plans}}
    opened = {}
    for name, each in plans.items():
        path = paths["fp32"][name]
        export_graph(
            each.module, next(iter(each.examples.values())), path, inputs=each.inputs, outputs=each.outputs,
            dynamic=each.dynamic, external=external,
        )  # fmt: skip
        opened[name] = Graph(path, "cpu", threads=1)
        report["graphs"][name], worst = check_graph(each, opened[name])
        say(f"{name}: {measure.size(files_of(path)) / 1e6:.2f} MB, differs from torch by {worst:.1e} of its range")
        graphs[name] = _described(each, path, worst)
    spoken: dict[str, Any] = {}
    if plan.captions is not None:
        spoken = measure.captions(opened, plans, plan.captions)
        report["captions"] = check_captions(plan.captions, spoken["captions"])
        say(f"captions: {report['captions']['compared']} token for token as torch writes them")
    entries: dict[str, Any] = {"fp32": {"device": "any", "bytes": bytes_of(paths["fp32"])}}
    entries["fp32"]["milliseconds_on_the_cpu"] = round(measure.milliseconds(opened, plans), 2)
    if spoken:
        entries["fp32"]["milliseconds_a_caption_on_the_cpu"] = round(spoken["milliseconds"], 2)
    devices = {"cpu": "fp32", "cuda": "fp32"}
    for kind in (each for each in precisions if each != "fp32"):
        paths[kind], counts = _convert(kind, plan, paths["fp32"], external)
        both = {each: paths[kind].get(each, path) for each, path in paths["fp32"].items()}
        entries[kind] = measured(plan, opened, both, spoken, kind)
        entries[kind] |= {"device": DEVICES[kind], "converted": counts}
        if entries[kind].pop("good") and counts and _pays(kind, entries):
            devices[DEVICES[kind]] = kind
        for name, path in paths[kind].items():
            graphs[name]["files"][kind] = [file.name for file in files_of(path)]
        say(f"{kind}: {_told(entries[kind])}")
    (folder / "parity.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return {"graphs": graphs, "precisions": entries, "devices": devices}


def _described(plan: GraphPlan, path: Path, worst: float) -> dict[str, Any]:
    """What the manifest says of a graph: shapes by output and input with names for what is dynamic."""
    example = next(iter(plan.examples.values()))
    shapes = {
        name: [plan.dynamic.get(name, {}).get(axis, size) for axis, size in enumerate(value.shape)]
        for name, value in zip(plan.inputs, example, strict=True)
    }
    types = {name: str(value.dtype).removeprefix("torch.") for name, value in zip(plan.inputs, example, strict=True)}
    return {
        "file": path.name, "files": {"fp32": [file.name for file in files_of(path)]}, "opset": OPSET,
        "inputs": list(plan.inputs), "outputs": list(plan.outputs), "shapes": shapes, "types": types,
        "largest_relative_difference_from_torch": float(f"{worst:.2g}"),
    }  # fmt: skip


def _convert(
    kind: str, plan: SystemPlan, paths: dict[str, Path], external: int
) -> tuple[dict[str, Path], dict[str, Any]]:
    """Write the graphs that a precision is of use to; give their paths, and what was converted."""
    made, counts = {}, {}
    for each in plan.graphs:
        source = paths[each.name]
        target = source.with_name(f"{each.name}.{kind}.onnx")
        if kind == "fp16":
            converted: Any = precision.to_fp16(source, target, each.exact, external)
        else:
            feeds = [
                {name: value.numpy() for name, value in zip(each.inputs, example, strict=True)}
                for label, example in each.examples.items()
                if "random" not in label or len(each.examples) == 1
            ]
            converted = precision.to_int8(source, target, each.exact, feeds, external)
        if converted:
            made[each.name], counts[each.name] = target, converted
    return made, counts


def _pays(kind: str, entries: dict[str, Any]) -> bool:
    """Whether a precision is worth its loss: int8 must be faster here; float16 is for a device that is not here."""
    return kind != "int8" or entries[kind]["milliseconds_on_the_cpu"] < entries["fp32"]["milliseconds_on_the_cpu"]


def _told(entry: dict[str, Any]) -> str:
    line = f"{entry['bytes'] / 1e6:.2f} MB, least cosine {min(entry['least_cosine'].values()):.4f}"
    if "captions" in entry:
        line += f", {entry['captions_equal']} of {entry['captions']} captions as in fp32"
    return line


@contextmanager
def traceable(seed: int) -> Iterator[None]:
    """Repeatable random examples, and attention of torch that can be traced: its fast path is one opaque operator."""
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
