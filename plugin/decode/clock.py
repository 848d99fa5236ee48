"""Places of decoded frames in time."""

from __future__ import annotations

from av.audio import AudioFrame

# Time stamps of Matroska and AVI are coarse; only a step beyond this is a hole in the sound.
_JITTER = 0.05
# A longer step forward, or any backward, is a jump of the clock (joined recordings), not lost sound. So is a step
# that would make holes longer than the sound so far by more than this: damaged stamps must not make hours of silence.
_LONGEST_HOLE = 60.0


class Clock:
    """Places frames of sound one after the other, and finds what is missing between them.

    Parameters
    ----------
    origin : float
        The container's time, in seconds, that is zero here.
    """

    def __init__(self, origin: float) -> None:
        self._origin = origin
        self._next: float | None = None
        self._rate = 0
        self._sound = self._holes = 0.0

    def place(self, frame: AudioFrame) -> tuple[float, float]:
        """Take the next frame.

        Returns
        -------
        begin : float
            Its time, in seconds from the origin.
        hole : float
            Seconds of sound lost just before it.
        """
        stamp, hole = self._stamp(frame), 0.0
        if self._next is None:
            begin = stamp or 0.0
        else:
            begin = self._next
            step = 0.0 if stamp is None else stamp - begin
            if _JITTER < step <= min(_LONGEST_HOLE, self._sound - self._holes + _LONGEST_HOLE):
                begin, hole = begin + step, step
                self._holes += hole
            elif abs(step) > _JITTER:
                self._origin += step
        self._sound += frame.samples / frame.sample_rate
        self._next = begin + frame.samples / frame.sample_rate
        return begin, hole

    def _stamp(self, frame: AudioFrame) -> float | None:
        """Give the time that the file says; None if it does not say, or wrongly.

        After a change of rate, as in joined Ogg files, FFmpeg goes on counting time at the first one.
        """
        self._rate = self._rate or frame.sample_rate
        if frame.time is None or frame.sample_rate != self._rate:
            return None
        return frame.time - self._origin
