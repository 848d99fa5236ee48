"""Models that can be installed: what is known of each before, and the installing; calls may take long."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from plugin.errors import InputError, printable
from plugin.parts.catalogue import catalogue
from plugin.parts.installed import check_name, install_folder
from plugin.parts.installing import install_command, run_install
from plugin.parts.part import Part


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that can be installed.

    Attributes
    ----------
    name : str
        Under which it is installed.
    role : str
        Empty where only the installing finds it out.
    source : str
        Repository on the hub, file or folder.
    licence, url : str
        As published; empty where nothing is known here.
    bytes : int
        What is fetched, or copied; 0 where that is not known.
    about : str
        What it is for.
    is_pack : bool
        A folder that is a part already, or a pack of `cuefinder-export`: it is copied.
    lacks : str
        What the user must do before it can be installed; mostly nothing.
    """

    name: str
    role: str
    source: str
    licence: str
    url: str
    bytes: int
    about: str = ""
    is_pack: bool = False
    lacks: str = ""


def look_at(name: str, source: str) -> Offer:
    """Say what would be installed.

    Parameters
    ----------
    name : str
        Of the catalogue, or of the user's own.
    source : str
        Where it is; for a model of the catalogue empty for where that says.

    Raises
    ------
    InputError
        The name is none, or it is not known where the model is.
    PackError
        The folder holds a pack that is no part, or a damaged one.
    """
    entry, where = catalogue().get(check_name(name.strip())), source.strip()
    if not where and entry is None:
        raise InputError(f"{name}: say where it is: a repository on the hub, a file or a folder")
    path = Path(where).expanduser() if where else None
    if path is not None and (path / "manifest.json").is_file():
        part = Part(path)
        return Offer(name.strip(), part.role, os.fspath(path.resolve()), part.licence, "", part.bytes, is_pack=True)
    if path is not None and path.exists():
        where = os.fspath(path.resolve())
    elif path is not None and path.is_absolute():
        raise InputError(f"{printable(path)}: there is no such file or folder")
    if entry is None:
        return Offer(name.strip(), "", where, "", "", 0)
    where = where or entry.source
    lacks = "" if where else f"{entry.name}: is not fetched from anywhere; {entry.how}"
    size = entry.bytes if where == entry.source else 0
    return Offer(entry.name, entry.role, where, entry.licence, entry.url, size, entry.about, lacks=lacks)


def install(offer: Offer, on_line: Callable[[str], None], check: Callable[[], None]) -> Part:
    """Install a model whose licence was accepted.

    Parameters
    ----------
    offer : Offer
    on_line : callable
        Is given each line that tells how far it is.
    check : callable
        Called several times a second; what it raises ends it, and nothing is left of it.

    Raises
    ------
    CuefinderError, OSError
        It cannot be installed.
    """
    if offer.is_pack:
        return install_folder(Path(offer.source), offer.name)
    return run_install(install_command(offer.name, source=offer.source), on_line, check)
