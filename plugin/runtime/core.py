"""The pack that every engine has: its graphs, each loaded when it is first needed, at its own rate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from plugin.errors import InputError, PackError, printable
from plugin.pack import Pack, Vocabulary
from plugin.runtime.batching import rows_of_audio
from plugin.runtime.captioner import CaptionWriter
from plugin.runtime.device import Placement
from plugin.runtime.features import MusicFeatures
from plugin.runtime.graphs import Graphs
from plugin.runtime.session import Graph

Array = npt.NDArray[np.float32]


class Core:
    """Models of a whole pack; any thread may ask.

    Parameters
    ----------
    folder : Path
        Of the pack.
    device : str
        "auto", "cpu" or "cuda".
    threads : int
        CPU threads of each graph; 0 for all.

    Raises
    ------
    PackError
        The folder holds no pack that can be used.
    """

    def __init__(self, folder: Path, device: str = "auto", threads: int = 0) -> None:
        self.pack = Pack(folder)
        self._graphs = Graphs(lambda name: Graph(self.pack.file(f"{name}.onnx"), device, threads))
        self.rate: int = self.setting("rate")
        self.segment_seconds: float = self.setting("segment_seconds")
        self.fps: float = self.setting("video", "fps")
        self.size: tuple[int, int] = (self.setting("video", "width"), self.setting("video", "height"))

    def setting(self, *keys: str) -> Any:
        """Look a value up in the pack's manifest."""
        value: Any = self.pack.manifest
        for key in keys:
            if not isinstance(value, dict) or key not in value:
                name = printable(self.pack.folder)
                raise PackError(f"{name}: the pack's manifest lacks {'.'.join(keys)}; install the pack again")
            value = value[key]
        return value

    def graph(self, name: str) -> Graph:
        """Give a graph, loaded once."""
        return self._graphs[name]

    @property
    def placements(self) -> dict[str, Placement]:
        """Where each graph that is loaded runs now, and why there."""
        return self._graphs.placements

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Tags of the music encoder."""
        return self.pack.vocabulary()

    @cached_property
    def key_profiles(self) -> tuple[Array, Array]:
        """Pitch-class profiles of major and minor, each float32 [12] on tonic C."""
        profiles = self.pack.json("keys.json")
        return np.asarray(profiles["major"], np.float32), np.asarray(profiles["minor"], np.float32)

    @cached_property
    def _tokenizer(self) -> Any:
        return self._load_tokenizer("tokenizer.json")

    @cached_property
    def _captions(self) -> CaptionWriter:
        graphs = self.graph("caption_encoder"), self.graph("caption_decoder")
        return CaptionWriter(*graphs, self._load_tokenizer("captions.json"), self.vocabulary, self.setting("caption"))

    def _load_tokenizer(self, name: str) -> Any:
        from tokenizers import Tokenizer

        return Tokenizer.from_file(str(self.pack.file(name)))

    def load(self) -> None:
        """Load all at once."""
        for name in ("music", "rhythm", "text", "video"):
            self.graph(name)
        assert self._captions and self._tokenizer and self.vocabulary and self.key_profiles

    def music(self, windows: Array) -> MusicFeatures:
        """Hear segments, float32 [B, rate * segment_seconds]."""
        return MusicFeatures(*in_batches(self.graph("music"), windows, self.rate))

    def rhythm(self, windows: Array) -> tuple[Array, Array]:
        """Onset strength [B, 1000] and chroma [B, 80, 12] of segments."""
        onset, chroma = in_batches(self.graph("rhythm"), windows, self.rate)
        return onset, chroma

    def text(self, phrases: Sequence[str]) -> Array:
        """Unit vectors [B, D] of phrases."""
        return np.stack([self.graph("text")(ids=self._ids(phrase)[None])[0][0] for phrase in phrases])

    def _ids(self, text: str) -> npt.NDArray[np.int64]:
        return np.asarray(self._tokenizer.encode(text).ids[: self.setting("text", "max_tokens")], np.int64)

    @property
    def moods(self) -> list[str]:
        """Words for how a picture looks, in the order of their scores."""
        words: list[str] = self.setting("video", "moods")
        return words

    def video(self, frames: npt.NDArray[np.uint8]) -> tuple[Array, Array]:
        """Vectors [S, D] and mood scores [S, M] of frames, uint8 [T, h, w, 3]."""
        graph = self.graph("video")
        parts = [graph(frames=segment[None]) for segment in segments_of(frames, self.setting("video", "frames"))]
        embedding, scores = (np.concatenate(column) for column in zip(*parts, strict=True))
        return embedding, scores

    def caption(
        self, features: MusicFeatures, lyrics: str, beams: int, taken: Callable[[str], bool] | None,
        facts: Sequence[str],
    ) -> str:  # fmt: skip
        """Write a sentence; parameters as for `plugin.runtime.engine.Engine.caption`."""
        words = np.zeros((1, 0, self.setting("text", "width")), np.float32)
        if lyrics.strip():
            words = self.graph("text")(ids=self._ids(" ".join(lyrics.split()))[None])[1]
        tags = features.of_core.mean(0)
        return self._captions.write(features.sequence, tags, words, beams, taken=taken, facts=facts)


def in_batches(graph: Graph, windows: Array, rate: int) -> list[Array]:
    """Run a graph over segments, some at a time; gives its outputs, float32 [B, ...] each."""
    return graph.rows(rows_of_audio(windows.shape[1] / rate, graph.provider), audio=windows)


def segments_of(frames: npt.NDArray[np.uint8], size: int) -> list[npt.NDArray[np.uint8]]:
    """Cut frames into segments of `size`; what is left counts where it is more than a quarter of one.

    A short last segment runs back and forth, so that its motion stays as fast as it was.

    Raises
    ------
    InputError
        There is no frame.
    """
    if not len(frames):
        raise InputError("the range holds no frame of video; choose a longer one")
    segments = []
    for start in range(0, max(1, len(frames) - size // 4), size):
        part = frames[start : start + size]
        while len(part) < size:
            part = np.concatenate([part, part[::-1]])
        segments.append(part[:size])
    return segments
