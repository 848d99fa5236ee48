"""Integrated loudness by EBU R 128 (ITU-R BS.1770), measured while a file is decoded.

FFmpeg's ``ebur128`` filter does the work on the file's own channels at its own rate. It streams, so a file of
any length takes the same memory (pyloudnorm, for one, wants the whole file in an array), and it leaves its result
in the metadata of the frames that pass through it. As the standard has it, a mono file is measured as one channel.
"""

from __future__ import annotations

from math import log10

from av.audio import AudioFrame

from plugin.decode.chain import Chain

_FLOOR = -70.0  # LUFS: the absolute gate of BS.1770, also the filter's reading of silence
_KEY = "lavfi.r128.I"


class LoudnessMeter:
    """Measures frames that are fed in order.

    Where a file changes its format on the way, its parts are measured apart and their energies averaged.
    """

    def __init__(self) -> None:
        self._chain: Chain | None = None
        self._seconds = 0.0
        self._reading = _FLOOR
        self._parts: list[tuple[float, float]] = []

    def feed(self, frame: AudioFrame) -> None:
        """Take the next frame of sound, in any format."""
        if self._chain is not None and not self._chain.fits(frame):
            self._end_part()
        if self._chain is None:
            self._chain = Chain(frame, [("ebur128", "metadata=1:framelog=quiet")])
        self._seconds += frame.samples / frame.sample_rate
        for measured in self._chain.push(frame):
            self._read(measured)

    def finish(self) -> float | None:
        """Give the integrated loudness of all that was fed.

        Returns
        -------
        float or None
            LUFS; None for silence and for sound shorter than the 0.4 s that BS.1770 needs.
        """
        self._end_part()
        seconds = sum(length for length, _ in self._parts)
        energy = sum(length * 10 ** (lufs / 10) for length, lufs in self._parts if lufs > _FLOOR)
        return round(10 * log10(energy / seconds), 2) if energy else None

    def _read(self, measured: AudioFrame) -> None:
        # A last frame shorter than the filter's 0.1 s step carries no reading.
        self._reading = float(measured.metadata.get(_KEY, self._reading))

    def _end_part(self) -> None:
        if self._chain is None:
            return
        for measured in self._chain.flush():
            self._read(measured)
        self._parts.append((self._seconds, self._reading))
        self._chain, self._seconds, self._reading = None, 0.0, _FLOOR
