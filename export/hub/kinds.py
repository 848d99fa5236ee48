"""Which kind of model a checkpoint is."""

from __future__ import annotations

import json
from pathlib import Path

from models.errors import CheckpointError
from models.trainer.checkpoint import BEST, read_checkpoint
from plugin.errors import InputError, printable
from plugin.parts.catalogue import catalogue
from plugin.parts.part import OF_SYSTEMS

OF_ROLES = {"joint": "clap", "text": "sentence", "video": "clip", "tags": "musicnn"}
"""Kind by role of the catalogue's models; those that write are systems, and have the system's name."""


def kind_of(name: str, found: Path) -> str:
    """Tell the kind: what the catalogue says of a name of its own, else what the checkpoint says of itself.

    Returns
    -------
    str
        "clap", "clip", "musicnn", "sentence", or the name of a system.

    Raises
    ------
    InputError
        It is no checkpoint of any kind, or of a system that writes nothing.
    CheckpointError
        The checkpoint of a run is damaged.
    """
    entry = catalogue().get(name)
    if entry is not None:
        return OF_ROLES.get(entry.role, name)
    if found.is_file():
        return _of_file(found)
    if (found / "config.json").is_file():
        return _of_config(found / "config.json")
    if (found / BEST).is_file():
        return _writing(read_checkpoint(found / BEST).system, found)
    raise InputError(
        f"{printable(found)}: neither config.json (a checkpoint of the hub), nor manifest.json (a pack), nor {BEST} "
        "(a training run); give another folder"
    )


def _of_config(path: Path) -> str:
    try:
        kind = json.loads(path.read_text(encoding="utf-8")).get("model_type")
    except (OSError, ValueError, AttributeError):  # whoever reads it next says so
        kind = None
    return kind if kind in ("clap", "clip") else "sentence"


def _of_file(path: Path) -> str:
    try:
        return _writing(read_checkpoint(path).system, path)
    except CheckpointError:
        return "musicnn"


def _writing(system: str, path: Path) -> str:
    if system not in OF_SYSTEMS:
        raise InputError(f"{printable(path)}: a checkpoint of {system}, which writes nothing; no part is made of it")
    return system
