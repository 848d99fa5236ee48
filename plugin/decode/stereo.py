"""A range of a file's sound in two channels at its own rate, to be heard again rather than analysed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import chain

import numpy as np
from av.audio import AudioFrame
from av.error import FFmpegError
from numpy.typing import NDArray

from plugin.decode.chain import Chain
from plugin.decode.clock import Clock
from plugin.decode.media import Damage, Media, check_range, frames, open_media
from plugin.decode.resample import RATES, silence_garbage
from plugin.errors import DecodeError, InputError, printable

Stereo = NDArray[np.float32]
"""Left and right, float32 [2, N], full scale 1."""

PIECES_A_SECOND = 10


class StereoSound:
    """One pass over a range of an open file's sound.

    Parameters
    ----------
    media : Media
    start, end : float
        Seconds.
    needed : float, optional
        Second at which there must be sound, `start` by default; what is before it is given where it is there.

    Attributes
    ----------
    rate : int
        Samples per second, those of the file.
    length : int
        Samples that the pass gives.

    Raises
    ------
    DecodeError
        The file cannot be read or has no sound.
    InputError
        The range is empty.
    """

    def __init__(self, media: Media, start: float, end: float, needed: float | None = None) -> None:
        check_range(start, end)
        if media.sound is None:
            raise DecodeError(media.path, "no sound in it")
        self._media, self._start = media, start
        self._needed = start if needed is None else needed
        self._damage = Damage()
        self._frames = frames(media, media.sound, start, self._damage)
        first = next(self._frames, None)
        if first is None:
            raise self._nothing()
        self._frames = chain([first], self._frames)
        self.rate = first.sample_rate
        if self.rate not in RATES:
            raise DecodeError(media.path, f"damaged: no music has {self.rate} samples a second")
        self.length = max(1, round((end - start) * self.rate))

    def __iter__(self) -> Iterator[Stereo]:
        """Yield float32 [2, N] of any lengths; mono is on both channels, more channels are mixed down.

        Where sound was lost, and where the file ends before the range does, there is silence.

        Raises
        ------
        DecodeError
            The disk fails, or the channels cannot be mixed.
        InputError
            The range begins after the sound ends.
        """
        written = stop = 0
        for at, piece in self._placed():
            stop = at + piece.shape[1]
            for part in chain(self._silence(at - written), [piece[:, max(0, written - at) :]]):
                wanted = part[:, : self.length - written]
                written += wanted.shape[1]
                if wanted.size:
                    yield wanted
            if written == self.length:
                return
        if stop <= round((self._needed - self._start) * self.rate):
            raise self._nothing()
        yield from self._silence(self.length - written)

    def warnings(self) -> tuple[str, ...]:
        """Say what was lost so far, in plain words."""
        return self._damage.warnings()

    def _placed(self) -> Iterator[tuple[int, Stereo]]:
        """Decode; each piece with its place, in samples from the range's start, which may be before it."""
        clock, mixer, at = Clock(self._media.zero + self._start), None, 0
        for frame in self._frames:
            begin, hole = clock.place(frame)
            if mixer is None or hole or not mixer.fits(frame):
                for piece in _left(mixer):
                    yield at, piece
                    at += piece.shape[1]
                mixer, at = self._mixer(frame), round(begin * self.rate)
            for piece in map(_samples, mixer.push(frame)):
                yield at, piece
                at += piece.shape[1]
        for piece in _left(mixer):
            yield at, piece
            at += piece.shape[1]

    def _mixer(self, frame: AudioFrame) -> Chain:
        filters = [("aresample", f"{self.rate}:ochl=stereo:osf=fltp:rematrix_maxval=1")]
        if frame.layout.nb_channels == 1:  # swresample would play it 3 dB softer on each side
            filters.insert(0, ("pan", "stereo|c0=c0|c1=c0"))
        try:
            return Chain(frame, filters, frame_size=self.rate // PIECES_A_SECOND)
        except FFmpegError as error:
            reason = f"cannot mix its channels to stereo ({frame.layout.name})"
            raise DecodeError(self._media.path, reason) from error

    def _silence(self, count: int) -> Iterator[Stereo]:
        for at in range(0, count, self.rate):
            yield np.zeros((2, min(self.rate, count - at)), np.float32)

    def _nothing(self) -> DecodeError | InputError:
        path, lost = self._media.path, "; ".join(self._damage.warnings())
        if lost or self._needed == 0:
            return DecodeError(path, "no sound could be decoded" + (f" ({lost})" if lost else ""))
        return InputError(f"{printable(path)}: no sound after {self._needed:g} s: the range is outside the file")


def read_stereo(path: str | os.PathLike[str], start: float, end: float) -> tuple[Stereo, int]:
    """Read a range at once; parameters and errors are those of `StereoSound`.

    Returns
    -------
    ndarray, float32 [2, N]
    int
        Samples per second, those of the file.
    """
    with open_media(path) as media:
        sound = StereoSound(media, start, end)
        out, at = np.empty((2, sound.length), np.float32), 0
        for piece in sound:
            out[:, at : at + piece.shape[1]] = piece
            at += piece.shape[1]
    return out, sound.rate


def _left(mixer: Chain | None) -> Iterator[Stereo]:
    return map(_samples, mixer.flush() if mixer is not None else ())


def _samples(frame: AudioFrame) -> Stereo:
    samples = np.asarray(frame.to_ndarray(), np.float32)
    silence_garbage(samples)
    return samples
