"""The engine: one object that hears music, reads words, watches frames and writes captions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from plugin.errors import InputError, PackError, printable
from plugin.pack import Pack, Vocabulary
from plugin.paths import pack_dir
from plugin.runtime.captioner import BEAMS, CaptionWriter
from plugin.runtime.device import Placement
from plugin.runtime.session import Graph

Array = npt.NDArray[np.float32]
BATCH = 8
"""Segments in one call: enough to fill the cores, small enough for a laptop."""
SAME = 0.999
"""Cosine from which two tracks are one recording, in another file or coding."""


@dataclass(frozen=True)
class MusicFeatures:
    """What the music encoder hears in B segments.

    Attributes
    ----------
    embedding : float32 [B, 256]
        Unit vectors of the joint space.
    tags : float32 [B, V]
        Scores 0..1 in the vocabulary's order.
    sequence : float32 [B, 20, 256]
        Latents that the captioner reads.
    """

    embedding: Array
    tags: Array
    sequence: Array


@dataclass(frozen=True)
class VideoFeatures:
    """What the video encoder sees.

    Attributes
    ----------
    embedding : float32 [S, 256]
        One unit vector of the joint space for each 10 s segment.
    moods : list of (str, float)
        Mood words of the whole range with their scores, highest first.
    """

    embedding: Array
    moods: list[tuple[str, float]]


def same_recording(one: Array, other: Array) -> bool:
    """Whether two tracks' embeddings, float32 [256], are of one recording."""
    return float(one @ other) > SAME


class Engine:
    """Models of a pack, each loaded when it is first needed.

    Parameters
    ----------
    pack : Path, optional
        Folder of the pack; the shipped one by default.
    device : str
        "auto", "cpu" or "cuda".
    threads : int
        CPU threads of each graph; 0 for all.

    Raises
    ------
    PackError
        The folder holds no pack that this engine can use.
    """

    def __init__(self, pack: Path | None = None, device: str = "auto", threads: int = 0) -> None:
        self.pack = Pack(pack if pack is not None else pack_dir())
        self._device, self._threads = device, threads
        self.rate: int = self._setting("rate")
        self.segment_seconds: float = self._setting("segment_seconds")
        self.video_fps: float = self._setting("video", "fps")
        self.video_size: tuple[int, int] = (self._setting("video", "width"), self._setting("video", "height"))
        self.space: str = self.pack.space
        self.placements: dict[str, Placement] = {}
        """Where each graph that is loaded runs, and why there."""

    def _setting(self, *keys: str) -> Any:
        """Look a value up in the pack's manifest."""
        value: Any = self.pack.manifest
        for key in keys:
            if not isinstance(value, dict) or key not in value:
                name = printable(self.pack.folder)
                raise PackError(f"{name}: the pack's manifest lacks {'.'.join(keys)}; install the pack again")
            value = value[key]
        return value

    def _graph(self, name: str) -> Graph:
        graph = Graph(self.pack.file(f"{name}.onnx"), self._device, self._threads)
        self.placements[name] = graph.placement
        return graph

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Tags of the music encoder."""
        return self.pack.vocabulary()

    @cached_property
    def _music(self) -> Graph:
        return self._graph("music")

    @cached_property
    def _rhythm(self) -> Graph:
        return self._graph("rhythm")

    @cached_property
    def _text(self) -> Graph:
        return self._graph("text")

    @cached_property
    def _video(self) -> Graph:
        return self._graph("video")

    @cached_property
    def _captions(self) -> CaptionWriter:
        return CaptionWriter(
            self._graph("caption_encoder"),
            self._graph("caption_decoder"),
            self._load_tokenizer("captions.json"),
            self.vocabulary,
            self._setting("caption"),
        )

    def _load_tokenizer(self, name: str) -> Any:
        from tokenizers import Tokenizer

        return Tokenizer.from_file(str(self.pack.file(name)))

    @cached_property
    def _tokenizer(self) -> Any:
        return self._load_tokenizer("tokenizer.json")

    @cached_property
    def key_profiles(self) -> tuple[Array, Array]:
        """Pitch-class profiles of major and minor, each float32 [12] on tonic C."""
        profiles = self.pack.json("keys.json")
        return np.asarray(profiles["major"], np.float32), np.asarray(profiles["minor"], np.float32)

    def load(self) -> None:
        """Load all models at once, so that none is loaded later, or by two threads at a time.

        Raises
        ------
        PackError, DeviceError
        """
        for graph in (self._music, self._rhythm, self._text, self._video, self._captions, self._tokenizer):
            assert graph is not None
        assert self.vocabulary and self.key_profiles

    @property
    def placement(self) -> Placement:
        """Where the music encoder really runs, and why there."""
        return self._music.placement

    @property
    def provider(self) -> str:
        """Execution provider that the music encoder really runs on."""
        return self.placement.provider

    @property
    def device(self) -> str:
        """The device in use, "CUDA" or "CPU"."""
        return self.placement.device

    def music(self, windows: Array) -> MusicFeatures:
        """Hear segments.

        Parameters
        ----------
        windows : float32 [B, 160000]
            10 s each, mono at 16 kHz.
        """
        parts = [self._music(audio=windows[i : i + BATCH]) for i in range(0, len(windows), BATCH)]
        embedding, tags, sequence = (np.concatenate(column) for column in zip(*parts, strict=True))
        return MusicFeatures(embedding, tags, sequence)

    def rhythm(self, windows: Array) -> tuple[Array, Array]:
        """Onset strength [B, 1000] and chroma [B, 80, 12] of segments [B, 160000]."""
        parts = [self._rhythm(audio=windows[i : i + BATCH]) for i in range(0, len(windows), BATCH)]
        onset, chroma = (np.concatenate(column) for column in zip(*parts, strict=True))
        return onset, chroma

    def text(self, phrases: Sequence[str]) -> Array:
        """Unit vectors [B, 256] of the joint space for phrases.

        Raises
        ------
        InputError
            A phrase without any words.
        """
        rows = []
        for phrase in phrases:
            if not phrase.strip():
                raise InputError("the text is empty; describe the music in a few words")
            rows.append(self._text(ids=self._ids(phrase)[None])[0][0])
        return np.stack(rows)

    def _ids(self, text: str) -> npt.NDArray[np.int64]:
        limit = self._setting("text", "max_tokens")
        return np.asarray(self._tokenizer.encode(text).ids[:limit], np.int64)

    def video(self, frames: npt.NDArray[np.uint8]) -> VideoFeatures:
        """Watch a range.

        Parameters
        ----------
        frames : uint8 [T, h, w, 3]
            RGB at `video_fps` frames a second and of `video_size`; T >= 1.

        Raises
        ------
        InputError
            There is no frame.
        """
        if not len(frames):
            raise InputError("the range holds no frame of video; choose a longer one")
        size = self._setting("video", "frames")
        segments = []
        for start in range(0, max(1, len(frames) - size // 4), size):
            part = frames[start : start + size]
            # A short last segment runs back and forth, so that its motion stays as fast as it was.
            while len(part) < size:
                part = np.concatenate([part, part[::-1]])
            segments.append(part[:size])
        parts = [self._video(frames=segment[None]) for segment in segments]
        embedding = np.concatenate([embedded for embedded, _ in parts])
        scores = np.concatenate([moods for _, moods in parts]).mean(0)
        words = self._setting("video", "moods")
        ranked = sorted(zip(words, scores.tolist(), strict=True), key=lambda pair: -pair[1])
        return VideoFeatures(embedding, ranked)

    def caption(
        self, features: MusicFeatures, *, lyrics: str = "", beams: int = BEAMS,
        taken: Callable[[str], bool] | None = None, facts: Sequence[str] = (),
    ) -> str:  # fmt: skip
        """Write a sentence about the segments of `features`.

        Parameters
        ----------
        lyrics : str
            Words that are sung, if known (ALCAP).
        beams : int
            1 for greedy decoding.
        taken : callable, optional
            Tells whether a sentence is that of another track, which this one must not share.
        facts : sequence of str
            What else is true of the range, said where all sentences are taken.

        Raises
        ------
        InputError
            `beams` is not between 1 and 20.
        """
        if not 1 <= beams <= 20:
            raise InputError(f"beams {beams}: choose a number from 1 to 20")
        width = self._setting("text", "width")
        words = np.zeros((1, 0, width), np.float32)
        if lyrics.strip():
            words = self._text(ids=self._ids(" ".join(lyrics.split()))[None])[1]
        return self._captions.write(features.sequence, features.tags.mean(0), words, beams, taken=taken, facts=facts)
