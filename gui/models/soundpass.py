"""A run through a cue's sound, taken in portions: `SoundPass`."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gui.models.audition import Cue
from plugin import audition
from plugin.errors import printable

Frames = NDArray[np.float32]
"""Left and right side by side, float32 [N, 2]."""


@dataclass(frozen=True, slots=True, eq=False)
class Portion:
    """The next sound of a pass.

    Attributes
    ----------
    rate : int
        Samples per second.
    blocks : list of (int, Frames)
        Each with its place, in samples from the cue's beginning.
    ended : bool
        Nothing follows.
    warnings : list of str
        What of the file was lost, one line each; each is told once.
    """

    rate: int
    blocks: list[tuple[int, Frames]] = field(default_factory=list)
    ended: bool = False
    warnings: list[str] = field(default_factory=list)


class SoundPass:
    """The sound of a cue from one of its seconds on, once or over and over.

    Nothing is read before the first portion. All methods but the constructor belong on worker threads, one at a time.

    Parameters
    ----------
    cue : Cue
    skip : float
        Seconds of the cue, as heard, that are left out in the first round.
    loop : bool
    """

    def __init__(self, cue: Cue, skip: float, loop: bool) -> None:
        self.cue = cue
        self._skip, self._loop = skip, loop
        self._warned: set[str] = set()
        self._rate = 0
        self._warnings: list[str] = []
        self._blocks = self._run()

    def take(self, seconds: float, wanted: Callable[[], bool]) -> Portion:
        """Read on until that much sound is there, or it is no longer wanted.

        Raises
        ------
        CuefinderError
            The track cannot be read.
        """
        found: list[tuple[int, Frames]] = []
        samples, ended = 0, False
        while wanted() and not ended and (not self._rate or samples < seconds * self._rate):
            block = next(self._blocks, None)
            if block is None:
                ended = True
            else:
                found.append(block)
                samples += len(block[1])
        warnings, self._warnings = self._warnings, []
        return Portion(self._rate, found, ended, warnings)

    def close(self) -> None:
        """Let go of the file."""
        self._blocks.close()

    def _run(self) -> Generator[tuple[int, Frames], None, None]:
        skip = self._skip
        while True:
            cue = self.cue
            with audition.open_treated(cue.track.path, cue.start, cue.end, cue.treatment, skip) as sound:
                self._rate = sound.rate
                at = round(skip * sound.rate)
                for block in sound:
                    yield at, np.ascontiguousarray(block.T)
                    at += block.shape[1]
                self._warn(sound.warnings())
            if not self._loop:
                return
            skip = 0.0

    def _warn(self, lost: tuple[str, ...]) -> None:
        new = [text for text in lost if text not in self._warned]
        self._warned.update(new)
        self._warnings += [f"{printable(self.cue.track.path)}: {text}" for text in new]
