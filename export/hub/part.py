"""A published checkpoint as a part: graphs in every precision, compared with torch, its files and its manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from export.build import PRECISIONS, Say, traceable, write_graphs
from export.graph import EXTERNAL
from export.pack import checksum, describe_files, write_pack
from export.systems.base import FrontPlan, GraphPlan, SystemPlan
from plugin.pack import FORMAT

VERSION = "1"
SOURCES = (".safetensors", ".bin", ".pt", ".json", ".txt", ".model")
"""Endings of what makes a checkpoint: weights, settings, tokenizers."""
NOT_STATED = "not stated"


@dataclass(frozen=True)
class PartPlan:
    """All that goes into a part; `GraphPlan` says how a graph is given.

    Attributes
    ----------
    id : str
        Of the manifest: the kind of model, such as "clap".
    part : dict
        "role" and the settings of that role.
    graphs : list of GraphPlan
        Give `own` to compare a graph with what the published model's own code makes of the same inputs, preprocessing
        included. Examples whose name holds "random" do not calibrate int8.
    source : Path
        Folder or file of the checkpoint; its checksum names the space.
    files : mapping
        Content of further files by name: tokenizer.json, vocabulary.json.
    space : str
        Of the vectors or tags; empty for a space of the checkpoint's own.
    provenance : dict
        What the manifest says further of where the part is from and how it was checked.
    """

    id: str
    part: dict[str, Any]
    graphs: list[GraphPlan]
    source: Path
    files: Mapping[str, bytes] = field(default_factory=dict)
    fronts: tuple[FrontPlan, ...] = ()
    space: str = ""
    provenance: dict[str, Any] = field(default_factory=dict)


def write_part(
    plan: PartPlan, out: Path, *, say: Say, precisions: Sequence[str] = PRECISIONS, external: int = EXTERNAL
) -> dict[str, Any]:
    """Export, compare and write a part; `out` appears when all of it is there.

    `export.hub.install` puts licence and source into the manifest afterwards.

    Parameters
    ----------
    out : Path
        Folder that is not there, is empty, or holds a pack.
    say : callable
        Is given a line at a time of what was made.
    precisions : sequence of str
        Beside fp32, which there always is; each is taken under the bars of `export.build` alone.

    Returns
    -------
    dict
        The manifest.

    Raises
    ------
    ParityError
        A graph differs from torch; nothing is written.
    OSError
        The disk does not take it.
    """
    digest = source_digest(plan.source)
    system = SystemPlan(plan.graphs, {}, plan.files, fronts=plan.fronts)

    def fill(folder: Path) -> dict[str, Any]:
        with traceable(0):
            made = write_graphs(system, folder, precisions, external, say)
        for name, content in plan.files.items():
            (folder / name).write_bytes(content)
        return {
            "format": FORMAT, "id": plan.id, "version": VERSION, "licence": NOT_STATED,
            "space": plan.space or f"{plan.id}-{digest[:12]}", "part": plan.part, "settings": {}, **made,
            "files": describe_files(folder), "provenance": {"checkpoint_sha256": digest, **plan.provenance},
        }  # fmt: skip

    return write_pack(out, fill)


def source_digest(source: Path) -> str:
    """SHA-256 of a checkpoint: of its file, or of the names and checksums of the files that make it."""
    if source.is_file():
        return checksum(source)
    together = hashlib.sha256()
    for path in sorted(source.rglob("*")):
        if path.suffix in SOURCES and path.is_file():
            together.update(f"{path.relative_to(source).as_posix()} {checksum(path)}\n".encode())
    return together.hexdigest()
