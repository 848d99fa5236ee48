"""Sound that is read and waits to be written to the output: `Line`."""

from __future__ import annotations

from collections import deque

import numpy as np

from gui.models.audition import Cue
from gui.models.soundpass import Frames, Portion, SoundPass

FADE_SECONDS = 0.01
SILENCE_SECONDS = 0.25


class Line:
    """A pass and its sound in waiting. Portions are read on worker threads, everything else happens on the GUI thread.

    Parameters
    ----------
    cue : Cue
    skip : float
        Seconds of the cue, as heard, left out.
    loop : bool
    joins : bool
        Whether it shall go on seamlessly where the line before it is.

    Attributes
    ----------
    rate : int
        Samples per second; 0 before the first portion.
    place : int
        Sample of the cue that is written next.
    queued : int
        Samples in waiting.
    ended : bool
        No more will come.
    busy : bool
        A portion is being read.
    dropped : bool
        It is no longer wanted.
    """

    def __init__(self, cue: Cue, skip: float, loop: bool, joins: bool = False) -> None:
        self.cue, self.skip, self.loop, self.joins = cue, skip, loop, joins
        self.sound = SoundPass(cue, skip, loop)
        self.rate = self.place = self.queued = 0
        self.ended = self.busy = self.dropped = False
        self._blocks: deque[tuple[int, Frames]] = deque()

    def read(self, seconds: float) -> Portion:
        """Read on; for worker threads."""
        try:
            return self.sound.take(seconds, lambda: not self.dropped)
        finally:
            if self.dropped:
                self.sound.close()

    def add(self, portion: Portion) -> None:
        """Put a portion into waiting."""
        self.rate, self.ended = portion.rate, portion.ended
        if portion.blocks and not self.queued:
            self.place = portion.blocks[0][0]
        blocks = portion.blocks
        if self.ended:  # what is written last, some systems do not play
            end = blocks[-1][0] + len(blocks[-1][1]) if blocks else self.place + self.queued
            blocks = [*blocks, (end, np.zeros((round(SILENCE_SECONDS * self.rate), 2), np.float32))]
        self._blocks.extend(blocks)
        self.queued += sum(len(frames) for _, frames in blocks)

    def take(self, count: int) -> Frames:
        """Give the next frames, as many as there are up to a number."""
        taken = []
        while count and self._blocks:
            at, frames = self._blocks.popleft()
            if len(frames) > count:
                self._blocks.appendleft((at + count, frames[count:]))
                frames = frames[:count]
            taken.append(frames)
            count -= len(frames)
            self.queued -= len(frames)
            self.place = at + len(frames)
        if self._blocks:
            self.place = self._blocks[0][0]
        return np.concatenate(taken) if taken else np.zeros((0, 2), np.float32)

    def can_follow(self, other: Line) -> bool:
        """Whether enough is in waiting to go on where another line is."""
        return self.ended or self.queued > other.place - self.place + self._fade()

    def follow(self, other: Line) -> None:
        """Go on where another line is, fading over from its sound."""
        self.take(max(0, other.place - self.place))
        at = self.place
        ours, others = self.take(self._fade()), other.take(self._fade())
        count = min(len(ours), len(others))
        rise = np.linspace(0, 1, count, dtype=np.float32)[:, None]
        ours[:count] = others[:count] * (1 - rise) + ours[:count] * rise
        self._blocks.appendleft((at, ours))
        self.queued += len(ours)
        self.place = at

    def heard(self, waiting: int) -> float:
        """Give the second of the track that is heard while that many written samples wait in the output."""
        at = self.place - waiting
        if at < 0:
            at = at + round(self.cue.length * self.rate) if self.loop else 0
        return min(self.cue.at(max(0, at) / self.rate), self.cue.end) if self.rate else self.cue.start

    def _fade(self) -> int:
        return round(FADE_SECONDS * self.rate)
