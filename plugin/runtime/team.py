"""Who does what: the core pack, and the parts that take over a role of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from plugin.errors import CuefinderError, InputError, PackError, printable
from plugin.parts.choice import instead
from plugin.parts.part import Part
from plugin.runtime.bridging import bridge, phrases_of
from plugin.runtime.core import Core
from plugin.runtime.device import Placement
from plugin.runtime.features import MusicFeatures, VideoFeatures
from plugin.runtime.part_models import JointModel, PartModel, TagModel, TextModel, VideoModel
from plugin.runtime.rates import Conversions
from plugin.runtime.writers import Captioner, Writer

Array = npt.NDArray[np.float32]
Model = TypeVar("Model", bound=PartModel)
MODELS: dict[str, type[PartModel]] = {
    "joint": JointModel, "text": TextModel, "video": VideoModel, "tags": TagModel, "captions": Captioner,
    "titles": Writer,
}  # fmt: skip
"""In this order: whether a part for words fits is up to the joint space."""


class Team:
    """Models by role, each None where the core does the work.

    Parameters
    ----------
    core : Core
    parts : mapping of str to Part
        By role.
    device, threads
        As for `Core`.
    strict : bool
        Raise the error of a part that does not fit, instead of noting it.

    Attributes
    ----------
    problems : list of str
        A line for each part that does not fit.
    space : str
        Id of what is kept of a track: its vectors and tags.
    rate : int
        The most samples a second that any of those wants that hear whole tracks.

    Raises
    ------
    PackError, InputError
        `strict`, and a part does not fit.
    """

    def __init__(self, core: Core, parts: Mapping[str, Part], device: str, threads: int, *, strict: bool) -> None:
        self._core, self._models, self.problems = core, dict[str, PartModel](), list[str]()
        for role in MODELS:
            if role not in parts:
                continue
            try:
                self._check(parts[role], role)
                self._models[role] = MODELS[role](parts[role], device, threads)
            except CuefinderError as error:
                if strict:
                    raise
                self.problems.append(f"{error}; {instead(role)}")
        deciding = [self.parts[role].space if role in self._models else core.pack.space for role in ("joint", "tags")]
        self.space: str = "+".join(dict.fromkeys(deciding))
        heard = (self.joint, self.tags, self.captions)
        self.rate: int = max([core.rate, *(model.rate for model in heard if model is not None)])
        self.conversions = Conversions(self.rate)

    def _check(self, part: Part, role: str) -> None:
        """Refuse a part for another role, or one that does not go together with the others."""
        name = printable(part.folder)
        if part.role != role:
            raise InputError(f"{name}: a part for {part.role}, not for {role}")
        seconds, wanted = part.setting("segment_seconds"), self._core.segment_seconds
        if seconds is not None and seconds != wanted:
            raise PackError(f"{name}: hears segments of {seconds:g} s; this pack's are of {wanted:g} s")
        space = self._core.pack.space if self.joint is None else self.joint.part.space
        if part.role == "text" and part.settings["for_space"] != space:
            way = f"install {part.name} again" if self.joint is None else f"{self.joint.part.name} reads words as it is"
            raise PackError(
                f"{name}: its words are for the space {part.settings['for_space']}, but music is in {space}; {way}"
            )

    @property
    def parts(self) -> dict[str, Part]:
        """Those at work, by role."""
        return {role: model.part for role, model in self._models.items()}

    @property
    def placements(self) -> dict[str, Placement]:
        """Where each graph of a part that is loaded runs, by role and name."""
        return {
            f"{role}.{name}": placement
            for role, model in self._models.items()
            for name, placement in model.model.placements.items()
        }

    def load(self) -> None:
        """Load all models of parts at once."""
        for model in self._models.values():
            model.load()
        if self.bridges:
            assert len(self._mood_vectors)

    def _model(self, role: str, kind: type[Model]) -> Model | None:
        model = self._models.get(role)
        return model if isinstance(model, kind) else None

    @property
    def joint(self) -> JointModel | None:
        """What hears music."""
        return self._model("joint", JointModel)

    @property
    def tags(self) -> TagModel | None:
        """What gives tags."""
        return self._model("tags", TagModel)

    @property
    def captions(self) -> Captioner | None:
        """What writes captions."""
        return self._model("captions", Captioner)

    @property
    def titles(self) -> Writer | None:
        """What writes titles."""
        return self._model("titles", Writer)

    @property
    def words(self) -> TextModel | Core:
        """What reads words."""
        return self._model("text", TextModel) or self.joint or self._core

    @property
    def eyes(self) -> VideoModel | Core:
        """What watches."""
        return self._model("video", VideoModel) or self._core

    @property
    def bridges(self) -> bool:
        """Whether pictures come to music by words alone: what watches did not learn in the space of what hears."""
        return "video" in self._models or "joint" in self._models

    def hear(self, windows: Array) -> MusicFeatures:
        """Hear segments, float32 [B, rate * segment_seconds]."""
        core = self._core.music(self.conversions.at(windows, self._core.rate))
        embedding, tags, core_tags = core.embedding, core.tags, None
        if self.joint is not None:
            embedding = self.joint.music(self.conversions.at(windows, self.joint.rate))
        if self.tags is not None:
            tags, core_tags = self.tags.tags(self.conversions.at(windows, self.tags.rate)), core.tags
        return MusicFeatures(embedding, tags, core.sequence, core_tags)

    def watch(self, frames: npt.NDArray[np.uint8]) -> VideoFeatures:
        """Give what is seen in frames, uint8 [T, h, w, 3]."""
        embedding, scores = self.eyes.video(frames)
        if embedding is None or self.bridges:
            embedding = bridge(scores, self._mood_vectors)
        pairs = zip(self.eyes.moods, scores.mean(0).tolist(), strict=True)
        return VideoFeatures(embedding, sorted(pairs, key=lambda pair: -pair[1]))

    @cached_property
    def _mood_vectors(self) -> Array:
        return self.words.text(phrases_of(self.eyes.moods))
