"""What the page of models and device shows; asked for on worker threads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gui.models.engines import Engines
from plugin.doctor import Report
from plugin.errors import CuefinderError, PackError
from plugin.pack import Pack
from plugin.parts.listing import ModelRow, list_models
from plugin.paths import data_dir, pack_dir
from plugin.runtime.device import Placement


@dataclass(frozen=True, slots=True)
class GraphFacts:
    """A graph of the pack in use; `size` in bytes, `device` where it runs."""

    name: str
    size: int
    device: str


@dataclass(frozen=True, slots=True)
class PackFacts:
    """A pack on this machine.

    Attributes
    ----------
    folder : pathlib.Path
    id, version, licence, space : str
        Empty where the folder holds no pack that can be read.
    size : int
        Bytes of all its files.
    problems : tuple of str
        What is wrong with it; only of the pack in use are the files compared with their checksums.
    graphs : tuple of GraphFacts
        Those of the pack in use.
    """

    folder: Path
    id: str = ""
    version: str = ""
    licence: str = ""
    space: str = ""
    size: int = 0
    problems: tuple[str, ...] = ()
    graphs: tuple[GraphFacts, ...] = ()

    @property
    def is_shipped(self) -> bool:
        """Whether it came with Cuefinder."""
        return self.folder == pack_dir()


@dataclass(frozen=True, slots=True)
class Machine:
    """The models in use, where they run, and the packs there are.

    Attributes
    ----------
    pack : PackFacts or None
        None where no models could be loaded.
    placement : Placement or None
    packs : tuple of PackFacts
        All that are known, the shipped one first.
    problem : str
        Why there are no models.
    models : tuple of ModelRow
        The core pack, and all that can be, or are, installed beside it.
    unusable : tuple of str
        A line for each that is in use, or installed, and cannot be used.
    changed : bool
        Another process has put other models into use since the last look; they are in use here too now.
    """

    pack: PackFacts | None
    placement: Placement | None
    packs: tuple[PackFacts, ...]
    problem: str = ""
    models: tuple[ModelRow, ...] = ()
    unusable: tuple[str, ...] = ()
    changed: bool = False


def packs_folder() -> Path:
    """Give the folder whose folders are packs; it may not exist."""
    return data_dir() / "packs"


def survey(engines: Engines, wanted: Path | None) -> Machine:
    """Look at the models in use, loading them if need be, and at the packs there are.

    Parameters
    ----------
    engines : Engines
    wanted : pathlib.Path, optional
        The pack that the settings name.
    """
    packs, listing = find_packs(wanted), list_models()
    try:
        changed = engines.follow()
        engine = engines.engine()
    except CuefinderError as error:
        return Machine(None, None, packs, str(error), listing.rows, listing.problems)
    unusable = tuple(dict.fromkeys((*engine.problems, *listing.problems)))
    pack = read_pack(engine.pack, engine.placements)
    return Machine(pack, engine.placement, packs, "", listing.rows, unusable, changed)


def find_packs(wanted: Path | None = None) -> tuple[PackFacts, ...]:
    """Find the shipped pack, those in `packs_folder`, and the wanted one wherever it is."""
    folders = [pack_dir()]
    if packs_folder().is_dir():
        folders += sorted(folder for folder in packs_folder().iterdir() if folder.is_dir())
    if wanted is not None:
        folders.append(wanted)
    return tuple(_open(folder) for folder in dict.fromkeys(folders))


def read_pack(pack: Pack, placements: Mapping[str, Placement]) -> PackFacts:
    """Check a pack's files and say what is in it."""
    graphs = tuple(
        GraphFacts(name, _size(pack.folder / f"{name}.onnx"), placement.device)
        for name, placement in placements.items()
    )
    return _facts(pack, tuple(pack.problems()), graphs)


def size_text(size: int) -> str:
    """Write a number of bytes."""
    return f"{size / 1e6:.1f} MB"


def report_text(report: Report) -> str:
    """Write what the doctor found as text, what is wrong first."""
    lines = [f"problem: {problem}" for problem in report.problems] + [report.verdict]
    for section, rows in report.rows():
        width = max((len(name) for name, _ in rows), default=0)
        lines += ["", section, *(f"  {name:{width}}  {value}" for name, value in rows)]
    return "\n".join(lines)


def _open(folder: Path) -> PackFacts:
    try:
        return _facts(Pack(folder), (), ())
    except PackError as error:
        return PackFacts(folder, problems=(str(error),))


def _facts(pack: Pack, problems: tuple[str, ...], graphs: tuple[GraphFacts, ...]) -> PackFacts:
    size = sum(_size(pack.folder / name) for name in pack.manifest["files"])
    licence = str(pack.manifest.get("licence", ""))
    return PackFacts(pack.folder, pack.id, pack.version, licence, pack.space, size, problems, graphs)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
