"""Whether a track that was read from a damaged store is whole."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field

import numpy as np

from plugin.library.schema import EMBEDDING_DTYPE
from plugin.library.values import Row

LOST = "what was known of it lay in a damaged part of the library: 'cuefinder index' hears it again"


@dataclass(frozen=True, slots=True)
class Words:
    """The tags of each space, as far as the vocabulary could be read; ``exact`` where nothing of it is lost."""

    exact: bool
    by_space: dict[str, set[str]] = field(default_factory=dict)

    def fit(self, space: str, scores: list[Row]) -> bool:
        """Say whether a track of a space has a score of each tag, and none of what is no tag."""
        known, found = self.by_space.get(space, set()), {row["tag"] for row in scores}
        alike = found == known if known and self.exact else known <= found
        return alike and all(0 <= row["score"] <= 1 for row in scores)


def is_whole(row: Row, parts: list[Row], scores: list[Row], words: tuple[str, ...] | None) -> bool:
    """Say whether all of a track is there, and what is kept twice is twice the same."""
    if row["status"] not in ("indexed", "silent", "failed", "missing") or not _is_list(row["warnings"]):
        return False
    if not row["space"]:
        return not parts and not scores and words is None and not row["embedding"]
    if words is None or not parts or not scores or row["duration"] is None:
        return False
    title = row["title"] or words[0]  # the name of the file, perhaps before it was renamed
    if (title, row["artist"], row["album"], row["caption"], row["lyrics"]) != (*words[:3], *words[4:]):
        return False
    parts.sort(key=lambda part: part["idx"])
    vectors = [row["embedding"], *(part["embedding"] for part in parts)]
    return (
        [part["idx"] for part in parts] == list(range(len(parts)))
        and all(part["start"] < part["end"] for part in parts)
        and math.isclose(parts[-1]["end"], row["duration"], abs_tol=1e-3)
        and len({len(vector) for vector in vectors}) == 1
        and len(row["embedding"]) % np.dtype(EMBEDDING_DTYPE).itemsize == 0
        and bool(np.isfinite(np.frombuffer(b"".join(vectors), EMBEDDING_DTYPE)).all())
    )


def to_hear_again(id_: int, path: bytes) -> Row:
    """Give the row of a track of which only id and path are left."""
    try:
        name: str | bytes = path.decode()
    except UnicodeDecodeError:
        name = path
    empty: Row = dict.fromkeys(("space", "title", "artist", "album", "caption", "lyrics", "indexed_at"), "")
    return empty | {
        "id": id_, "path": name, "size": -1, "mtime_ns": 0, "content_hash": b"", "status": "failed", "reason": LOST,
        "warnings": "[]", "embedding": b"", "peaks": b"",
    }  # fmt: skip


def _is_list(text: str) -> bool:
    try:
        return isinstance(json.loads(text), list)
    except ValueError:
        return False
