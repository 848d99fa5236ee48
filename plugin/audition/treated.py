"""A part of a track with its treatment, block by block: what is heard, and what is rendered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from plugin.audition.stretch import stretched
from plugin.decode.media import Media, check_range, open_media
from plugin.decode.stereo import Stereo, StereoSound
from plugin.errors import InputError
from plugin.treatment import Treatment

LOW_HZ, MID_HZ, HIGH_HZ = 200.0, 1000.0, 5000.0
AROUND = 0.5
"""Seconds before and after what is wanted that go through the effects too, for these have a memory."""
BLOCKS_A_SECOND = 10


class TreatedSound:
    """One pass over a treated part of a track; long parts take no more memory than short ones.

    Level, equaliser and limiter are the same wherever a pass begins. A change of tempo depends a little on that:
    the same music, but not sample for sample.

    Parameters
    ----------
    media : Media
    start, end : float
        The part, in seconds of the track.
    treatment : Treatment
    skip : float
        Seconds of what is heard that are left out at the beginning.

    Attributes
    ----------
    rate : int
        Samples per second, those of the track.
    length : int
        Samples that the pass gives.
    """

    def __init__(self, media: Media, start: float, end: float, treatment: Treatment, skip: float = 0.0) -> None:
        check_range(start, end)
        begin = start + skip * treatment.tempo
        if not (skip >= 0 and begin < end):
            raise InputError(f"cannot skip {skip:g} s of a part of {(end - start) / treatment.tempo:g} s")
        self._treatment = treatment
        lead = min(begin, AROUND)
        self._sound = StereoSound(media, begin - lead, end + AROUND, begin)
        self.rate = self._sound.rate
        self._all = max(1, round((end - start) / treatment.tempo * self.rate))
        self._skipped = min(round(skip * self.rate), self._all - 1)
        self._lead = round(lead / treatment.tempo * self.rate)
        self.length = self._all - self._skipped

    def __iter__(self) -> Iterator[Stereo]:
        """Yield float32 [2, N] of any lengths, full scale 1, nothing above it.

        Raises
        ------
        DecodeError
            The disk fails or the file goes away.
        InputError
            The track ends before the part begins.
        """
        at, over = -self._lead, self._skipped
        for block in self._effects():
            first, last = max(0, -at), min(block.shape[1], self.length - at)
            if first < last:
                yield block[:, first:last] * self._fades(over + at + first, last - first)
            at += block.shape[1]
            if at >= self.length:
                return

    def warnings(self) -> tuple[str, ...]:
        """Say what of the file was lost so far, in plain words."""
        return self._sound.warnings()

    def _effects(self) -> Iterator[Stereo]:
        board = _board(self._treatment)
        pieces = iter(self._sound)
        if self._treatment.tempo != 1.0:
            pieces = stretched(pieces, self.rate, self._treatment.tempo)
        for block in _blocks(pieces, self.rate // BLOCKS_A_SECOND):
            treated: Stereo = board.process(block, self.rate, reset=False)
            yield treated

    def _fades(self, first: int, count: int) -> Stereo:
        """Give the level of samples by their places in the part: straight lines of amplitude, as in editors."""
        at = np.arange(first, first + count)
        gain = np.ones(count)
        for seconds, distance in ((self._treatment.fade_in, at), (self._treatment.fade_out, self._all - 1 - at)):
            size = min(self._all, round(seconds * self.rate))
            if size:
                gain *= np.minimum(distance / size, 1.0)
        return gain.astype(np.float32)


@contextmanager
def open_treated(
    track: Path, start: float, end: float, treatment: Treatment, skip: float = 0.0
) -> Iterator[TreatedSound]:
    """Open a track for a pass; parameters are those of `TreatedSound`.

    Raises
    ------
    DecodeError
        The track cannot be read or has no sound.
    InputError
        The part is empty, or outside the track.
    """
    with open_media(track) as media:
        yield TreatedSound(media, start, end, treatment, skip)


def _board(treatment: Treatment) -> Any:
    """Make the chain; the limiter at its end changes nothing that does not go over full scale."""
    import pedalboard

    pb: Any = pedalboard
    chain = [
        effect
        for wanted, effect in (
            (treatment.low_db, pb.LowShelfFilter(LOW_HZ, treatment.low_db)),
            (treatment.mid_db, pb.PeakFilter(MID_HZ, treatment.mid_db)),
            (treatment.high_db, pb.HighShelfFilter(HIGH_HZ, treatment.high_db)),
            (treatment.gain_db, pb.Gain(treatment.gain_db)),
        )
        if wanted
    ]
    return pb.Pedalboard([*chain, pb.BrickwallLimiter(ceiling_db=0.0)])


def _blocks(pieces: Iterator[Stereo], size: int) -> Iterator[Stereo]:
    """Cut sound into blocks of one size; a shorter rest at the end is left out, for nobody hears it there.

    pedalboard takes the shorter side of an array for its channels, so blocks must not be tiny.
    """
    held = np.zeros((2, 0), np.float32)
    for piece in pieces:
        held = np.concatenate([held, piece], 1)
        whole = held.shape[1] // size * size
        for at in range(0, whole, size):
            yield np.ascontiguousarray(held[:, at : at + size])
        held = held[:, whole:]
