"""How a sentence encoder makes one vector of its tokens': as sentence-transformers writes it beside the weights."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from export.hub.checkpoint import read_json
from plugin.errors import InputError, printable

MODES = ("mean", "cls")
OLD_KEYS = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
"""Flags that sentence-transformers wrote before it wrote `pooling_mode`."""


@dataclass(frozen=True)
class Pooling:
    """One vector of many.

    Attributes
    ----------
    mode : str
        "mean" of the tokens, or "cls", the first token's.
    normalised : bool
        Whether the result is scaled to unit length.
    """

    mode: str
    normalised: bool


def read_pooling(folder: Path) -> Pooling:
    """Read modules.json and the pooling that it names; without these, the mean of unit length.

    Raises
    ------
    InputError
        A file is damaged, or asks for what a graph here does not do.
    """
    path = folder / "modules.json"
    if not path.is_file():
        mode = _mode(folder, "1_Pooling") if (folder / "1_Pooling" / "config.json").is_file() else "mean"
        return Pooling(mode, True)
    try:
        modules: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        kinds = {str(each["type"]).rpartition(".")[2]: str(each["path"]) for each in modules}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(f"{printable(path)}: cannot be read ({error}); fetch the checkpoint again") from error
    unknown = kinds.keys() - {"Transformer", "Pooling", "Normalize"}
    if unknown:
        raise InputError(f"{printable(path)}: a module {sorted(unknown)[0]}, not supported; take another model")
    return Pooling(_mode(folder, kinds.get("Pooling", "1_Pooling")), "Normalize" in kinds)


def _mode(folder: Path, inside: str) -> str:
    name = f"{inside}/config.json"
    settings = read_json(folder, name, "which says how tokens become one vector")
    found = settings.get("pooling_mode") or [mode for key, mode in OLD_KEYS.items() if settings.get(key)]
    modes = [found] if isinstance(found, str) else list(found)
    if len(modes) != 1 or modes[0] not in MODES:
        raise InputError(
            f"{printable(folder / name)}: pools by {', '.join(map(str, modes)) or 'nothing'}, which is not supported; "
            f"only by {' or '.join(MODES)}"
        )
    return str(modes[0])
