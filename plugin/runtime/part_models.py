"""Parts at work: what hears, reads, sees and tags in the core's stead."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from plugin.errors import PackError, printable
from plugin.pack import Vocabulary
from plugin.parts.part import Part
from plugin.runtime.core import in_batches, segments_of
from plugin.runtime.session import Graph
from plugin.runtime.system_pack import SystemPack

Array = npt.NDArray[np.float32]


class PartModel:
    """A part whose graphs are opened when they are first needed.

    Parameters
    ----------
    part : Part
    device : str
        "auto", "cpu" or "cuda".
    threads : int
        CPU threads of each graph; 0 for all.
    """

    graphs: tuple[str, ...] = ()
    """Those that `load` opens."""

    def __init__(self, part: Part, device: str, threads: int) -> None:
        self.part = part
        self.model = SystemPack(part.folder, device, threads=threads)

    def graph(self, name: str) -> Graph:
        """Give a graph, loaded once; where it cannot be, the error says how to do without the part."""
        try:
            return self.model.graph(name)
        except PackError as error:
            raise PackError(f"{error}; until then 'cuefinder models use core --role {self.part.role}'") from error

    def load(self) -> None:
        """Open all graphs at once."""
        for name in self.graphs:
            self.graph(name)

    def checked(self, values: Array, width: int) -> Array:
        """Give an output, float32 [B, width], unless it has another width than the part says."""
        if values.ndim != 2 or values.shape[1] != width:
            name, found = printable(self.part.folder), " x ".join(map(str, values.shape))
            raise PackError(f"{name}: gives {found} numbers instead of rows of {width}; install {self.part.name} again")
        return values


class TextModel(PartModel):
    """Words to vectors."""

    graphs: tuple[str, ...] = ("text",)

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.part.pack.file("tokenizer.json")))
        tokenizer.no_padding()
        tokenizer.enable_truncation(int(self.part.setting("text.max_tokens")))
        return tokenizer

    def load(self) -> None:
        """Open the tokenizer too."""
        super().load()
        assert self._tokenizer

    def text(self, phrases: Sequence[str]) -> Array:
        """Unit vectors [B, D] of phrases."""
        return np.concatenate([self._vector(phrase) for phrase in phrases])

    def _vector(self, phrase: str) -> Array:
        ids = np.asarray([self._tokenizer.encode(phrase).ids], np.int64)
        return self.graph("text")(ids=ids, mask=np.ones_like(ids))[0]


class JointModel(TextModel):
    """Music and words in a space of their own."""

    graphs = ("music", "text")

    def __init__(self, part: Part, device: str, threads: int) -> None:
        super().__init__(part, device, threads)
        self.rate, self.width = int(part.settings["rate"]), int(part.settings["width"])

    def music(self, windows: Array) -> Array:
        """Unit vectors [B, D] of segments at the part's rate."""
        return self.checked(in_batches(self.graph("music"), windows, self.rate)[0], self.width)

    def text(self, phrases: Sequence[str]) -> Array:
        """Unit vectors [B, D] of phrases."""
        return self.checked(super().text(phrases), self.width)


class TagModel(PartModel):
    """Tags of a vocabulary of its own."""

    graphs = ("tags",)

    def __init__(self, part: Part, device: str, threads: int) -> None:
        super().__init__(part, device, threads)
        self.rate = int(part.settings["rate"])

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Its words."""
        return self.part.pack.vocabulary()

    def tags(self, windows: Array) -> Array:
        """Scores [B, V] of segments at the part's rate."""
        scores = in_batches(self.graph("tags"), windows, self.rate)[0]
        return self.checked(scores, len(self.vocabulary.tags))


class VideoModel(PartModel):
    """Moods of pictures."""

    graphs = ("video",)

    def __init__(self, part: Part, device: str, threads: int) -> None:
        super().__init__(part, device, threads)
        video = part.settings["video"]
        self.fps, self.size = float(video["fps"]), (int(video["width"]), int(video["height"]))
        self.moods: list[str] = video["moods"]

    def video(self, frames: npt.NDArray[np.uint8]) -> tuple[None, Array]:
        """No vectors, and mood scores [S, M] of frames, uint8 [T, h, w, 3]."""
        graph, size = self.graph("video"), int(self.part.settings["video"]["frames"])
        scores = np.concatenate([graph(frames=segment[None])[0] for segment in segments_of(frames, size)])
        return None, self.checked(scores, len(self.moods))
