"""The parts on this machine: what there is, how one comes here from a folder, and how one goes."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from plugin.errors import InputError, PackError, printable
from plugin.parts.choice import CORE, choice, choose
from plugin.parts.part import Part
from plugin.paths import parts_dir, sync_folder

UNFINISHED = ".part-"
"""Start of the names of folders that are being written or removed."""
STALE = 86400.0
"""Seconds after which nobody writes to such a folder any more."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A folder of `parts_dir`.

    Attributes
    ----------
    name : str
    folder : pathlib.Path
    part : Part or None
        None where it cannot be used.
    problem : str
        Why.
    """

    name: str
    folder: Path
    part: Part | None
    problem: str = ""


def installed() -> list[Installed]:
    """Look at all parts, in the order of their names."""
    if not parts_dir().is_dir():
        return []
    folders = sorted(each for each in parts_dir().iterdir() if each.is_dir() and not each.name.startswith("."))
    return [_look(folder) for folder in folders]


def _look(folder: Path) -> Installed:
    try:
        return Installed(folder.name, folder, Part(folder))
    except PackError as error:
        return Installed(folder.name, folder, None, str(error))


def check_name(name: str) -> str:
    """Give a name back that can be that of a part's folder.

    Raises
    ------
    InputError
        It cannot.
    """
    if not name or name == CORE or name.startswith(".") or Path(name).name != name or printable(name) != name:
        raise InputError(f"{printable(name)!r}: no name for a model; use letters and digits, and not {CORE!r}")
    return name


def install_folder(source: Path, name: str) -> Part:
    """Copy a part, or a pack of `cuefinder-export`, to where parts are; it takes the place of one of the same name.

    Every file is checked. Nothing half-written is left, whatever happens.

    Raises
    ------
    InputError, PackError
        The folder holds no part, or the name is none.
    OSError
        The disk does not take it.
    """
    part = Part(source)
    problems = part.pack.problems()
    if problems:
        raise PackError(problems[0])
    target = parts_dir() / check_name(name)
    if target.exists() and target.samefile(source):
        raise InputError(f"{printable(source)}: is installed already")
    parts_dir().mkdir(parents=True, exist_ok=True)
    sweep()
    fresh = parts_dir() / f"{UNFINISHED}{secrets.token_hex(8)}"
    try:
        fresh.mkdir()
        for file in ("manifest.json", *part.pack.manifest["files"]):
            _copy(source / file, fresh / file)
        sync_folder(fresh)
        put(fresh, target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return Part(target)


def put(fresh: Path, target: Path) -> None:
    """Give a complete folder its name; what had it goes away afterwards."""
    old = target.with_name(f"{UNFINISHED}{secrets.token_hex(8)}")
    with suppress(FileNotFoundError):
        target.rename(old)
    try:
        fresh.rename(target)
    except BaseException:
        with suppress(FileNotFoundError):
            old.rename(target)
        raise
    sync_folder(target.parent)
    shutil.rmtree(old, ignore_errors=True)


def sweep() -> None:
    """Take away what a crash left more than a day ago."""
    for folder in parts_dir().glob(f"{UNFINISHED}*"):
        with suppress(FileNotFoundError):
            if time.time() - folder.stat().st_mtime > STALE:
                shutil.rmtree(folder, ignore_errors=True)


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as there, target.open("xb") as here:
        shutil.copyfileobj(there, here, 1 << 20)
        here.flush()
        os.fsync(here.fileno())


def remove(name: str, *, force: bool = False) -> list[str]:
    """Remove an installed part.

    Parameters
    ----------
    force : bool
        Put the core pack into its place where it is in use, instead of refusing.

    Returns
    -------
    list of str
        Roles that the core pack does from now on.

    Raises
    ------
    InputError
        There is none of this name, or it is in use.
    OSError
        It cannot be removed.
    """
    folder = parts_dir() / check_name(name)
    if not folder.is_dir():
        raise InputError(f"{name}: no such model is installed; see 'cuefinder models list'")
    roles = [role for role, chosen in chosen_or_none().items() if chosen == name]
    if roles and not force:
        raise InputError(
            f"{name}: in use for {', '.join(roles)}; choose another first ('cuefinder models use core --role"
            f" {roles[0]}'), or remove it with --force"
        )
    for role in roles:
        choose(role, None)
    # Out of sight at once: half of a part is never taken for one.
    gone = folder.with_name(f"{UNFINISHED}{secrets.token_hex(8)}")
    folder.rename(gone)
    shutil.rmtree(gone)
    return roles


def chosen_or_none() -> dict[str, str]:
    """Which part is in use for which role; nothing where that cannot be read."""
    try:
        return choice()
    except PackError:
        return {}
