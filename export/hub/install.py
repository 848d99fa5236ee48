"""Install a part: fetch, export, compare, put it in place when all of it is there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from export.hub.fetch import Say, fetch
from export.hub.kinds import kind_of
from export.hub.licence import Licence, read_licence
from export.pack import MANIFEST, check_place, write_pack
from plugin.errors import InputError, PackError, printable
from plugin.parts.catalogue import Entry, catalogue
from plugin.parts.installed import check_name
from plugin.parts.part import Part

BUILDERS = {"clap": "clap", "clip": "clip", "musicnn": "musicnn", "sentence": "sentence"}
"""Module of `export.hub` by kind of model."""


def install(
    name: str, parts: Path, *, source: str = "", core: Path, accepted: bool, offline: bool = False, say: Say
) -> Path:
    """Make the part NAME in the folder `parts`; one that is there is replaced.

    Parameters
    ----------
    name : str
        Of the catalogue, or of the user's own choice together with `source`.
    source : str
        Hub repository, folder or file; empty for the catalogue's.
    core : Path
        Pack whose space the words of a sentence encoder go into.
    accepted : bool
        Whether the user accepted the licence.

    Returns
    -------
    Path
        The part's folder.

    Raises
    ------
    CuefinderError, ExportError
        One line that says what is wrong; nothing is left behind.
    OSError
        The disk does not take it.
    """
    check_name(name)
    out = parts / name
    check_place(out)
    entry = catalogue().get(name)
    where = _source(name, source, entry)
    known = _known(where, entry)
    if not accepted:
        raise InputError(
            f"{name}: its licence ({known.name}) is not accepted; read it with 'python -m export.hub licence {name}', "
            "then give --licence-accepted"
        )
    found = fetch(where, say=say, offline=offline)
    licence = read_licence(found, known)
    for line in licence.lines()[:2]:
        say(line)

    def fill(folder: Path) -> dict[str, Any]:
        made = make(name, found, folder, core=core, say=say)
        made["licence"] = licence.name
        made.setdefault("provenance", {})
        made["provenance"] |= {"source": where, "licence": licence.accepted()}
        (folder / MANIFEST).write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
        Part(folder)  # what the engine will check is checked before it is in place
        return made

    write_pack(out, fill)
    return out


def find_licence(name: str, *, source: str = "", offline: bool = False, say: Say) -> Licence:
    """Read a model's licence without its weights; what the catalogue states where there is no more to be had."""
    entry = catalogue().get(name)
    where = _source(name, source, entry)
    found = fetch(where, say=say, offline=offline, texts_only=True)
    return read_licence(found, _known(where, entry))


def make(name: str, found: Path, folder: Path, *, core: Path, say: Say) -> dict[str, Any]:
    """Write the part into an empty folder; give its manifest."""
    if (found / MANIFEST).is_file():
        return copy_pack(found, folder)
    kind = kind_of(name, found)
    if kind not in BUILDERS:
        from export.build import export_system

        return export_system(kind, found, folder, provenance=f"training run {printable(found)}", say=say)
    build: Callable[..., dict[str, Any]] = import_module(f"export.hub.{BUILDERS[kind]}").build
    return build(str(found), folder, core=core, say=say)


def copy_pack(source: Path, folder: Path) -> dict[str, Any]:
    """Copy a pack or a part with all its files, every checksum compared; give its manifest."""
    part = Part(source)
    problems = part.pack.problems()
    if problems:
        raise PackError(problems[0])
    for name in part.pack.manifest["files"]:
        if Path(name).name != name:
            raise PackError(f"{printable(source)}: names {printable(name)}, no file of its own; it is not used")
        shutil.copyfile(source / name, folder / name)
    return part.pack.manifest


def _known(where: str, entry: Entry | None) -> Licence:
    """What is known of a licence before anything is fetched: from a folder here, or the catalogue's for its source."""
    known = Licence()
    if entry is not None and where == entry.source:
        known = Licence(entry.licence, "Cuefinder's catalogue", entry.url)
    here = Path(where).expanduser()
    return read_licence(here, known) if here.exists() else known


def _source(name: str, source: str, entry: Entry | None) -> str:
    if source:
        return source
    if entry is None:
        raise InputError(f"{printable(name)}: not in the catalogue; give a folder or a hub repository with --from")
    if not entry.source:
        raise InputError(f"{name}: {entry.how or 'give its folder or file with --from'}")
    return entry.source
