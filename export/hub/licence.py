"""Licences of published checkpoints: what their folders state, to be read before they are accepted."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from export.hub.fetch import TEXTS

NOT_STATED = "not stated"
SHOWN = 20_000
"""Characters of a licence's text that are shown."""


@dataclass(frozen=True)
class Licence:
    """What is stated of a model.

    Attributes
    ----------
    name : str
        Such as "apache-2.0"; "not stated" where it is not.
    stated_in : str
        Where the name stands.
    url : str
        The model's page, or that of the licence; may be empty.
    text : str
        The licence in full where the folder has it; else empty.
    """

    name: str = NOT_STATED
    stated_in: str = ""
    url: str = ""
    text: str = ""

    def lines(self) -> list[str]:
        """The licence for a person to read."""
        head = f"licence: {self.name}" + (f" (stated in {self.stated_in})" if self.stated_in else "")
        more = [f"see {self.url}"] if self.url else []
        return [head, *more, *self.text[:SHOWN].splitlines()]

    def accepted(self) -> dict[str, Any]:
        """What the manifest says of it once the user accepted."""
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        return {"name": self.name, "stated_in": self.stated_in, "url": self.url, "accepted": True, "accepted_at": now}


def read_licence(source: Path, known: Licence) -> Licence:
    """Read the licence of a checkpoint or a pack.

    Parameters
    ----------
    source : Path
        Folder, or a file, whose folder is looked into.
    known : Licence
        What is known otherwise; taken for all that the folder does not state.
    """
    folder = source if source.is_dir() else source.parent
    texts = (folder / name for name in TEXTS if name != "README.md")
    text = next((path.read_text(encoding="utf-8", errors="replace") for path in texts if path.is_file()), "")
    name, stated, url = _stated(folder)
    if not name:
        title = next((line.strip() for line in text.splitlines() if line.strip()), "")
        name, stated = (title, "LICENSE") if title else (known.name, known.stated_in)
    return Licence(name, stated, url or known.url, text)


def _stated(folder: Path) -> tuple[str, str, str]:
    """Name of the licence, the file that states it, and its address; empty where there is none."""
    manifest = folder / "manifest.json"
    if manifest.is_file():
        try:
            found = json.loads(manifest.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return "", "", ""
        return (str(found.get("licence", "")), manifest.name, "") if isinstance(found, dict) else ("", "", "")
    card = folder / "README.md"
    if not card.is_file():
        return "", "", ""
    data = _front_matter(card)
    name = data.get("license_name") if data.get("license") == "other" else data.get("license")
    names = ", ".join(map(str, name)) if isinstance(name, list) else str(name or "")
    return names, card.name, str(data.get("license_link") or "")


def _front_matter(card: Path) -> dict[str, Any]:
    """The table at the head of a model's card; empty where there is none that can be read."""
    import yaml
    from huggingface_hub import metadata_load

    try:
        return metadata_load(card) or {}
    except (OSError, ValueError, yaml.YAMLError):
        return {}
