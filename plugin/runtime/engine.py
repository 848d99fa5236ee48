"""The engine: one object that hears music, reads words, watches frames and writes captions.

The core pack does all of it; a part that is in use takes over its role.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from plugin.errors import InputError
from plugin.pack import Pack, Vocabulary
from plugin.parts.choice import parts_in_use
from plugin.parts.part import Part
from plugin.paths import pack_dir
from plugin.runtime.captioner import BEAMS
from plugin.runtime.core import Core
from plugin.runtime.device import Placement
from plugin.runtime.excerpt import Excerpt
from plugin.runtime.features import SAME, MusicFeatures, VideoFeatures, same_recording
from plugin.runtime.team import Team
from plugin.runtime.writers import Writer

__all__ = ["SAME", "Engine", "MusicFeatures", "VideoFeatures", "same_recording"]

Array = npt.NDArray[np.float32]


class Engine:
    """Models of the core pack and of the parts in use, each loaded when it is first needed; any thread may ask.

    Parameters
    ----------
    pack : Path, optional
        Folder of a pack that does the work alone, unless `parts` are given too; the shipped one by default.
    device : str
        "auto", "cpu" or "cuda".
    threads : int
        CPU threads of each graph; 0 for all.
    parts : mapping of str to Path, optional
        Folders of parts by role; by default those in use on this machine, beside the shipped pack.

    Attributes
    ----------
    pack : Pack
        The core pack.
    parts : dict of str to Part
        By role.
    problems : tuple of str
        A line for each part in use that cannot be used: the core does its work.
    rate : int
        Samples a second of the sound that is heard: the most that any of the models wants.
    space : str
        Id of what is kept of a track: its vectors and tags. What has another id is never compared.

    Raises
    ------
    PackError
        The folder holds no pack that can be used; a part that was given cannot be used.
    """

    def __init__(
        self, pack: Path | None = None, device: str = "auto", threads: int = 0,
        parts: Mapping[str, Path] | None = None,
    ) -> None:  # fmt: skip
        core = Core(pack if pack is not None else pack_dir(), device, threads)
        in_use = parts_in_use() if parts is None and pack is None else None
        found, problems = in_use or ({role: Part(folder) for role, folder in (parts or {}).items()}, [])
        team = Team(core, found, device, threads, strict=parts is not None)
        self._core, self._team = core, team
        self.problems = (*problems, *team.problems)
        self.pack: Pack = core.pack
        self.parts, self.rate, self.space = team.parts, team.rate, team.space
        self.segment_seconds = core.segment_seconds
        self.video_fps, self.video_size = team.eyes.fps, team.eyes.size
        """Frames a second that are watched, and their width and height."""

    @property
    def placements(self) -> dict[str, Placement]:
        """Where each graph that is loaded runs, and why there: the core pack's, then those of parts as ROLE.GRAPH."""
        return self._core.placements | self._team.placements

    @property
    def vocabulary(self) -> Vocabulary:
        """Tags that are given to music."""
        return (self._team.tags or self._core).vocabulary

    @property
    def core_vocabulary(self) -> Vocabulary:
        """Tags of the core pack, which its captions and what is known of stems are made of."""
        return self._core.vocabulary

    @property
    def key_profiles(self) -> tuple[Array, Array]:
        """Pitch-class profiles of major and minor, each float32 [12] on tonic C."""
        return self._core.key_profiles

    def load(self) -> None:
        """Load all models at once, so that none is loaded later; raises PackError, DeviceError."""
        self._core.load()
        self._team.load()
        assert self.vocabulary

    @property
    def placement(self) -> Placement:
        """Where the music encoder really runs, and why there."""
        return (self._team.joint or self._core).graph("music").placement

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
        windows : float32 [B, rate * segment_seconds]
            Mono.
        """
        return self._team.hear(windows)

    def rhythm(self, windows: Array) -> tuple[Array, Array]:
        """Onset strength [B, 1000] and chroma [B, 80, 12] of segments [B, rate * segment_seconds]."""
        return self._core.rhythm(self._team.conversions.at(windows, self._core.rate))

    def text(self, phrases: Sequence[str]) -> Array:
        """Unit vectors [B, D] of the joint space for phrases; InputError for one without any words."""
        if not all(phrase.strip() for phrase in phrases):
            raise InputError("the text is empty; describe the music in a few words")
        return self._team.words.text(phrases)

    def video(self, frames: npt.NDArray[np.uint8]) -> VideoFeatures:
        """Watch a range.

        Parameters
        ----------
        frames : uint8 [T, h, w, 3]
            RGB at `video_fps` frames a second and of `video_size`; InputError without any.
        """
        return self._team.watch(frames)

    def excerpt(self) -> Excerpt:
        """Give what keeps the sound of a range that the captioner wants to hear itself."""
        captions = self._team.captions
        return Excerpt(0 if captions is None else round(captions.seconds * self.rate))

    def caption(
        self, features: MusicFeatures, *, lyrics: str = "", beams: int = BEAMS,
        taken: Callable[[str], bool] | None = None, facts: Sequence[str] = (),
    ) -> str:  # fmt: skip
        """Write a sentence about the segments of `features`.

        A captioner that is a part hears the features' excerpt; where it has nothing to say, the core's writes.

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
        captions, written = self._team.captions, ""
        if captions is not None:
            written = captions.caption(features, self.rate, lyrics, beams, taken, facts, self.vocabulary)
        return written or self._core.caption(features, lyrics, beams, taken, facts)

    @property
    def titles(self) -> Writer | None:
        """What suggests titles; None where no part in use does."""
        return self._team.titles

    def title(self, sound: Array, rate: int) -> str:
        """Suggest a title for a mono sound, float32 [N] at `rate`; empty where no part in use does, or it has none."""
        return "" if self.titles is None else self.titles.write(sound, rate)
