"""Packs of the papers' systems that write: captions and titles from sound of their own length and rate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from plugin.pack import Vocabulary
from plugin.parts.part import Part
from plugin.runtime.features import MusicFeatures
from plugin.runtime.part_models import PartModel
from plugin.runtime.rates import at_rate
from plugin.runtime.sentences import more_to_say, tidy

Array = npt.NDArray[np.float32]
LONGEST = 30.0
"""Seconds of sound that are kept for a system at most, though it may take more."""


class Writer(PartModel):
    """Writes a line about a sound.

    Attributes
    ----------
    rate : int
        Samples a second that its graphs want.
    seconds : float
        Sound that it hears.
    """

    def __init__(self, part: Part, device: str, threads: int) -> None:
        super().__init__(part, device, threads)
        self.rate = int(part.settings["rate"])
        self.seconds = min(float(part.setting("seconds") or LONGEST), LONGEST)
        self._caption: dict[str, Any] = part.settings["caption"]
        self.graphs = self._caption["encoder"], self._caption["decoder"]

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        return Tokenizer.from_file(str(self.part.pack.file("tokenizer.json")))

    def load(self) -> None:
        """Open the tokenizer too."""
        super().load()
        assert self._tokenizer

    def write(self, sound: Array, rate: int, *, lyrics: str = "", beams: int | None = None) -> str:
        """Give the likeliest line; empty where the system has nothing to say.

        Parameters
        ----------
        sound : float32 [N]
            Mono; of more than `seconds` the middle is heard.
        rate : int
            Samples a second of the sound.
        lyrics : str
            Words that are sung, for systems that read them.
        beams : int, optional
            1 for greedy search; the system's own by default.
        """
        self.load()
        audio = self._fitted(at_rate(sound[None], rate, self.rate)[0])
        inputs: dict[str, npt.NDArray[Any]] = {"audio": audio[None]}
        if "lyrics" in self.model.manifest["graphs"][self._caption["encoder"]]["inputs"]:
            inputs |= self._read(lyrics)
        found = self.model.captions(beams=beams, **inputs)
        return str(self._tokenizer.decode(list(found[0].ids))).strip()

    def _fitted(self, audio: Array) -> Array:
        size = round(self.seconds * self.rate)
        first = max(0, len(audio) - size) // 2
        audio = audio[first : first + size]
        least = int(self.part.setting("least_samples") or 1)
        return np.tile(audio, -(-least // max(1, len(audio)))) if len(audio) < least else audio

    def _read(self, lyrics: str) -> dict[str, npt.NDArray[Any]]:
        """Inputs of a system that reads lyrics beside the sound."""
        most = int(self.part.setting("lyrics_tokens") or 2)
        words = " ".join(lyrics.split())
        ids = self._tokenizer.encode(words, add_special_tokens=False).ids[: max(0, most - 2)]
        row = np.asarray([[self._caption["begin"], *ids, self._caption["end"]]], np.int64)
        return {
            "has_audio": np.ones(1, np.float32),
            "lyrics": row,
            "lyrics_mask": np.ones(row.shape, np.float32),
            "has_lyrics": np.asarray([float(bool(ids))], np.float32),
        }


class Captioner(Writer):
    """Writes sentences about music."""

    def caption(
        self, features: MusicFeatures, rate: int, lyrics: str, beams: int, taken: Callable[[str], bool] | None,
        facts: Sequence[str], vocabulary: Vocabulary,
    ) -> str:  # fmt: skip
        """Write a sentence about the features' excerpt, at `rate`; empty where there is nothing to say.

        One that is taken says more of what is heard; other parameters as for `plugin.runtime.engine.Engine.caption`.

        Parameters
        ----------
        vocabulary : Vocabulary
            Of the features' tags.
        """
        if features.excerpt is None:
            return ""
        written = tidy(self.write(features.excerpt, rate, lyrics=lyrics, beams=beams))
        if not written or taken is None or not taken(written):
            return written
        more = more_to_say(written, vocabulary, features.tags.mean(0), facts)
        longer = (f"{written} Also: {each}." for each in more)
        return next((sentence for sentence in longer if not taken(sentence)), written)
