"""All models in one list: the core pack, what is installed, and what the catalogue offers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from plugin.errors import PackError
from plugin.pack import Pack
from plugin.parts.catalogue import catalogue
from plugin.parts.choice import CORE, parts_in_use
from plugin.parts.installed import Installed, installed
from plugin.paths import pack_dir


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model.

    Attributes
    ----------
    name, role, licence, about, url, source : str
        Empty where it is not known.
    state : str
        "in use", "installed", "damaged", or "" for one of the catalogue.
    size : int
        Bytes on the disk, or to fetch; 0 where that is not known.
    path : str
        Folder of one that is here.
    """

    name: str
    role: str
    state: str
    size: int
    licence: str
    about: str
    url: str = ""
    source: str = ""
    path: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Give the values as JSON can hold them."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Listing:
    """All models, and a line for each that is in use or installed and cannot be used."""

    rows: tuple[ModelRow, ...]
    problems: tuple[str, ...]


def list_models() -> Listing:
    """List the core pack, what is installed, then the rest of the catalogue."""
    in_use, problems = parts_in_use()
    names = {part.name for part in in_use.values()}
    core, core_problem = _core()
    if core_problem:
        problems.append(core_problem)
    here = installed()
    for each in here:
        if each.problem and not any(problem.startswith(each.problem) for problem in problems):
            problems.append(each.problem)
    there = {each.name for each in here}
    offers = (
        ModelRow(entry.name, entry.role, "", entry.bytes, entry.licence, entry.about, entry.url, entry.source)
        for entry in catalogue().values()
        if entry.name not in there
    )
    return Listing((core, *(_installed(each, each.name in names) for each in here), *offers), tuple(problems))


def _core() -> tuple[ModelRow, str]:
    about = "whatever no other model does"
    try:
        pack = Pack(pack_dir())
    except PackError as error:
        return ModelRow(CORE, "all", "damaged", 0, "", about, path=os.fspath(pack_dir())), str(error)
    size = sum(int(entry["bytes"]) for entry in pack.manifest["files"].values())
    licence = str(pack.manifest.get("licence", ""))
    return ModelRow(CORE, "all", "in use", size, licence, about, path=os.fspath(pack.folder)), ""


def _installed(each: Installed, is_used: bool) -> ModelRow:
    entry, part, path = catalogue().get(each.name), each.part, os.fspath(each.folder)
    about, url = ("", "") if entry is None else (entry.about, entry.url)
    if part is None:
        return ModelRow(each.name, "" if entry is None else entry.role, "damaged", 0, "", about, url, path=path)
    state = "in use" if is_used else "installed"
    return ModelRow(each.name, part.role, state, part.bytes, part.licence, about or part.pack.id, url, path=path)
