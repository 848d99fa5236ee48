"""A part: a folder with a model for one role, checked when it is opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from plugin.pack import Pack
from plugin.parts.checking import check_part, look_up, wrong

ROLES = ("joint", "text", "video", "tags", "captions", "titles")
OF_SYSTEMS = {"alcap": "captions", "synaesthesia": "captions", "titles": "titles"}
"""Roles of the packs of `cuefinder-export`, by their id."""


class Part:
    """An opened part. Its manifest is checked, and that its files are there in full; checksums when a file is used.

    Parameters
    ----------
    folder : Path

    Attributes
    ----------
    name : str
        Of the folder.
    role : str
        One of `ROLES`.
    pack : Pack
    settings : dict
        Those of the role: "part" of the manifest; of a system's pack its "settings".

    Raises
    ------
    PackError
        One line that says what is wrong.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.name = folder, folder.name
        self.pack = Pack(folder)
        self.role, self.settings = self._read()
        check_part(self.pack, self.role, self.settings)

    @property
    def space(self) -> str:
        """Of the vectors or tags that it gives."""
        return self.pack.space

    @property
    def licence(self) -> str:
        """As the manifest states it."""
        return str(self.pack.manifest.get("licence", "not stated"))

    @property
    def bytes(self) -> int:
        """Size of all its files."""
        return sum(int(entry["bytes"]) for entry in self.pack.manifest["files"].values())

    def setting(self, name: str) -> Any:
        """Give a setting, such as "text.max_tokens"; None where there is none."""
        return look_up(self.settings, name)

    def _read(self) -> tuple[str, dict[str, Any]]:
        manifest = self.pack.manifest
        if "part" in manifest:
            settings = manifest["part"]
            role = look_up(settings, "role")
        else:
            settings, role = manifest.get("settings"), OF_SYSTEMS.get(self.pack.id)
        if role is None:
            raise wrong(
                self.pack, f"a pack ({self.pack.id}), but no part: its manifest names no role; use it with --pack"
            )
        if role not in ROLES:
            raise wrong(self.pack, f"a part for {role!r}, which this Cuefinder does not know; update Cuefinder")
        if not isinstance(settings, dict):
            raise wrong(self.pack, "the part's manifest lacks its settings; install it again")
        return role, settings
