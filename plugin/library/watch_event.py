"""What the watcher of folders tells."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from plugin.library.progress import IndexReport

Kind = Literal["watched", "polled", "offline", "walked", "lost", "changes", "indexed", "waiting", "problem"]


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """What the watcher does, or has met.

    Parameters
    ----------
    kind : str
        "watched", "polled" or "offline": the state of the folder `path`. "walked": `count` changes were found in it.
        "lost": changes went unheard, so all folders are walked. "changes": `count` paths are at rest and looked at.
        "indexed": a part of them was taken in, see `report`. "waiting": `text` says for whom. "problem": at `path`.
    """

    kind: Kind
    path: Path | None = None
    count: int = 0
    text: str = ""
    report: IndexReport | None = None
