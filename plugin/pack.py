"""A pack: a folder of ONNX graphs with a manifest that says what is in it and what its files must hash to."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plugin.errors import PackError, printable

FORMAT = 1


@dataclass(frozen=True)
class Tag:
    """A word of the vocabulary.

    Attributes
    ----------
    name : str
    group : str
        "genre", "mood", "instrument" or "vocal".
    threshold : float
        Score from which the tag is shown and filtered by.
    synonyms : tuple of str
        Other words for it, by which its tracks are found as well.
    usual : float
        Mean score over recordings: a tag far above it says what is particular of a track.
    """

    name: str
    group: str
    threshold: float
    synonyms: tuple[str, ...] = ()
    usual: float = 0.1


@dataclass(frozen=True)
class Vocabulary:
    """The tags in the order of the music encoder's output."""

    tags: tuple[Tag, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The words alone."""
        return tuple(tag.name for tag in self.tags)


class Pack:
    """An opened pack; files are checked against the manifest when they are used.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    PackError
        No manifest, one that cannot be read or is not whole, or one of a newer format.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        name = printable(folder)
        try:
            self.manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise PackError(
                f"{name}: no model pack here (manifest.json is missing); give another with --pack"
            ) from None
        except (OSError, ValueError) as error:
            raise PackError(f"{name}: the pack's manifest cannot be read ({error}); install the pack again") from error
        if not isinstance(self.manifest, dict):
            raise PackError(f"{name}: the pack's manifest is no manifest; install the pack again")
        if self.manifest.get("format") != FORMAT:
            raise PackError(
                f"{name}: pack format {self.manifest.get('format')!r}, this Cuefinder reads {FORMAT}; update Cuefinder"
            )
        wanted = {"id": str, "version": str, "space": str, "files": dict}
        missing = [key for key, kind in wanted.items() if not isinstance(self.manifest.get(key), kind)]
        if missing:
            raise PackError(f"{name}: the pack's manifest lacks {', '.join(missing)}; install the pack again")
        self.id: str = self.manifest["id"]
        self.version: str = self.manifest["version"]
        self.space: str = self.manifest["space"]

    def file(self, name: str) -> Path:
        """Path of one of the pack's files, after its checksum has been compared.

        Raises
        ------
        PackError
            The file is missing, or is not the one the manifest describes.
        """
        path = self.folder / name
        try:
            expected = self.manifest["files"][name]["sha256"]
        except KeyError:
            raise PackError(f"{printable(path)}: not a file of pack {self.id}; install the pack again") from None
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise PackError(f"{printable(path)}: cannot be read ({error.strerror}); install the pack again") from error
        if found != expected:
            raise PackError(
                f"{printable(path)}: wrong checksum ({found[:12]}, the manifest says {expected[:12]});"
                " the file is damaged, install the pack again"
            )
        return path

    def problems(self) -> list[str]:
        """Check every file; one line for each that is missing or damaged."""
        lines = []
        for name in self.manifest["files"]:
            try:
                self.file(name)
            except PackError as error:
                lines.append(str(error))
        return lines

    def json(self, name: str) -> Any:
        """Parsed content of a JSON file of the pack, checked."""
        return json.loads(self.file(name).read_text(encoding="utf-8"))

    def vocabulary(self) -> Vocabulary:
        """Read the tags and their thresholds."""
        return Vocabulary(
            tuple(
                Tag(t["name"], t["group"], t["threshold"], tuple(t.get("synonyms", ())), t.get("usual", 0.1))
                for t in self.json("vocabulary.json")["tags"]
            )
        )
