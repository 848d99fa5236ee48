"""One pass over the sound of a file: decoded, resampled, every sample in its place.

Samples are placed by the file's own time stamps, counted from its zero (see :mod:`plugin.decode.media`): the
sound of a film that starts after its picture begins with silence, and holes left by damage are filled with it.
What a codec adds before and after the music (encoder delay, pre-skip) is cut where the file tells of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import av
import numpy as np
from av.audio import AudioFrame
from av.error import FFmpegError

from plugin.decode.clock import Clock
from plugin.decode.loudness import LoudnessMeter
from plugin.decode.media import Damage, Media, check_range, frames
from plugin.decode.pyav import exact
from plugin.decode.resample import RATES, MonoResampler, Samples, samples_of, silence_garbage
from plugin.errors import DecodeError, InputError, printable

# An editor's range is whole frames of picture: its end may lie a little after the last sample.
_TOLERANCE = 0.5
# Formats whose length FFmpeg estimates from the bit rate.
_NO_INDEX = frozenset(["aac", "ac3", "dts", "eac3", "mpeg", "mpegts"])


class Sound:
    """One pass over the sound of an open file.

    Parameters
    ----------
    media : Media
    rate : int
        Samples per second of the output.
    start, end : float
        Range in seconds; None is the file's end.
    meter : LoudnessMeter, optional
        Is fed with the frames as decoded.

    Raises
    ------
    DecodeError
        The file has no sound.
    InputError
        Rate or range make no sense.
    """

    def __init__(
        self,
        media: Media,
        rate: int,
        start: float = 0.0,
        end: float | None = None,
        meter: LoudnessMeter | None = None,
    ) -> None:
        check_range(start, end)
        if rate < 1:
            raise InputError(f"the sample rate must be positive, not {rate}")
        if media.sound is None:
            raise DecodeError(media.path, "no sound in it")
        self._media, self._stream = media, media.sound
        self._rate, self._start, self._end, self._meter = rate, start, end, meter
        self._length = None if end is None else max(1, round((end - start) * rate))
        self._written = 0  # samples given out
        self._cursor = 0  # place of the next sample that comes out of the resampler, counted from start
        self._damage = Damage()
        self._silenced = 0.0

    def __iter__(self) -> Iterator[Samples]:
        """Yield float32 [N] of any lengths; the errors of :func:`audio_blocks`."""
        for piece in self._resampled():
            yield from self._place(piece)
            if self._written == self._length:
                return
        self._check_end()

    @property
    def duration(self) -> float:
        """Seconds given out so far."""
        return self._written / self._rate

    def warnings(self) -> tuple[str, ...]:
        """Say what was lost, in plain words; complete after the last sample."""
        lost = list(self._damage.warnings())
        if self._silenced:
            lost.append(f"{self._silenced:.1f} s of lost sound replaced with silence")
        stop, promised = self._start + self.duration, self._promised_end()
        if self._end is None and promised is not None and stop < 0.98 * promised - 0.5:
            lost.append(f"cut short: {stop:.1f} s of {promised:.1f} s are there")
        return tuple(lost)

    def _resampled(self) -> Iterator[Samples]:
        """Decode and resample; moves the cursor where the sound does not go on from the last frame."""
        clock = Clock(self._media.zero + self._start)
        resampler: MonoResampler | None = None
        for frame in self._frames():
            begin, hole = clock.place(frame)
            if resampler is None or hole or not resampler.fits(frame):
                if resampler is not None:
                    yield from map(samples_of, resampler.flush())
                self._silenced += hole
                self._cursor = round(begin * self._rate)
                resampler = self._resampler(frame)
            if self._meter is not None:
                self._meter.feed(frame)
            yield from map(samples_of, resampler.push(frame))
        if resampler is not None:
            yield from map(samples_of, resampler.flush())

    def _resampler(self, frame: AudioFrame) -> MonoResampler:
        if frame.sample_rate not in RATES:
            raise DecodeError(self._media.path, f"damaged: no music has {frame.sample_rate} samples a second")
        try:
            return MonoResampler(frame, self._rate)
        except FFmpegError as error:
            reason = f"cannot mix its channels to mono ({frame.layout.name})"
            raise DecodeError(self._media.path, reason) from error

    def _frames(self) -> Iterator[AudioFrame]:
        """Decode; floating-point files are cleaned here, before one NaN spreads through every filter."""
        decoded = frames(self._media, self._stream, self._start, self._damage)
        if not self._stream.codec_context.codec.name.startswith("pcm_f"):
            yield from decoded
            return
        for frame in decoded:
            frame.make_writable()
            kind = np.float64 if frame.format.name == "dbl" else np.float32
            count = frame.samples * frame.layout.nb_channels
            silence_garbage(np.frombuffer(memoryview(frame.planes[0]), kind, count))
            yield frame

    def _place(self, piece: Samples) -> Iterator[Samples]:
        """Give the part of a piece that lies in the range, after silence up to its place."""
        late, self._cursor = self._cursor - self._written, self._cursor + piece.size
        silence = (np.zeros(min(self._rate, late - at), np.float32) for at in range(0, late, self._rate))
        for part in chain(silence, [piece[max(0, -late) :]]):
            wanted = part if self._length is None else part[: self._length - self._written]
            self._written += wanted.size
            if wanted.size:
                yield wanted

    def _check_end(self) -> None:
        """Look at what is missing once the file has ended."""
        path, stop = self._media.path, self._start + self.duration
        if not self._written and (self._damage.packets or self._start == 0):
            lost = "; ".join(self._damage.warnings())
            raise DecodeError(path, "no sound could be decoded" + (f" ({lost})" if lost else ""))
        if not self._written:
            raise InputError(f"{printable(path)}: no sound after {self._start:g} s: the range is outside the file")
        film = self._media.container.duration if self._media.picture is not None else None
        longest = max(stop, self._promised_end() or 0.0, (film or 0) / av.time_base)
        if self._end is not None and self._end > longest + _TOLERANCE:
            raise InputError(f"{printable(path)}: the range ends at {self._end:g} s, the file at {longest:g} s")

    def _promised_end(self) -> float | None:
        """Give the time at which the sound ends by the file's own index; None where FFmpeg can only guess."""
        stream, container, form = self._stream, self._media.container, self._media.container.format.name
        # MP3 without a Xing header, which is also what tells of the encoder's delay, has no index.
        if form in _NO_INDEX or (form == "mp3" and not stream.start_time):
            return None
        base = exact(stream.time_base)
        if stream.duration is not None and base is not None:
            return float(((stream.start_time or 0) + stream.duration) * base) - self._media.zero
        if self._media.picture is None and container.duration is not None:
            return container.duration / av.time_base
        return None
