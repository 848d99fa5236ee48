"""Models of another space for tests: narrower vectors, other words, other sentences."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from fakes import WORDS, FakeEngine

from plugin.pack import Tag, Vocabulary
from plugin.runtime.engine import MusicFeatures

WIDTH = 64


class OtherEngine(FakeEngine):
    """Stands for the models of a new pack."""

    vocabulary = Vocabulary((Tag("hum", "mood", 0.0, ("drone",)), *WORDS[1:]))

    def __init__(self, pack: Path | None = None, device: str = "auto", *, space: str = "other-1") -> None:
        super().__init__(space=space)

    def music(self, windows: np.ndarray) -> MusicFeatures:
        found = super().music(windows)
        narrow = found.embedding.reshape(len(windows), WIDTH, -1).sum(2) + 0.01
        narrow /= np.linalg.norm(narrow, axis=1, keepdims=True)
        return MusicFeatures(narrow, found.tags, np.repeat(narrow[:, None], 20, axis=1))

    def caption(self, features: MusicFeatures, **options: object) -> str:
        return "Another " + super().caption(features, **options).removeprefix("A ")
