"""From a checkpoint to a pack: export, compare with torch, make the smaller precisions, measure them, write."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from export import measure, precision
from export.errors import ParityError
from export.graph import EXTERNAL, OPSET, export_graph
from export.material import Material
from export.pack import checksum, describe_files, write_pack
from export.parity import TOLERANCE, compare, difference
from export.systems.base import CaptionPlan, FrontPlan, GraphPlan, SystemPlan, plan_of
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
    with _traceable(material.seed):
        plan = plan_of(name, system, settings, state, material)
        about = {
            "checkpoint_sha256": checksum(file), "system": name, "stated": provenance, "checked_with": material.about,
            "configuration": settings.model_dump(mode="json"),
        }  # fmt: skip

        def fill(folder: Path) -> dict[str, Any]:
            made = write_graphs(plan, folder, precisions, external, say)
            for key, content in plan.files.items():
                (folder / key).write_bytes(content)
            files = describe_files(folder)
            return {
                "format": FORMAT, "id": name, "version": VERSION, "licence": licence,
                "space": f"{name}-{about['checkpoint_sha256'][:12]}", "settings": plan.settings,
                "outside": list(plan.outside), **made, "files": files, "provenance": about,
            }  # fmt: skip

        return write_pack(out, fill)


def write_graphs(
    plan: SystemPlan, folder: Path, precisions: Sequence[str], external: int, say: Say
) -> dict[str, Any]:
    """Write the graphs and `parity.json`; give `graphs`, `precisions` and `devices` of the manifest."""
    report: dict[str, Any] = {"tolerance": TOLERANCE, "front_ends": _check_fronts(plan.fronts), "graphs": {}}
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
        report["graphs"][name], worst = _check_graph(each, opened[name])
        say(f"{name}: {measure.size(_files(path)) / 1e6:.2f} MB, differs from torch by {worst:.1e} of its range")
        graphs[name] = _described(each, path, worst)
    spoken: dict[str, Any] = {}
    if plan.captions is not None:
        spoken = measure.captions(opened, plans, plan.captions)
        report["captions"] = _check_captions(plan.captions, spoken["captions"])
        say(f"captions: {report['captions']['compared']} token for token as torch writes them")
    entries: dict[str, Any] = {"fp32": {"device": "any", "bytes": _bytes(paths["fp32"])}}
    entries["fp32"]["milliseconds_on_the_cpu"] = round(measure.milliseconds(opened, plans), 2)
    if spoken:
        entries["fp32"]["milliseconds_a_caption_on_the_cpu"] = round(spoken["milliseconds"], 2)
    devices = {"cpu": "fp32", "cuda": "fp32"}
    for kind in (each for each in precisions if each != "fp32"):
        paths[kind], counts = _convert(kind, plan, paths["fp32"], external)
        both = {each: paths[kind].get(each, path) for each, path in paths["fp32"].items()}
        entries[kind] = _measured(plan, opened, both, spoken, kind)
        entries[kind] |= {"device": DEVICES[kind], "converted": counts}
        if entries[kind].pop("good") and counts and _pays(kind, entries):
            devices[DEVICES[kind]] = kind
        for name, path in paths[kind].items():
            graphs[name]["files"][kind] = [file.name for file in _files(path)]
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
        "file": path.name, "files": {"fp32": [file.name for file in _files(path)]}, "opset": OPSET,
        "inputs": list(plan.inputs), "outputs": list(plan.outputs), "shapes": shapes, "types": types,
        "largest_relative_difference_from_torch": float(f"{worst:.2g}"),
    }  # fmt: skip


def _check_fronts(fronts: Sequence[FrontPlan]) -> dict[str, Any]:
    """Compare the front-ends with the systems' own functions on noise of two seconds."""
    found = {}
    for front in fronts:
        sound = 0.1 * torch.randn(64_000, generator=torch.Generator().manual_seed(1))
        with torch.inference_mode():
            made = front.module(sound[None])[0].numpy()
        row = difference(front.own(sound.numpy()).reshape(made.shape), made, front.name)
        if row.relative > TOLERANCE:
            raise ParityError(f"{front.name}: the front-end differs from the system's own by {row.relative:.2g}")
        found[front.name] = _rounded(asdict(row))
    return found


def _check_graph(plan: GraphPlan, graph: Graph) -> tuple[dict[str, Any], float]:
    rows = {}
    worst = 0.0
    for label, example in plan.examples.items():
        found = compare(plan.own or plan.module, graph, plan.inputs, example, f"{plan.name}.onnx, {label}")
        rows[label] = {name: _rounded(asdict(row)) for name, row in zip(plan.outputs, found, strict=True)}
        worst = max(worst, *(row.relative for row in found))
    return rows, worst


def _check_captions(plan: CaptionPlan, found: dict[str, Any]) -> dict[str, Any]:
    """Compare captions token for token; ParityError at the first that differs."""
    count = tokens = 0
    for case, example in plan.cases.items():
        for beams in measure.widths(plan):
            with torch.inference_mode():
                wanted = plan.write(example, beams)
            for number, (own, other) in enumerate(zip(wanted, found[f"{case}, {beams} beams"], strict=True)):
                if tuple(own) != tuple(other):
                    raise ParityError(
                        f"caption {number} of {case}, {beams} beams: ONNX writes {list(other)}, torch {list(own)}"
                    )
                count, tokens = count + 1, tokens + len(own)
    return {"compared": count, "equal": count, "tokens": tokens, "beams": list(measure.widths(plan))}


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


def _measured(
    plan: SystemPlan, opened: dict[str, Graph], paths: dict[str, Path], spoken: dict[str, Any], kind: str
) -> dict[str, Any]:
    """Compare a precision with fp32: least cosine by graph, captions that stay the same, bytes, time."""
    graphs: dict[str, measure.Runs] = {
        name: measure.PlainGraph(path) if kind == "fp16" else Graph(path, "cpu", threads=1)
        for name, path in paths.items()
    }
    plans = {each.name: each for each in plan.graphs}
    cosines = {name: round(measure.least_cosine(opened[name], graphs[name], each), 5) for name, each in plans.items()}
    entry: dict[str, Any] = {"bytes": _bytes(paths), "least_cosine": cosines}
    entry["milliseconds_on_the_cpu"] = round(measure.milliseconds(graphs, plans), 2)
    good = min(cosines.values()) >= measure.GOOD_COSINE
    if plan.captions is not None:
        found = measure.captions(graphs, plans, plan.captions)
        equal, count = measure.agreement(spoken["captions"], found["captions"])
        entry |= {"captions_equal": equal, "captions": count}
        entry["milliseconds_a_caption_on_the_cpu"] = round(found["milliseconds"], 2)
        good = good and equal >= measure.GOOD_CAPTIONS * count
    return {**entry, "good": good}


def _pays(kind: str, entries: dict[str, Any]) -> bool:
    """Whether a precision is worth its loss: int8 must be faster here; float16 is for a device that is not here."""
    return kind != "int8" or entries[kind]["milliseconds_on_the_cpu"] < entries["fp32"]["milliseconds_on_the_cpu"]


def _told(entry: dict[str, Any]) -> str:
    line = f"{entry['bytes'] / 1e6:.2f} MB, least cosine {min(entry['least_cosine'].values()):.4f}"
    if "captions" in entry:
        line += f", {entry['captions_equal']} of {entry['captions']} captions as in fp32"
    return line


def _files(path: Path) -> list[Path]:
    """A graph with its file of weights, where it has one."""
    return [file for file in (path, path.with_name(f"{path.name}.data")) if file.exists()]


def _bytes(paths: dict[str, Path]) -> int:
    return sum(measure.size(_files(path)) for path in paths.values())


def _rounded(row: dict[str, float]) -> dict[str, float]:
    return {name: float(f"{value:.3g}") for name, value in row.items()}


@contextmanager
def _traceable(seed: int) -> Iterator[None]:
    """Repeatable random examples, and attention of torch that can be traced: its fast path is one opaque operator."""
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
